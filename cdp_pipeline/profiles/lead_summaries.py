"""profile_leads -> one row per person: how many leads, the current one, and the first and the last touch."""

import polars as pl

from cdp_pipeline.entities.kinds import MOMENT
from cdp_pipeline.entities.moego_lead import MOEGO_LEAD
from cdp_pipeline.entities.table import TableColumn
from cdp_pipeline.profiles.columns import TEXT, WHOLE

_SOURCES = (
    ("source_channel", "source channel"),
    ("source_name", "source"),
    ("source_name_level_2", "source, one level down"),
    ("source_name_level_3", "source, two levels down"),
    ("form_name", "form"),
)


def _touch(which: str) -> tuple[TableColumn, ...]:
    return (
        TableColumn(f"{which}_touch_at", MOMENT, f"When the {which} lead was created, or else first seen."),
        *(TableColumn(f"{which}_touch_{name}", TEXT, f"The {which} lead's {meaning}.") for name, meaning in _SOURCES),
    )


LEAD_SUMMARY = (
    TableColumn("lead_count", WHOLE, "Leads.", nullable=False),
    TableColumn("converted_lead_count", WHOLE, "Leads that became a customer.", nullable=False),
    TableColumn("gone_lead_count", WHOLE, "Leads that left MoeGo's list without becoming one.", nullable=False),
    TableColumn("lead_converted_at", MOMENT, "When the first of them became a customer."),
    TableColumn(
        "lead_state", TEXT, "open, converted, gone or customer_before: of the lead seen last, the current one."
    ),
    TableColumn("lead_status", TEXT, "Status of the lead seen last."),
    TableColumn("lead_status_since", MOMENT, "When it reached that status."),
    TableColumn("lead_status_change_count", WHOLE, "Changes of its status.", nullable=False),
    TableColumn("lead_source_channel", TEXT, "Its source channel."),
    TableColumn("lead_source_name", TEXT, "Its source."),
    TableColumn("prospect_level", WHOLE, "Its prospect level."),
    TableColumn("lead_single_opt_in", TEXT, "Whether it gave consent, as Yes or No; see profile_consents."),
    TableColumn("lead_double_opt_in", TEXT, "Whether it confirmed the consent, as Yes or No."),
    TableColumn("lead_staff_id", TEXT, "Staff member who looks after it; MoeGo's leads only."),
    TableColumn("lead_life_cycle", TEXT, "Its stage at MoeGo; of Pango's leads null, whose stage is the status."),
    TableColumn("lead_action_status", TEXT, "State of the follow-up work; MoeGo's leads only."),
    *_touch("first"),
    *_touch("last"),
)

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
    """One row per person of `profile_leads`: the columns of `LEAD_SUMMARY`.

    The current lead is the one seen last; ties go to the smallest record key. The first touch is the lead that was
    created first, or else seen first, the last touch the one created last, whether or not it names a source; ties go to
    the smallest record key for the first, the largest for the last touch.
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
    sources = [name for name, _ in _SOURCES]
    touches = (
        leads.select("person_id", "record_key", pl.coalesce("created_at", "first_seen_at").alias("at"), *sources)
        .sort("person_id", "at", "record_key")
        .group_by("person_id")
        .agg(
            *(pl.col(name).first().alias(f"first_touch_{name}") for name in ("at", *sources)),
            *(pl.col(name).last().alias(f"last_touch_{name}") for name in ("at", *sources)),
        )
    )
    return current.join(touches, on="person_id", how="left")
