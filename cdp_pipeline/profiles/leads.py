"""profile_leads: the leads of both lead systems side by side, in the columns of Pango's lead-information.

    current records + record_persons -> profile_leads

What only MoeGo says of a lead stands in columns of its own; its address goes to `profile_addresses`, its consents to
`profile_consents`.
"""

from collections.abc import Mapping

import polars as pl

from cdp_pipeline.entities.lead_information import LEAD_INFORMATION
from cdp_pipeline.entities.moego_lead import MOEGO_LEAD
from cdp_pipeline.profiles.columns import OBJECT_TYPE, entity_columns, record_table
from cdp_pipeline.profiles.records import records_of

_MOEGO_ONLY = (
    "life_cycle_id", "life_cycle_is_default", "action_status_id", "action_status_name", "action_status_color",
    "referral_source_id", "avatar", "preferred_business_id", "allocate_staff_id", "pets",
)  # fmt: skip

PROFILE_LEADS = record_table(
    name="profile_leads",
    description="One row per lead, of Pango's lead-information and of MoeGo's Lead API.",
    entity=LEAD_INFORMATION,
    adds=(OBJECT_TYPE, *entity_columns(MOEGO_LEAD, _MOEGO_ONLY)),
    indexes=(("customer_id",), ("status",)),
)


def build_profile_leads(current: Mapping[str, pl.LazyFrame], record_persons: pl.LazyFrame) -> pl.LazyFrame:
    """One row per live lead record with a person."""
    pango = records_of(LEAD_INFORMATION, current, record_persons)
    moego = _as_lead(records_of(MOEGO_LEAD, current, record_persons))
    return pl.concat(
        PROFILE_LEADS.conform(leads.with_columns(object_type=pl.lit(entity.object_type)))
        for entity, leads in ((LEAD_INFORMATION, pango), (MOEGO_LEAD, moego))
    )


def _as_lead(moego: pl.LazyFrame) -> pl.LazyFrame:
    """MoeGo leads in the names of lead-information.

    The life cycle is the status, as it is the stage of the pipeline. Pets and consents fill no column of the person,
    and there is no second confirmation that could be called a double opt-in.
    """
    agreed = pl.col("compliance_config").str.json_path_match("$.isAgreedMarketingPolicy")
    return moego.with_columns(
        pl.col("id").alias("lead_id"),
        pl.lit(0).alias("timezone_gmt"),
        pl.col("display_name").alias("full_name"),
        pl.col("life_cycle_name").alias("status"),
        pl.col("referral_source_name").alias("source_name"),
        agreed.replace_strict({"true": "Yes", "false": "No"}, default=None).alias("single_opt_in"),
        pl.col("created_time").alias("created_at"),
        pl.col("last_updated_time").alias("updated_at"),
        pl.lit("Active").alias("record_status"),
    )
