"""Lead columns of the profile: profile_leads -> one row per person, with the current lead, first and last touch."""

import polars as pl

from cdp_pipeline.entities.kinds import Timestamp
from cdp_pipeline.entities.moego_lead import MOEGO_LEAD
from cdp_pipeline.entities.table import TableModel, column

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
