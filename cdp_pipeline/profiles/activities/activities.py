"""profile_activities: everything a person did or received, on one timeline.

    current records + record_persons -> profile_activities

Product activities, comments, reviews, e-mail and SMS interactions, mapped to the columns of the timeline. A column that
an entity has under the same name is copied unchanged. Interactions with an address that no person has are in
unlinked_records. No value is corrected: a negative price and a timestamp after the newest drop date stay as sent.
`activity_counts.py`, `engagement.py`, `products_of_persons.py` and `recency.py` build the figures per person.
"""

from collections.abc import Mapping

import polars as pl
from pandera.typing.polars import LazyFrame

from cdp_pipeline.current import Records
from cdp_pipeline.entities.customer_product_activity import CUSTOMER_PRODUCT_ACTIVITY
from cdp_pipeline.entities.customer_product_comment import CUSTOMER_PRODUCT_COMMENT
from cdp_pipeline.entities.customer_product_review import CUSTOMER_PRODUCT_REVIEW
from cdp_pipeline.entities.email_interaction import EMAIL_INTERACTION
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.kinds import TextList, Timestamp
from cdp_pipeline.entities.sms_interaction import SMS_INTERACTION
from cdp_pipeline.entities.table import TableModel, column, table_of
from cdp_pipeline.identity import RecordPersons
from cdp_pipeline.profiles.activities.meanings import outcome
from cdp_pipeline.profiles.records.records import records_of
from cdp_pipeline.profiles.shared_columns import (
    INTERNAL_COMPANY_ID,
    OBJECT_TYPE,
    OF_PROFILE,
    PERSON_ID,
    RECORD_KEY,
    SOURCE_ID,
    SYSTEM_NAME,
    entity_column,
)

DEFAULT_CURRENCY = "VND"
"""The currency of prices, as no source states one (reading Q-32); never converted."""

_PARENT_RECORD_KEY = column("The live comment of the same company and system that it answers.")
_PARENT_PROBLEM = column(
    "Why an answer has no parent: missing (the parent never arrived), deleted (the parent was deleted), "
    "self (the comment names itself)."
)


class ProfileActivities(
    TableModel,
    key=("record_key",),
    foreign_keys=OF_PROFILE,
    indexes=(("person_id", "occurred_at"), ("source_id",), ("product_sku",), ("campaign_id",)),
):
    """One row per product activity, comment, review, e-mail interaction and SMS interaction of a person."""

    record_key: str = RECORD_KEY
    person_id: str = PERSON_ID
    object_type: str = OBJECT_TYPE
    source_id: str = SOURCE_ID
    internal_company_id: str = INTERNAL_COMPANY_ID
    system_name: str = SYSTEM_NAME
    activity_type: str = column(
        "comment, review, or the action or event in lower case, such as wishlist or opened; its first 100 letters."
    )
    occurred_at: Timestamp = column("When it happened.")
    channel: str = column("email or sms; web for systems whose name contains web; else system.", nullable=False)
    event: str = column("The action or event as sent; null for comments and reviews.")
    outcome: str = column(
        "Outcome of a message: sent, delivered, opened, clicked, bounced, unsubscribed, complained, deferred "
        "or failed; null for other events and for records that are not messages."
    )
    action_at: Timestamp = entity_column(CUSTOMER_PRODUCT_ACTIVITY, "action_at")
    action_status: str = entity_column(CUSTOMER_PRODUCT_ACTIVITY, "action_status")
    text_result: str = entity_column(CUSTOMER_PRODUCT_ACTIVITY, "text_result")
    bool_result: bool = entity_column(CUSTOMER_PRODUCT_ACTIVITY, "bool_result")
    long_result: int = entity_column(CUSTOMER_PRODUCT_ACTIVITY, "long_result")
    double_result: float = entity_column(CUSTOMER_PRODUCT_ACTIVITY, "double_result")
    product_id: str = entity_column(CUSTOMER_PRODUCT_ACTIVITY, "product_id")
    product_sku: str = entity_column(CUSTOMER_PRODUCT_ACTIVITY, "product_sku")
    product_name: str = entity_column(CUSTOMER_PRODUCT_ACTIVITY, "product_name")
    product_category: str = entity_column(CUSTOMER_PRODUCT_ACTIVITY, "product_category")
    product_category_id: str = entity_column(CUSTOMER_PRODUCT_ACTIVITY, "product_category_id")
    product_image_link: str = entity_column(CUSTOMER_PRODUCT_ACTIVITY, "product_image_link")
    product_link: str = entity_column(CUSTOMER_PRODUCT_ACTIVITY, "product_link")
    price: float = entity_column(CUSTOMER_PRODUCT_ACTIVITY, "price")
    price_4_sale: float = column("Price after discount, of comments and reviews.")
    currency: str = column("Currency of the prices: the default one, as no source states any.")
    quantity: int = entity_column(CUSTOMER_PRODUCT_ACTIVITY, "quantity")
    rating: int = entity_column(CUSTOMER_PRODUCT_REVIEW, "rating")
    image_links: TextList = entity_column(CUSTOMER_PRODUCT_REVIEW, "image_links")
    # An id like source_id, which is personal in a table of several entities.
    parent_comment_id: str = column("The comment to which this one replies.", personal=True)
    # No foreign key: the parent comment may have no person.
    parent_record_key: str = _PARENT_RECORD_KEY
    parent_problem: str = _PARENT_PROBLEM
    title: str = column("Title of a comment or review, subject of an e-mail.", personal=True, free_text=True)
    content: str = column("Text of a comment, review or SMS.", personal=True, free_text=True)
    ip_address: str = entity_column(CUSTOMER_PRODUCT_COMMENT, "ip_address")
    service_provider: str = entity_column(EMAIL_INTERACTION, "service_provider")
    campaign_id: str = entity_column(EMAIL_INTERACTION, "campaign_id")
    campaign_name: str = entity_column(EMAIL_INTERACTION, "campaign_name")
    template_id: str = entity_column(EMAIL_INTERACTION, "template_id")
    template_name: str = entity_column(EMAIL_INTERACTION, "template_name")
    message_id: str = entity_column(EMAIL_INTERACTION, "message_id")
    track_id: str = entity_column(EMAIL_INTERACTION, "track_id")
    link: str = entity_column(EMAIL_INTERACTION, "link")
    link_2: str = entity_column(EMAIL_INTERACTION, "link_2")
    reason: str = entity_column(EMAIL_INTERACTION, "reason")
    tags: TextList = entity_column(EMAIL_INTERACTION, "tags")


PROFILE_ACTIVITIES = table_of(ProfileActivities)

_LONGEST_TYPE = 100
_MESSAGE: Mapping[str, pl.Expr] = {"outcome": outcome(pl.col("event"))}
_PRICES = {
    "price": pl.col("product_price"),
    "price_4_sale": pl.col("product_price_4_sale"),
}

TIMELINE: tuple[tuple[Entity, Mapping[str, pl.Expr]], ...] = (
    (CUSTOMER_PRODUCT_ACTIVITY, {"event": pl.col("action")}),
    (CUSTOMER_PRODUCT_COMMENT, {"activity_type": pl.lit("comment"), **_PRICES}),
    (CUSTOMER_PRODUCT_REVIEW, {"activity_type": pl.lit("review"), **_PRICES}),
    (EMAIL_INTERACTION, {**_MESSAGE, "channel": pl.lit("email"), "title": pl.col("subject")}),
    (SMS_INTERACTION, {**_MESSAGE, "channel": pl.lit("sms"), "content": pl.col("text")}),
)
"""The entities on the timeline, each with the expressions for columns that it has under another name or not at all."""


class CommentTies(TableModel, key=("record_key",)):
    """One row per comment of a person that answers another comment, which may have any person or none."""

    record_key: str = RECORD_KEY
    person_id: str = PERSON_ID
    parent_record_key: str = _PARENT_RECORD_KEY
    parent_problem: str = _PARENT_PROBLEM


COMMENT_TIES = table_of(CommentTies)


def build_comment_ties(current: Records, record_persons: LazyFrame[RecordPersons]) -> LazyFrame[CommentTies]:
    """Link each answer to the comment that it names, or state why there is none.

    Only the named comment is linked, not its own parent. Two comments that answer each other give two rows.

    Args:
        current: All current comments, including deleted ones and those without a person. Their ids are unique within
            company and system.
        record_persons: The person of each record.
    """
    every = current[CUSTOMER_PRODUCT_COMMENT.name]
    answers = records_of(CUSTOMER_PRODUCT_COMMENT, current, record_persons)
    named = every.filter(pl.col("comment_id").is_not_null()).select(
        "company_id",
        "system_name",
        pl.col("comment_id").alias("parent_comment_id"),
        pl.col("record_key").alias("_parent"),
        pl.col("is_deleted").alias("_is_parent_deleted"),
    )
    problem = (
        pl.when(pl.col("parent_comment_id") == pl.col("comment_id"))
        .then(pl.lit("self"))
        .when(pl.col("_parent").is_null())
        .then(pl.lit("missing"))
        .when("_is_parent_deleted")
        .then(pl.lit("deleted"))
    )
    return COMMENT_TIES.conform(
        answers.filter(pl.col("parent_comment_id").is_not_null())
        .join(named, on=["company_id", "system_name", "parent_comment_id"], how="left", nulls_equal=True)
        .with_columns(parent_problem=problem)
        .with_columns(parent_record_key=pl.when(pl.col("parent_problem").is_null()).then("_parent"))
    )


def build_profile_activities(
    current: Records,
    record_persons: LazyFrame[RecordPersons],
    ties: LazyFrame[CommentTies],
    currency: str = DEFAULT_CURRENCY,
) -> LazyFrame[ProfileActivities]:
    """One row per live record of the five entities that has a person, in no order.

    Args:
        current: The current records by entity name.
        record_persons: The person of each record.
        ties: Output of `build_comment_ties`.
        currency: The currency of every price.
    """
    timelines = []
    for entity, names in TIMELINE:
        records = records_of(entity, current, record_persons)
        if entity is CUSTOMER_PRODUCT_COMMENT:
            records = records.join(ties.drop("person_id"), on="record_key", how="left")
        timelines.append(_to_timeline(entity, names, records, currency))
    return PROFILE_ACTIVITIES.named(pl.concat(timelines))


def _to_timeline(entity: Entity, names: Mapping[str, pl.Expr], records: pl.LazyFrame, currency: str) -> pl.LazyFrame:
    is_web = pl.col("system_name").str.to_lowercase().str.contains("web", literal=True).fill_null(value=False)
    columns = {
        "object_type": pl.lit(entity.object_type),
        "occurred_at": pl.col(str(entity.occurred_at)),
        "channel": pl.when(is_web).then(pl.lit("web")).otherwise(pl.lit("system")),
        **names,
    }
    named = records.with_columns(**columns)
    if "activity_type" not in names:
        named = named.with_columns(activity_type=_activity_type("event"))
    if "price" in names or "price" in entity.by_name:
        named = named.with_columns(currency=pl.when(pl.col("price").is_not_null()).then(pl.lit(currency)))
    return PROFILE_ACTIVITIES.conform(named)


def _activity_type(event: str) -> pl.Expr:
    """The event in lower case, its words separated by one underscore; truncated because it is part of keys."""
    return pl.col(event).str.strip_chars().str.to_lowercase().str.replace_all(r"[\s\-_]+", "_").str.head(_LONGEST_TYPE)
