"""profile_consents: the consents and refusals of each person by purpose and channel, with their source records.

    current records + record_persons -> profile_consents

Holds only what a source states; `null` in `granted` means that the source leaves it open, which is never consent.
`consent_decisions.py` decides whether messages may be sent.
"""

from collections.abc import Mapping
from dataclasses import replace

import polars as pl
from pandera.typing.polars import LazyFrame

from cdp_pipeline.current import Records
from cdp_pipeline.entities.customer_product_subscriber import CUSTOMER_PRODUCT_SUBSCRIBER
from cdp_pipeline.entities.email_interaction import EMAIL_INTERACTION
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.kinds import TIMESTAMP, Timestamp
from cdp_pipeline.entities.lead_information import LEAD_INFORMATION
from cdp_pipeline.entities.moego_lead import MOEGO_LEAD
from cdp_pipeline.entities.sms_interaction import SMS_INTERACTION
from cdp_pipeline.entities.table import TableModel, column, table_of
from cdp_pipeline.identity import RecordPersons
from cdp_pipeline.profiles.activities.meanings import outcome
from cdp_pipeline.profiles.contacts.consent_decisions import flag_deciding
from cdp_pipeline.profiles.records.records import records_of
from cdp_pipeline.profiles.records.version_order import LAST_CHANGES, LastChanges
from cdp_pipeline.profiles.shared_columns import (
    INTERNAL_COMPANY_ID,
    OBJECT_TYPE,
    OF_PROFILE,
    PERSON_ID,
    RECORD_KEY,
    SOURCE_ID,
    SYSTEM_NAME,
)


class ProfileConsents(
    TableModel, key=("record_key", "purpose", "channel"), foreign_keys=OF_PROFILE, indexes=(("person_id",),)
):
    """One row per source record, purpose and channel for which the record states whether the person consents."""

    record_key: str = RECORD_KEY
    person_id: str = PERSON_ID
    object_type: str = OBJECT_TYPE
    source_id: str = SOURCE_ID
    internal_company_id: str = INTERNAL_COMPANY_ID
    system_name: str = SYSTEM_NAME
    purpose: str = column("marketing, service, or all.", nullable=False)
    channel: str = column("email, sms, auto_call, app, or all.", nullable=False)
    granted: bool = column("true, false, or null where the source leaves it open: that is never consent.")
    basis: str = column("The source's field or event that states it.", nullable=False)
    stated_at: Timestamp = column(
        "When it was stated: the time of the event, or of the last change of the statement; else for a "
        "consent when the record is first known, for a refusal when it was last seen."
    )
    is_deciding: bool = column("Whether the person's can_email or can_sms rests on this row.", nullable=False)


PROFILE_CONSENTS = table_of(ProfileConsents)

REFUSALS = ("unsubscribed", "complained")
"""Outcomes of a message by which its recipient refuses further ones; a bounce concerns only the address."""

CONSENT_COLUMNS = {
    LEAD_INFORMATION.name: ("single_opt_in", "double_opt_in"),
    MOEGO_LEAD.name: ("compliance_config",),
    CUSTOMER_PRODUCT_SUBSCRIBER.name: ("status", "subscribe_email", "subscribe_phone"),
}
"""The columns in which records of an entity state consent."""

_STATEMENT = replace(
    PROFILE_CONSENTS, columns=tuple(column for column in PROFILE_CONSENTS.columns if column.name != "is_deciding")
)

_MOEGO_CHANNELS = {
    "email": "COMPLIANCE_CHANNEL_EMAIL",
    "sms": "COMPLIANCE_CHANNEL_SMS",
    "auto_call": "COMPLIANCE_CHANNEL_AUTO_CALL",
}
_MOEGO_LISTS = {"service": "serviceRelatedChannels", "marketing": "marketingCampaignsChannels"}
_MOEGO_FLAGS = {
    ("service", "app"): "brandedAppEnabled",
    ("marketing", "all"): "isAgreedMarketingPolicy",
    ("all", "all"): "isConsented",
}


def build_profile_consents(
    current: Records,
    record_persons: LazyFrame[RecordPersons],
    changes: Mapping[str, LazyFrame[LastChanges]] | None = None,
) -> LazyFrame[ProfileConsents]:
    """One row per live record with a person, and purpose and channel for which the record can state consent.

    Pango's opt-ins name no channel and apply to e-mail and SMS. A subscriber's phone flag applies to SMS. Unsubscribed
    overrides both flags (reading Q-20). An unsubscribe event or a complaint refuses its channel.

    Args:
        current: The current records by entity name.
        record_persons: The person of each record.
        changes: By entity name, when records last changed their statement (`find_last_changes` of the entity's
            CONSENT_COLUMNS); records without a row never changed it.
    """
    changes = changes or {}

    def with_changes(entity: Entity) -> pl.LazyFrame:
        since = changes.get(entity.name, LAST_CHANGES.empty().lazy())
        return records_of(entity, current, record_persons).join(since, on="record_key", how="left")

    statements = [
        *_lead_opt_ins(with_changes(LEAD_INFORMATION)),
        *_moego_compliance(with_changes(MOEGO_LEAD)),
        *_subscriber_flags(with_changes(CUSTOMER_PRODUCT_SUBSCRIBER)),
        _refusing_events(EMAIL_INTERACTION, "email", records_of(EMAIL_INTERACTION, current, record_persons)),
        _refusing_events(SMS_INTERACTION, "sms", records_of(SMS_INTERACTION, current, record_persons)),
    ]
    return PROFILE_CONSENTS.conform(flag_deciding(pl.concat(statements)))


def _lead_opt_ins(leads: pl.LazyFrame) -> list[pl.LazyFrame]:
    """Statements of the opt-ins of Pango's leads; one Yes is enough, as a double opt-in leaves the single one No."""
    stated = leads.filter(pl.col("single_opt_in").is_not_null() | pl.col("double_opt_in").is_not_null())
    single, double = (pl.col(name).fill_null("") == "Yes" for name in ("single_opt_in", "double_opt_in"))
    basis = (
        pl.when(double)
        .then(pl.lit("doubleOptIn"))
        .when(single | pl.col("double_opt_in").is_null())
        .then(pl.lit("singleOptIn"))
        .otherwise(pl.lit("doubleOptIn"))
    )
    return [
        _statement(LEAD_INFORMATION, stated, "marketing", channel, single | double, basis, created_at="created_at")
        for channel in ("email", "sms")
    ]


def _moego_compliance(leads: pl.LazyFrame) -> list[pl.LazyFrame]:
    """Statements of the channel lists and flags of MoeGo leads.

    A list is read in both of its forms: the list itself, and an object with the list in `channels`. A listed channel is
    granted, a channel that the list lacks is refused. The empty object is an empty list, as MoeGo's JSON omits empty
    lists. Without a list the consent is null.
    """
    stated = leads.filter(_compliance("$").str.starts_with("{"))
    lists = [
        _moego_statement(stated, purpose, channel, _is_listed(_compliance(f"$.{field}"), member), field)
        for purpose, field in _MOEGO_LISTS.items()
        for channel, member in _MOEGO_CHANNELS.items()
    ]
    flags = [
        _moego_statement(stated, purpose, channel, _truth(_compliance(f"$.{field}")), field)
        for (purpose, channel), field in _MOEGO_FLAGS.items()
    ]
    return [*lists, *flags]


def _moego_statement(leads: pl.LazyFrame, purpose: str, channel: str, granted: pl.Expr, field: str) -> pl.LazyFrame:
    return _statement(MOEGO_LEAD, leads, purpose, channel, granted, pl.lit(field), created_at="created_time")


def _subscriber_flags(subscribers: pl.LazyFrame) -> list[pl.LazyFrame]:
    unsubscribed = pl.col("status") == "Unsubscribed"
    return [
        _statement(
            CUSTOMER_PRODUCT_SUBSCRIBER,
            subscribers,
            "marketing",
            channel,
            pl.when(unsubscribed).then(pl.lit(value=False)).otherwise(pl.col(flag)),
            pl.when(unsubscribed).then(pl.lit("status")).otherwise(pl.lit(field)),
            event_at="subscribe_at",
        )
        for channel, flag, field in (
            ("email", "subscribe_email", "subscribeEmail"),
            ("sms", "subscribe_phone", "subscribePhone"),
        )
    ]


def _refusing_events(entity: Entity, channel: str, interactions: pl.LazyFrame) -> pl.LazyFrame:
    refusals = interactions.filter(outcome(pl.col("event")).is_in(REFUSALS)).with_columns(since=pl.lit(None, TIMESTAMP))
    basis = pl.format("event:{}", pl.col("event"))
    return _statement(entity, refusals, "marketing", channel, pl.lit(value=False), basis, event_at="event_at")


def _statement(
    entity: Entity,
    records: pl.LazyFrame,
    purpose: str,
    channel: str,
    granted: pl.Expr,
    basis: pl.Expr,
    *,
    event_at: str | None = None,
    created_at: str | None = None,
) -> pl.LazyFrame:
    """One row per record.

    `stated_at` is the last change of the statement, else the time of the event. Without either, a consent is dated by
    the first evidence of the record and a refusal by the last: records change for many reasons, and a later change of
    address must not undo a refusal in between.
    """
    first_known = pl.min_horizontal("first_seen_at", created_at) if created_at else pl.col("first_seen_at")
    stated_at = pl.when(granted).then(first_known).otherwise(pl.col("last_seen_at"))
    return _STATEMENT.conform(
        records.with_columns(
            pl.lit(entity.object_type).alias("object_type"),
            pl.lit(purpose).alias("purpose"),
            pl.lit(channel).alias("channel"),
            granted.alias("granted"),
            basis.alias("basis"),
            pl.coalesce("since", pl.col(event_at) if event_at else stated_at).alias("stated_at"),
        )
    )


def _compliance(path: str) -> pl.Expr:
    return pl.col("compliance_config").str.json_path_match(path)


def _is_listed(channels: pl.Expr, member: str) -> pl.Expr:
    is_list = channels.str.starts_with("[") | channels.str.starts_with("{")
    return pl.when(is_list).then(channels.str.contains(f'"{member}"', literal=True))


def _truth(flag: pl.Expr) -> pl.Expr:
    return flag.replace_strict({"true": True, "false": False}, default=None, return_dtype=pl.Boolean())
