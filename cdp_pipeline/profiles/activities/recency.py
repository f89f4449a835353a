"""profile_recency: how recently, how often and for how long each person has been active.

    profile_activities + the newest drop date -> profile_recency

Ages are stored as dates, which a reader subtracts from any other day. A row therefore changes only when the person does
something, an activity leaves the last 365 days, or a score passes a step.
"""

from datetime import date

import polars as pl
from pandera.typing.polars import LazyFrame

from cdp_pipeline.entities.customer_product_activity import CUSTOMER_PRODUCT_ACTIVITY
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.entities.table import TableModel, column, table_of
from cdp_pipeline.profiles.activities.activities import ProfileActivities
from cdp_pipeline.profiles.shared_columns import OF_PROFILE, PERSON_ID, WHOLE

RECENCY_STEPS = (30, 90, 180, 365)
"""Days since the last own activity up to which the recency score is 5, 4, 3 and 2; after the last it is 1."""

FREQUENCY_STEPS = (52, 12, 4, 2)
"""Own activities within a year from which the frequency score is 5, 4, 3 and 2; below the last it is 1.

The steps are about one activity a week, a month and a quarter, and more than one.
"""


class ProfileRecency(
    TableModel, key=("person_id",), foreign_keys=OF_PROFILE, indexes=(("recency_score", "frequency_score"),)
):
    """One row per person with an own activity up to the newest drop date, the date of the scores."""

    person_id: str = PERSON_ID
    last_active_on: date = column("The day (UTC) of the person's last own activity.", nullable=False)
    own_activities_365_days: int = column("Own activities in the 365 days up to the newest drop date.", nullable=False)
    recency_score: int = column(
        "5 for an own activity within 30 days, 4 within 90, 3 within 180, 2 within 365, else 1.", nullable=False
    )
    frequency_score: int = column(
        "5 for at least 52 own activities in 365 days, 4 for 12, 3 for 4, 2 for 2, else 1.", nullable=False
    )
    first_product_activity_on: date = column(
        "The day (UTC) of the first product activity; the days from it to the newest drop date are T."
    )
    activity_frequency: int = column("Days (UTC) with a product activity, without the first such day.")
    activity_recency_days: int = column("Days from the first product activity to the last.")


PROFILE_RECENCY = table_of(ProfileRecency)

_ANSWERS = ("opened", "clicked")
_MESSAGES = tuple(entity.object_type for entity in ENTITIES if entity.is_message)


def build_profile_recency(activities: LazyFrame[ProfileActivities], as_of: date | None) -> LazyFrame[ProfileRecency]:
    """One row per person with an own activity up to the end of the day `as_of` (UTC); no row if it is None.

    Own activities are product activities, comments, reviews, and messages opened or clicked; a message that was only
    sent is no activity of its recipient. The scores use the fixed steps RECENCY_STEPS and FREQUENCY_STEPS, so they do
    not depend on other people.

    The customer-base figures (Fader, Hardie and Lee 2005) cover product activities only, in whole UTC days.
    `activity_frequency` is the number of days with one after the first such day. `activity_recency_days` (their t_x) is
    the time from the first to the last. Their T is the time from `first_product_activity_on` to `as_of`. All are null
    without a product activity.

    Activities after `as_of` or without a timestamp are ignored.

    Args:
        activities: The timeline; only person, object type, outcome and timestamp are read.
        as_of: The newest drop date.
    """
    is_product = pl.col("object_type") == CUSTOMER_PRODUCT_ACTIVITY.object_type
    is_own = ~pl.col("object_type").is_in(_MESSAGES) | pl.col("outcome").is_in(_ANSWERS).fill_null(value=False)
    until = pl.lit(as_of, pl.Date())
    day = pl.col("day")
    own = (
        activities.filter(is_own)
        .select("person_id", is_product.alias("is_product"), pl.col("occurred_at").dt.date().alias("day"))
        .filter(day <= until)
    )
    # By day first: few rows per person, and no count of distinct days in every group.
    days = own.group_by("person_id", "day").agg(pl.len().alias("acts"), pl.col("is_product").any())
    product_day = pl.when("is_product").then("day")
    recency = days.group_by("person_id").agg(
        day.max().alias("last_active_on"),
        pl.when(_in_year(day, until)).then("acts").sum().alias("own_activities_365_days"),
        pl.col("is_product").sum().alias("product_days"),
        product_day.min().alias("first_product_activity_on"),
        product_day.max().alias("last_product_day"),
    )
    first, last = pl.col("first_product_activity_on"), pl.col("last_product_day")
    return PROFILE_RECENCY.conform(
        recency.with_columns(
            activity_frequency=pl.when(first.is_not_null()).then(pl.col("product_days").cast(WHOLE) - 1),
            activity_recency_days=(last - first).dt.total_days(),
            recency_score=_recency_score(until),
            frequency_score=_score([pl.col("own_activities_365_days") >= least for least in FREQUENCY_STEPS]),
        )
    )


def _in_year(day: pl.Expr, until: pl.Expr) -> pl.Expr:
    """Whether a day lies in the 365 days up to `until`, or after it."""
    return (until - day).dt.total_days() < 365


def _recency_score(until: pl.Expr) -> pl.Expr:
    return _score([(until - pl.col("last_active_on")).dt.total_days() <= most for most in RECENCY_STEPS])


def _score(reached: list[pl.Expr]) -> pl.Expr:
    """5, 4, 3 or 2 for the first of four conditions that holds, 1 when none does."""
    score = pl.lit(1, WHOLE)
    for points, holds in zip((2, 3, 4, 5), reversed(reached), strict=True):
        score = pl.when(holds).then(pl.lit(points, WHOLE)).otherwise(score)
    return score
