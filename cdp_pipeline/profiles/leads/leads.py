"""profile_leads: the leads of both lead systems in one shape; and the lead columns of the profile.

    current records + record_persons + status history + gone leads + named customers -> profile_leads

Columns that only MoeGo has follow those of Pango. A lead's pets are in `profile_lead_pets`, its address in
`profile_lead_addresses` and `profile_addresses`, its consents in `profile_consents`. `lead_conversions.py` and
`gone_leads.py` decide what became of a lead.
"""

import polars as pl
from pandera.typing.polars import LazyFrame

from cdp_pipeline.current import Records
from cdp_pipeline.entities.kinds import Timestamp
from cdp_pipeline.entities.lead_information import LEAD_INFORMATION
from cdp_pipeline.entities.moego_lead import MOEGO_LEAD
from cdp_pipeline.entities.table import TableModel, column, columns_of
from cdp_pipeline.identity import RecordPersons
from cdp_pipeline.profiles.leads.gone_leads import Gone, GoneLeads
from cdp_pipeline.profiles.leads.lead_conversions import Conversion, NamedCustomers, find_conversions
from cdp_pipeline.profiles.leads.lead_status_history import ProfileLeadStatusHistory
from cdp_pipeline.profiles.records.records import records_of
from cdp_pipeline.profiles.shared_columns import OBJECT_TYPE, OF_PROFILE, RecordOfPerson, entity_column, record_table


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


_SOURCES = ("source_channel", "source_name", "source_name_level_2", "source_name_level_3", "form_name")


class LeadSummary(TableModel):
    """The lead columns of a profile, as `summarize_leads` returns them."""

    lead_count: int = column("Leads.", nullable=False)
    converted_lead_count: int = column("Leads that became a customer.", nullable=False)
    gone_lead_count: int = column("Leads that left MoeGo's list without becoming one.", nullable=False)
    lead_converted_at: Timestamp = column("When the first of them became a customer.")
    lead_state: str = column("open, converted, gone or customer_before: of the lead seen last, the current one.")
    lead_status: str = column("Status of the lead seen last.")
    lead_status_since: Timestamp = column("When it reached that status.")
    lead_status_change_count: int = column("Changes of its status.", nullable=False)
    lead_source_channel: str = column("Its source channel.")
    lead_source_name: str = column("Its source.")
    prospect_level: int = column("Its prospect level.")
    lead_single_opt_in: str = column("Whether it gave consent, as Yes or No; see profile_consents.")
    lead_double_opt_in: str = column("Whether it confirmed the consent, as Yes or No.")
    lead_staff_id: str = column("Staff member responsible for it; MoeGo's leads only.")
    lead_life_cycle: str = column("Its stage at MoeGo; of Pango's leads null, whose stage is the status.")
    lead_action_status: str = column("State of the follow-up work; MoeGo's leads only.")
    first_touch_at: Timestamp = column("When the first lead was created, or else first seen.")
    first_touch_source_channel: str = column("The first lead's source channel.")
    first_touch_source_name: str = column("The first lead's source.")
    first_touch_source_name_level_2: str = column("The first lead's source, one level down.")
    first_touch_source_name_level_3: str = column("The first lead's source, two levels down.")
    first_touch_form_name: str = column("The first lead's form.")
    last_touch_at: Timestamp = column("When the last lead was created, or else first seen.")
    last_touch_source_channel: str = column("The last lead's source channel.")
    last_touch_source_name: str = column("The last lead's source.")
    last_touch_source_name_level_2: str = column("The last lead's source, one level down.")
    last_touch_source_name_level_3: str = column("The last lead's source, two levels down.")
    last_touch_form_name: str = column("The last lead's form.")


_CURRENT = {
    "lead_state": "state",
    "lead_status": "status",
    "lead_status_since": "status_since",
    "lead_status_change_count": "status_change_count",
    "lead_source_channel": "source_channel",
    "lead_source_name": "source_name",
    "prospect_level": "prospect_level",
    "lead_single_opt_in": "single_opt_in",
    "lead_double_opt_in": "double_opt_in",
    "lead_staff_id": "allocate_staff_id",
    "lead_action_status": "action_status_name",
}


def summarize_leads(leads: pl.LazyFrame) -> pl.LazyFrame:
    """One row per person of `profile_leads`: the columns of `LeadSummary`.

    The current lead is the one seen last; ties go to the smallest record key. The first touch is the lead created (or
    else seen) first, the last touch the lead created last, with or without a source. Ties go to the smallest record key
    for the first touch, to the largest for the last touch.
    """
    newest_first = leads.sort(
        "person_id", "last_seen_at", "record_key", descending=[False, True, False], nulls_last=True
    )
    current = newest_first.group_by("person_id").agg(
        pl.len().alias("lead_count"),
        (pl.col("state") == "converted").sum().alias("converted_lead_count"),
        (pl.col("state") == "gone").sum().alias("gone_lead_count"),
        pl.col("converted_at").min().alias("lead_converted_at"),
        *(pl.col(column).first().alias(name) for name, column in _CURRENT.items()),
        pl.when(pl.col("object_type") == MOEGO_LEAD.object_type).then("status").first().alias("lead_life_cycle"),
    )
    sources = (
        leads.select("person_id", "record_key", pl.coalesce("created_at", "first_seen_at").alias("at"), *_SOURCES)
        .sort("person_id", "at", "record_key")
        .group_by("person_id")
        .agg(
            *(pl.col(name).first().alias(f"first_touch_{name}") for name in ("at", *_SOURCES)),
            *(pl.col(name).last().alias(f"last_touch_{name}") for name in ("at", *_SOURCES)),
        )
    )
    return current.join(sources, on="person_id", how="left")
