"""profile_leads: the leads of both lead systems, in the columns of Pango's lead-information.

    current records + record_persons + status history + gone leads + named customers -> profile_leads

Columns that only MoeGo has follow those of Pango. A lead's pets are in `profile_lead_pets`, its address in
`profile_lead_addresses` and `profile_addresses`, its consents in `profile_consents`. `lead_conversions.py` and
`gone_leads.py` decide what became of a lead.
"""

import polars as pl
from pandera.typing.polars import LazyFrame

from cdp_pipeline.current.tables import Records
from cdp_pipeline.entities.kinds import Timestamp
from cdp_pipeline.entities.lead_information import LEAD_INFORMATION
from cdp_pipeline.entities.moego_lead import MOEGO_LEAD
from cdp_pipeline.entities.table import column, columns_of
from cdp_pipeline.identity.tables import RecordPersons
from cdp_pipeline.profiles.columns import (
    OBJECT_TYPE,
    OF_PROFILE,
    RecordOfPerson,
    entity_column,
    record_table,
)
from cdp_pipeline.profiles.gone_leads import Gone, GoneLeads
from cdp_pipeline.profiles.lead_conversions import Conversion, NamedCustomers, find_conversions
from cdp_pipeline.profiles.lead_status_history import ProfileLeadStatusHistory
from cdp_pipeline.profiles.records import records_of


class ProfileLeads(
    RecordOfPerson,
    Conversion,
    Gone,
    key=("record_key",),
    foreign_keys=OF_PROFILE,
    indexes=(("person_id",), ("source_id",), ("customer_id",), ("status",), ("state",)),
):
    """One row per lead, of Pango's lead-information and of MoeGo's Lead API."""

    object_type: str = OBJECT_TYPE
    life_cycle_id: str = entity_column(MOEGO_LEAD, "life_cycle_id")
    life_cycle_is_default: bool = entity_column(MOEGO_LEAD, "life_cycle_is_default")
    action_status_id: str = entity_column(MOEGO_LEAD, "action_status_id")
    action_status_name: str = entity_column(MOEGO_LEAD, "action_status_name")
    action_status_color: str = entity_column(MOEGO_LEAD, "action_status_color")
    referral_source_id: str = entity_column(MOEGO_LEAD, "referral_source_id")
    avatar: str = entity_column(MOEGO_LEAD, "avatar")
    preferred_business_id: str = entity_column(MOEGO_LEAD, "preferred_business_id")
    allocate_staff_id: str = entity_column(MOEGO_LEAD, "allocate_staff_id")
    pets: str = entity_column(MOEGO_LEAD, "pets")
    state: str = column(
        "converted; else gone from MoeGo's list; else customer_before, if the person already was a customer; "
        "else open.",
        nullable=False,
    )
    status_since: Timestamp = column("When the status was reached; without changes, when the lead was created.")
    status_change_count: int = column("Changes in profile_lead_status_history.", nullable=False)


PROFILE_LEADS = record_table(ProfileLeads, LEAD_INFORMATION)


def build_profile_leads(
    current: Records,
    record_persons: LazyFrame[RecordPersons],
    status_history: LazyFrame[ProfileLeadStatusHistory],
    gone_leads: LazyFrame[GoneLeads],
    named_customers: LazyFrame[NamedCustomers],
) -> LazyFrame[ProfileLeads]:
    """One row per live lead record with a person.

    `status_since` is the timestamp of the lead's last dated change if that led to its status, `created_at` if it has no
    change, otherwise null. A lead that left MoeGo's list has a `gone_on`, even if it left because it was converted.

    Args:
        current: The current records by entity name.
        record_persons: The person of each record.
        status_history: Output of `build_profile_lead_status_history`.
        gone_leads: Output of `gone_leads.find_gone`.
        named_customers: Output of `lead_conversions.find_named_customers`.
    """
    pango = records_of(LEAD_INFORMATION, current, record_persons)
    moego = _as_lead(records_of(MOEGO_LEAD, current, record_persons))
    # Narrow, so that the joins do not carry the seventy columns of leads along.
    narrow = pl.concat(leads.select(_COMPARED) for leads in (pango, moego))
    fate = (
        narrow.join(find_conversions(narrow, named_customers, current, record_persons), on="record_key", how="left")
        .join(gone_leads, on="record_key", how="left")
        .join(_last_changes(status_history), on="record_key", how="left")
        .with_columns(pl.col("is_converted", "was_customer_before").fill_null(value=False))
        .select(
            "record_key",
            _state().alias("state"),
            _status_since().alias("status_since"),
            pl.col("status_change_count").fill_null(0),
            *(conversion.name for conversion in columns_of(Conversion)),
            "gone_on",
        )
    )
    parts = (
        leads.with_columns(object_type=pl.lit(entity.object_type)).join(fate, on="record_key", how="left")
        for entity, leads in ((LEAD_INFORMATION, pango), (MOEGO_LEAD, moego))
    )
    return PROFILE_LEADS.named(pl.concat(PROFILE_LEADS.conform(part) for part in parts))


_COMPARED = (
    "record_key", "person_id", "internal_company_id", "customer_id", "phone_e164", "phone_others_e164",
    "email_normalized", "email_others_normalized", "status", "created_at", "first_seen_at",
)  # fmt: skip


def _state() -> pl.Expr:
    return (
        pl.when("is_converted")
        .then(pl.lit("converted"))
        .when(pl.col("gone_on").is_not_null())
        .then(pl.lit("gone"))
        .when("was_customer_before")
        .then(pl.lit("customer_before"))
        .otherwise(pl.lit("open"))
    )


def _last_changes(status_history: pl.LazyFrame) -> pl.LazyFrame:
    """One row per lead with changes: record_key, status_change_count, and the last dated change."""
    is_last = pl.col("changed_at").is_not_null() & pl.col("left_at").is_null()
    return (
        status_history.filter(pl.col("lead_record_key").is_not_null())
        .group_by(pl.col("lead_record_key").alias("record_key"))
        .agg(
            pl.len().alias("status_change_count"),
            pl.col("changed_at").filter(is_last).first().alias("reached_at"),
            pl.col("new_status").filter(is_last).first().alias("reached"),
        )
    )


def _status_since() -> pl.Expr:
    return (
        pl.when(pl.col("reached") == pl.col("status"))
        .then("reached_at")
        .when(pl.col("status_change_count").is_null())
        .then("created_at")
    )


def _as_lead(moego: pl.LazyFrame) -> pl.LazyFrame:
    """MoeGo leads in the columns of lead-information.

    The life cycle is the status, as it is the stage of the pipeline. Pets and consents fill no column of the person.
    MoeGo has no second confirmation, so there is no double opt-in.
    """
    agreed = pl.col("compliance_config").str.json_path_match("$.isAgreedMarketingPolicy")
    return moego.with_columns(
        pl.col("id").alias("lead_id"),
        pl.lit(None, pl.String).alias("customer_id"),
        pl.lit(0).alias("timezone_gmt"),
        pl.col("display_name").alias("full_name"),
        pl.col("life_cycle_name").alias("status"),
        pl.col("referral_source_name").alias("source_name"),
        agreed.replace_strict({"true": "Yes", "false": "No"}, default=None).alias("single_opt_in"),
        pl.col("created_time").alias("created_at"),
        pl.col("last_updated_time").alias("updated_at"),
        pl.lit("Active").alias("record_status"),
    )
