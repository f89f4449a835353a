"""Messages to a contact: how many were delivered, opened, clicked or bounced, and the verification that follows.

    current interactions + record_persons -> contact_uses

An interaction counts only for the person it is attached to and for the address it was sent to.
"""

from typing import Final

import polars as pl
from pandera.typing.polars import LazyFrame

from cdp_pipeline.current import Records
from cdp_pipeline.entities.kinds import TIMESTAMP, Timestamp
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.entities.table import TableModel, column, columns_of, table_of
from cdp_pipeline.identity import RecordPersons
from cdp_pipeline.profiles.activities.meanings import is_hard_bounce, outcome
from cdp_pipeline.profiles.records.records import records_of
from cdp_pipeline.profiles.shared_columns import FIRST_SEEN_AT, LAST_SEEN_AT, PERSON_ID, WHOLE


class ContactEvents(TableModel):
    """Counts and times of the events of messages to a contact."""

    delivered_count: int = column("Messages to it reported as delivered.", nullable=False)
    opened_count: int = column("Times a message to it was opened, or an SMS answered.", nullable=False)
    clicked_count: int = column("Times a link in a message to it was clicked.", nullable=False)
    bounced_count: int = column("Messages to it that came back, soft or hard; SMS that failed too.", nullable=False)
    hard_bounced_count: int = column("Of these, those that report a permanent failure.", nullable=False)
    unsubscribed_count: int = column("Times its holder unsubscribed.", nullable=False)
    complained_count: int = column("Times its holder called a message spam.", nullable=False)
    last_used_at: Timestamp = column("When a message to it was last delivered, opened or clicked.")
    last_bounced_at: Timestamp = column("When a message to it last came back.")


class ContactVerification(TableModel):
    """Verification of a contact by the events of its messages."""

    verification: str = column(
        "bounced if the last bounce is newer than every use, else the strongest use: clicked, opened or "
        "delivered; null if there is neither."
    )


USE_COUNTS: Final = tuple(event.name for event in columns_of(ContactEvents) if event.name.endswith("_count"))

_ADDRESSED: Final = tuple(
    (entity, identifier)
    for entity in ENTITIES
    if entity.is_message
    for identifier in entity.identifiers
    if identifier.kind in ("phone", "email")
)

_USES: Final = ("delivered", "opened", "clicked")
_REFUSALS: Final = ("unsubscribed", "complained")


class ContactUses(ContactEvents, key=("person_id", "kind", "value")):
    """One row per person, kind and address to which messages were sent, with counts of their events."""

    person_id: str = PERSON_ID
    kind: str = column("phone or email.", nullable=False)
    value: str = column("Phone in E.164 form, or e-mail in lower case.", personal=True, nullable=False)
    scope: str = column("The smallest internal company of the messages; null where none has one.")
    record_count: int = column("Interactions of any event.", nullable=False)
    first_seen_at: Timestamp = FIRST_SEEN_AT
    last_seen_at: Timestamp = LAST_SEEN_AT


CONTACT_USES = table_of(ContactUses)


def build_contact_uses(current: Records, record_persons: LazyFrame[RecordPersons]) -> LazyFrame[ContactUses]:
    """One row per person, kind and address to which a message was sent.

    Args:
        current: The current records by entity name.
        record_persons: The person of each record.
    """
    parts = (
        _uses(identifier.kind, identifier.column, records_of(entity, current, record_persons))
        for entity, identifier in _ADDRESSED
    )
    return CONTACT_USES.named(pl.concat(CONTACT_USES.conform(part) for part in parts))


def verification() -> pl.Expr:
    """Verification of a contact, from the columns of ContactEvents.

    `bounced` if a bounce is newer than every delivery, opening and click; a tie goes to the use. Else the strongest use
    at any time: `clicked`, `opened`, `delivered`. Null if there is neither: a message that was only sent proves
    nothing. Several records of one message count separately.
    """
    is_bounced = pl.col("last_bounced_at") > pl.col("last_used_at").fill_null(pl.lit(0).cast(TIMESTAMP))
    return (
        pl.when(is_bounced)
        .then(pl.lit("bounced"))
        .when(pl.col("clicked_count") > 0)
        .then(pl.lit("clicked"))
        .when(pl.col("opened_count") > 0)
        .then(pl.lit("opened"))
        .when(pl.col("delivered_count") > 0)
        .then(pl.lit("delivered"))
    )


def _uses(kind: str, column: str, interactions: pl.LazyFrame) -> pl.LazyFrame:
    # Gateways report as failed what mail servers call bounced; a mail that failed never left its sender.
    bounces = ("bounced", "failed") if kind == "phone" else ("bounced",)
    became = pl.col("outcome")
    return (
        interactions.filter(pl.col(column).is_not_null())
        .select(
            "person_id",
            pl.lit(kind).alias("kind"),
            pl.col(column).alias("value"),
            "internal_company_id",
            "event_at",
            "first_seen_at",
            "last_seen_at",
            outcome(pl.col("event")).alias("outcome"),
            is_hard_bounce(pl.col("event")).alias("is_hard"),
        )
        .group_by("person_id", "kind", "value")
        .agg(
            pl.col("internal_company_id").min().alias("scope"),
            pl.len().cast(WHOLE).alias("record_count"),
            pl.col("first_seen_at").min(),
            pl.col("last_seen_at").max(),
            *((became == name).sum().cast(WHOLE).alias(f"{name}_count") for name in (*_USES, *_REFUSALS)),
            became.is_in(bounces).sum().cast(WHOLE).alias("bounced_count"),
            pl.col("is_hard").sum().cast(WHOLE).alias("hard_bounced_count"),
            pl.col("event_at").filter(became.is_in(_USES)).max().alias("last_used_at"),
            pl.col("event_at").filter(became.is_in(bounces)).max().alias("last_bounced_at"),
        )
    )
