"""profile_activity_counts, and the activity columns of the profile, which are counted from it.

    profile_activities + the newest drop date -> profile_activity_counts

Messages are counted here by event, in the source's words; `engagement.py` counts them by message and outcome. Ages in
days, which change every day, are not columns of the profile: `profile_recency` has the dates from which a reader
computes them.
"""

from dataclasses import dataclass
from datetime import date

import polars as pl
from pandera.typing.polars import LazyFrame

from cdp_pipeline.entities.customer_product_activity import CUSTOMER_PRODUCT_ACTIVITY
from cdp_pipeline.entities.customer_product_comment import CUSTOMER_PRODUCT_COMMENT
from cdp_pipeline.entities.customer_product_review import CUSTOMER_PRODUCT_REVIEW
from cdp_pipeline.entities.kinds import TIMESTAMP, TextList, Timestamp
from cdp_pipeline.entities.table import TableModel, column, table_of
from cdp_pipeline.profiles.activities.activities import ProfileActivities
from cdp_pipeline.profiles.activities.engagement import CHANNELS, RATES, ProfileEngagement
from cdp_pipeline.profiles.activities.products_of_persons import ProfileProducts
from cdp_pipeline.profiles.activities.recency import ProfileRecency
from cdp_pipeline.profiles.shared_columns import OBJECT_TYPE, OF_PROFILE, PERSON_ID

WINDOWS = (30, 90, 365)
"""Lengths of the counted windows, in days."""

UNKNOWN_TYPE = "unknown"
"""The type of records without an action or event."""


class ProfileActivityCounts(
    TableModel,
    key=("person_id", "object_type", "activity_type"),
    foreign_keys=OF_PROFILE,
    indexes=(("activity_type",),),
):
    """One row per person, entity and activity type: counts in windows up to the newest drop date, and in total."""

    person_id: str = PERSON_ID
    object_type: str = OBJECT_TYPE
    activity_type: str = column("As in profile_activities; unknown where the record states none.", nullable=False)
    last_30_days: int = column(
        "How many in the 30 days (UTC) up to and including the newest drop date.", nullable=False
    )
    last_90_days: int = column(
        "How many in the 90 days (UTC) up to and including the newest drop date.", nullable=False
    )
    last_365_days: int = column(
        "How many in the 365 days (UTC) up to and including the newest drop date.", nullable=False
    )
    ever: int = column("How many in all, with those without a timestamp or after the newest drop date.", nullable=False)
    first_at: Timestamp = column("When the first one happened.")
    last_at: Timestamp = column("When the last one happened.")


PROFILE_ACTIVITY_COUNTS = table_of(ProfileActivityCounts)


def build_profile_activity_counts(
    activities: LazyFrame[ProfileActivities], as_of: date | None
) -> LazyFrame[ProfileActivityCounts]:
    """One row per person, object type and activity type of `profile_activities`.

    Args:
        activities: The timeline; only person, object type, activity type and timestamp are read.
        as_of: The newest drop date; if None, every window counts 0.
    """
    counted = activities.select(
        "person_id",
        "object_type",
        pl.col("activity_type").fill_null(UNKNOWN_TYPE),
        "occurred_at",
        *(_in_window(days, as_of).alias(f"last_{days}_days") for days in WINDOWS),
    )
    return PROFILE_ACTIVITY_COUNTS.conform(
        counted.group_by("person_id", "object_type", "activity_type").agg(
            *(pl.col(f"last_{days}_days").sum() for days in WINDOWS),
            pl.len().alias("ever"),
            pl.col("occurred_at").min().alias("first_at"),
            pl.col("occurred_at").max().alias("last_at"),
        )
    )


def _in_window(days: int, as_of: date | None) -> pl.Expr:
    """Whether the activity happened in the `days` UTC days that end with `as_of`."""
    # Compared with midnight, as converting every timestamp to a date costs more.
    midnight = pl.lit(as_of, pl.Date()).cast(TIMESTAMP) + pl.duration(days=1)
    occurred_at = pl.col("occurred_at")
    return (occurred_at < midnight) & (occurred_at >= midnight - pl.duration(days=days))


_COUNTED = ("sent", "delivered", "opened", "clicked", "bounced", "unsubscribed", "complained")
_KINDS = {
    "product_activity_count": CUSTOMER_PRODUCT_ACTIVITY,
    "comment_count": CUSTOMER_PRODUCT_COMMENT,
    "review_count": CUSTOMER_PRODUCT_REVIEW,
}
_OF_RECENCY = ("recency_score", "frequency_score", "activity_frequency", "activity_recency_days")


class ActivitySummary(TableModel):
    """The activity columns of a profile, as `summarize_activities` returns them."""

    activity_count: int = column("Activities, interactions, comments and reviews.", nullable=False)
    activities_30_days: int = column("Those of the 30 days up to the newest drop date.", nullable=False)
    activities_90_days: int = column("Those of the 90 days up to the newest drop date.", nullable=False)
    activities_365_days: int = column("Those of the 365 days up to the newest drop date.", nullable=False)
    first_activity_at: Timestamp = column("When the first one happened.")
    last_activity_at: Timestamp = column("When the last one happened.")
    product_activity_count: int = column("Product activities.", nullable=False)
    comment_count: int = column("Comments.", nullable=False)
    review_count: int = column("Reviews.", nullable=False)
    average_rating: float = column("Mean rating of the reviews that have one.")
    email_sent_count: int = column("E-mails reported as sent, each once.", nullable=False)
    email_delivered_count: int = column("E-mails reported as delivered, each once.", nullable=False)
    email_opened_count: int = column("E-mails reported as opened, each once.", nullable=False)
    email_clicked_count: int = column("E-mails reported as clicked, each once.", nullable=False)
    email_bounced_count: int = column("E-mails reported as bounced, each once.", nullable=False)
    email_unsubscribed_count: int = column("E-mails reported as unsubscribed, each once.", nullable=False)
    email_complained_count: int = column("E-mails reported as complained, each once.", nullable=False)
    sms_sent_count: int = column("Text messages reported as sent, each once.", nullable=False)
    sms_delivered_count: int = column("Text messages reported as delivered, each once.", nullable=False)
    sms_opened_count: int = column("Text messages reported as opened, each once.", nullable=False)
    sms_clicked_count: int = column("Text messages reported as clicked, each once.", nullable=False)
    sms_bounced_count: int = column("Text messages reported as bounced, each once.", nullable=False)
    sms_unsubscribed_count: int = column("Text messages reported as unsubscribed, each once.", nullable=False)
    sms_complained_count: int = column("Text messages reported as complained, each once.", nullable=False)
    email_delivery_rate: float = column("E-mails: see profile_engagement.")
    email_open_rate: float = column("E-mails: see profile_engagement.")
    email_click_rate: float = column("E-mails: see profile_engagement.")
    email_bounce_rate: float = column("E-mails: see profile_engagement.")
    email_unsubscribe_rate: float = column("E-mails: see profile_engagement.")
    sms_delivery_rate: float = column("Text messages: see profile_engagement.")
    sms_open_rate: float = column("Text messages: see profile_engagement.")
    sms_click_rate: float = column("Text messages: see profile_engagement.")
    sms_bounce_rate: float = column("Text messages: see profile_engagement.")
    sms_unsubscribe_rate: float = column("Text messages: see profile_engagement.")
    most_viewed_product_sku: str = column("Stock number of the product viewed most often.")
    most_viewed_category: str = column("Category whose products were viewed most often.")
    wishlisted_products: TextList = column("Stock numbers of the products on the wish list, sorted.", json=True)
    wishlisted_categories: TextList = column("Categories of the products on the wish list, sorted.", json=True)
    recency_score: int = column("1 to 5, see profile_recency.")
    frequency_score: int = column("1 to 5, see profile_recency.")
    activity_frequency: int = column("Days with a product activity after the first, see profile_recency.")
    activity_recency_days: int = column("Days from the first product activity to the last, see profile_recency.")


@dataclass(frozen=True)
class ActivityParts:
    """The activity tables, as their builders return them."""

    activities: LazyFrame[ProfileActivities]
    counts: LazyFrame[ProfileActivityCounts]
    engagement: LazyFrame[ProfileEngagement]
    products: LazyFrame[ProfileProducts]
    recency: LazyFrame[ProfileRecency]


def summarize_activities(parts: ActivityParts) -> pl.LazyFrame:
    """One row per person of `profile_activities`: the columns of ActivitySummary.

    Columns for which a person has no data are null, including counts of messages and wish lists.
    """
    ratings = parts.activities.filter(pl.col("rating").is_not_null())
    people = _counted(parts.counts)
    for summary in (
        # The sum of whole numbers is the same in any order of rows, which a mean of floats need not be.
        ratings.group_by("person_id").agg(average_rating=pl.col("rating").sum() / pl.len()),
        *(_messages(parts.engagement, channel) for channel in CHANNELS),
        _most_viewed(parts.products, "product_sku", "most_viewed_product_sku"),
        _most_viewed(parts.products, "product_category", "most_viewed_category"),
        _wishes(parts.products),
        parts.recency.select("person_id", *_OF_RECENCY),
    ):
        people = people.join(summary, on="person_id", how="left")
    return people


def _counted(counts: pl.LazyFrame) -> pl.LazyFrame:
    return counts.group_by("person_id").agg(
        pl.col("ever").sum().alias("activity_count"),
        *(pl.col(f"last_{days}_days").sum().alias(f"activities_{days}_days") for days in WINDOWS),
        pl.col("first_at").min().alias("first_activity_at"),
        pl.col("last_at").max().alias("last_activity_at"),
        *(
            pl.when(pl.col("object_type") == entity.object_type).then("ever").sum().alias(name)
            for name, entity in _KINDS.items()
        ),
    )


def _messages(engagement: pl.LazyFrame, channel: str) -> pl.LazyFrame:
    return engagement.filter(pl.col("channel") == channel).select(
        "person_id",
        *(pl.col(o).alias(f"{channel}_{o}_count") for o in _COUNTED),
        *(pl.col(rate).alias(f"{channel}_{rate}") for rate in RATES),
    )


def _most_viewed(products: pl.LazyFrame, what: str, name: str) -> pl.LazyFrame:
    """One row per person with a view: the value viewed most, ties to the latest viewed, then to the smallest."""
    return (
        products.filter((pl.col("viewed_count") > 0) & pl.col(what).is_not_null())
        .group_by("person_id", what)
        .agg(pl.col("viewed_count").sum(), pl.col("last_viewed_at").max())
        .sort(
            "person_id", "viewed_count", "last_viewed_at", what,
            descending=[False, True, True, False], nulls_last=True,
        )
        .group_by("person_id")
        .agg(pl.col(what).first().alias(name))
    )  # fmt: skip


def _wishes(products: pl.LazyFrame) -> pl.LazyFrame:
    """One row per person with a wish: their products and categories, each once, sorted."""
    wished = products.filter("is_wishlisted").select("person_id", "product_sku", "product_category")
    skus = wished.select("person_id", "product_sku").unique().sort("person_id", "product_sku")
    categories = wished.drop_nulls("product_category").select("person_id", "product_category").unique()
    return (
        skus.group_by("person_id")
        .agg(pl.col("product_sku").alias("wishlisted_products"))
        .join(
            categories.sort("person_id", "product_category")
            .group_by("person_id")
            .agg(pl.col("product_category").alias("wishlisted_categories")),
            on="person_id",
            how="left",
        )
    )
