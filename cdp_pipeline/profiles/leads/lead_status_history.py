"""profile_lead_status_history: the changes of status of each lead.

    lead-status-history records + snapshots of MoeGo leads + record_persons -> profile_lead_status_history

MoeGo sends no history: its changes are derived from consecutive versions of the lead. A lead's first status is not a
change, in either source (readings Q-12 and 4.10). A status lasts from one change of the lead to the next.
"""

import polars as pl
from pandera.typing.polars import LazyFrame

from cdp_pipeline.current import Records
from cdp_pipeline.entities.kinds import Timestamp
from cdp_pipeline.entities.lead_information import LEAD_INFORMATION
from cdp_pipeline.entities.lead_status_history import LEAD_STATUS_HISTORY
from cdp_pipeline.entities.moego_lead import MOEGO_LEAD
from cdp_pipeline.entities.table import TableModel, column, table_of
from cdp_pipeline.identity import RecordPersons
from cdp_pipeline.profiles.records.records import records_of
from cdp_pipeline.profiles.records.version_order import VERSION, sort_versions
from cdp_pipeline.profiles.shared_columns import (
    INTERNAL_COMPANY_ID,
    OBJECT_TYPE,
    OF_PROFILE,
    RECORD_KEY,
    SYSTEM_NAME,
    WHOLE,
    RecordOfPerson,
    record_table,
)
from cdp_pipeline.staging import StagedRows


class ProfileLeadStatusHistory(
    RecordOfPerson,
    key=("record_key", "change_number"),
    foreign_keys=OF_PROFILE,
    indexes=(("person_id",), ("source_id",), ("lead_record_key",)),
):
    """One row per change of a lead's status, as sent or derived.

    A change is derived from two snapshots of a MoeGo lead; its reason is derived:snapshot.
    """

    object_type: str = OBJECT_TYPE
    change_number: int = column("1, or for derived changes the lead's n-th one.", nullable=False)
    lead_record_key: str = column("The lead in profile_leads; null when it is not there.")
    left_at: Timestamp = column("The lead's next dated change, which ends the new status; null while it lasts.")
    days_in_status: float = column(
        "Days in the new status until left_at, to five digits; null while it lasts, or undated."
    )
    days_in_old_status: float = column(
        "Days in the old status since the change before, or else since the lead was created; null when unknown."
    )
    is_gap: bool = column(
        "Whether the lead's previous dated change led to another status, so that a change is missing; null "
        "when undated."
    )


PROFILE_LEAD_STATUS_HISTORY = record_table(ProfileLeadStatusHistory, LEAD_STATUS_HISTORY)

DERIVED = "derived:snapshot"
"""The reason of a change that no source stated."""


class DerivedChanges(TableModel, key=("record_key", "change_number")):
    """One row per change of the life cycle between consecutive versions of a MoeGo lead."""

    record_key: str = RECORD_KEY
    change_number: int = column("Its place among the changes of the lead, from 1.", nullable=False)
    old_status: str = column("The status before.", nullable=False)
    new_status: str = column("The status after.", nullable=False)
    changed_at: Timestamp = column("The last update of the newer version, or else its drop date.", nullable=False)
    reason: str = column(f"Always {DERIVED}.", nullable=False)


DERIVED_CHANGES = table_of(DerivedChanges)


class LeadNames(TableModel, key=("internal_company_id", "system_name", "lead_id")):
    """One row per current lead of both systems, deleted ones included, with its namespace and id."""

    internal_company_id: str = INTERNAL_COMPANY_ID
    system_name: str = SYSTEM_NAME
    lead_id: str = column("The lead's id in its system.", personal=True)


LEAD_NAMES = table_of(LeadNames)

# A hundred-thousandth of a day.
_STEP_MS = 864
_NAMESPACE = ("internal_company_id", "system_name", "lead_id")
_TIMES = ("left_at", "days_in_status", "days_in_old_status", "is_gap")


def build_profile_lead_status_history(
    current: Records,
    record_persons: LazyFrame[RecordPersons],
    derived_changes: LazyFrame[DerivedChanges],
    every_lead: LazyFrame[LeadNames],
) -> LazyFrame[ProfileLeadStatusHistory]:
    """One row per stated change with a person, and one per derived change of a live MoeGo lead with a person.

    A stated change belongs to the lead with its id in its own system; if there is none, to the person's only lead of
    the company with this id. The changes of a lead are ordered by `changed_at`. Ties go to changes whose old status is
    not the new status of another of them, then to the smallest change number and record key. Undated changes are
    outside the order: their durations are null. A change whose old status is not the previous new status is kept and
    flagged (`is_gap`); the duration of its old status is null. No duration is negative: for a lead created after its
    first change, the time of creation counts as unknown.

    Args:
        current: The current records by entity name.
        record_persons: The person of each record.
        derived_changes: Output of `derived_status_changes`.
        every_lead: Output of `lead_names` for all leads, even if `current` has the records of some people only.
    """
    pango = records_of(LEAD_INFORMATION, current, record_persons)
    moego = records_of(MOEGO_LEAD, current, record_persons)
    leads = pl.concat([_leads(pango, "lead_id", "created_at"), _leads(moego, "id", "created_time")])
    stated = records_of(LEAD_STATUS_HISTORY, current, record_persons).with_columns(
        pl.lit(LEAD_STATUS_HISTORY.object_type).alias("object_type"), pl.lit(1).alias("change_number")
    )
    derived = derived_changes.join(_described(moego), on="record_key", how="inner").with_columns(
        pl.col("changed_at").alias("first_seen_at"),
        pl.col("changed_at").alias("last_seen_at"),
        pl.col("record_key").alias("lead_record_key"),
    )
    changes = pl.concat(
        PROFILE_LEAD_STATUS_HISTORY.conform(part)
        for part in (stated.join(_lead_of(stated, leads, every_lead), on="record_key", how="left"), derived)
    ).cache()
    return PROFILE_LEAD_STATUS_HISTORY.conform(
        changes.drop(_TIMES).join(_times(changes, leads), on=["record_key", "change_number"], how="left")
    )


def lead_names(current: Records) -> LazyFrame[LeadNames]:
    """One row per current lead of both systems, deleted ones included."""
    return LEAD_NAMES.named(
        pl.concat(
            current[entity.name].select(
                pl.col("company_id").alias("internal_company_id"),
                "system_name",
                pl.col(entity.source_id).alias("lead_id"),
            )
            for entity in (LEAD_INFORMATION, MOEGO_LEAD)
        )
    )


def _leads(leads: pl.LazyFrame, lead_id: str, created_at: str) -> pl.LazyFrame:
    return leads.select(
        pl.col("record_key").alias("lead_record_key"),
        "person_id",
        "internal_company_id",
        "system_name",
        pl.col(lead_id).alias("lead_id"),
        pl.col(created_at).alias("created_at"),
    )


def _described(moego: pl.LazyFrame) -> pl.LazyFrame:
    """MoeGo leads with the columns of a status history that a derived change lacks."""
    return moego.select(
        "record_key",
        "person_id",
        "source_id",
        "internal_company_id",
        "system_name",
        pl.col("id").alias("lead_id"),
        pl.lit(0).alias("timezone_gmt"),
        pl.lit("Active").alias("record_status"),
        pl.lit(MOEGO_LEAD.object_type).alias("object_type"),
    )


def _lead_of(stated: pl.LazyFrame, leads: pl.LazyFrame, every_lead: pl.LazyFrame) -> pl.LazyFrame:
    """One row per stated change whose lead is known: record_key, lead_record_key; found as in identity."""
    named = stated.select("record_key", "person_id", *_NAMESPACE)
    # A deleted lead of the own system must not be replaced by a lead of another system.
    unresolved = named.join(every_lead, on=_NAMESPACE, how="anti", nulls_equal=True)
    across_systems = ["person_id", "internal_company_id", "lead_id"]
    own_system = named.join(leads, on=["person_id", *_NAMESPACE], nulls_equal=True)
    return (
        pl.concat([own_system, unresolved.join(leads, on=across_systems, nulls_equal=True)], how="diagonal")
        .group_by("record_key")
        .agg(pl.len().alias("leads"), pl.col("lead_record_key").min())
        .filter(pl.col("leads") == 1)
        .select("record_key", "lead_record_key")
    )


def _times(changes: pl.LazyFrame, leads: pl.LazyFrame) -> pl.LazyFrame:
    """One row per dated change: its key and `_TIMES`."""
    unknown = pl.concat_str(pl.col(_NAMESPACE).fill_null("-"), separator="|")
    dated = changes.filter(pl.col("changed_at").is_not_null()).select(
        "record_key",
        "change_number",
        pl.coalesce("lead_record_key", unknown).alias("lead"),
        "old_status",
        "new_status",
        "changed_at",
    )
    simultaneous = dated.group_by("lead", "changed_at").agg(pl.col("new_status").alias("reached"))
    # One sort and shifts instead of windows, which cost several times as much.
    in_order = (
        dated.join(simultaneous, on=["lead", "changed_at"], how="left")
        .with_columns(pl.col("reached").list.contains(pl.col("old_status")).alias("follows"))
        .sort("lead", "changed_at", "follows", "change_number", "record_key")
    )
    before, after = (pl.col("lead") == pl.col("lead").shift(step) for step in (1, -1))
    created = leads.select(pl.col("lead_record_key").alias("lead"), "created_at")
    days_in_old_status = _days(pl.coalesce("before_at", "created_at"), pl.col("changed_at"))
    return (
        in_order.with_columns(
            pl.when(after).then(pl.col("changed_at").shift(-1)).alias("left_at"),
            pl.when(before).then(pl.col("changed_at").shift(1)).alias("before_at"),
            (before & (pl.col("new_status").shift(1) != pl.col("old_status"))).fill_null(value=False).alias("is_gap"),
        )
        .join(created, on="lead", how="left")
        .select(
            "record_key",
            "change_number",
            "left_at",
            _days(pl.col("changed_at"), pl.col("left_at")).alias("days_in_status"),
            pl.when(~pl.col("is_gap") & (days_in_old_status >= 0)).then(days_in_old_status).alias("days_in_old_status"),
            "is_gap",
        )
    )


def _days(begin: pl.Expr, end: pl.Expr) -> pl.Expr:
    """Days between two timestamps, rounded half up to five digits.

    The digits are computed in integers: Polars divides frames of one and of several rows with different last digits,
    and streams frames of any size.
    """
    hundred_thousandths = ((end - begin).dt.total_milliseconds() + _STEP_MS // 2) // _STEP_MS
    return (hundred_thousandths / 100_000).round(5)


def derived_status_changes(versions: LazyFrame[StagedRows]) -> LazyFrame[DerivedChanges]:
    """One row per change of the life cycle between consecutive versions of a MoeGo lead, numbered from 1 for each lead.

    Versions are ordered by business time, then by arrival; a version without a business time is dated by its arrival.
    Versions without a life cycle are ignored.

    Args:
        versions: All staged versions of all days: record_key, life_cycle_name, is_deleted and the columns of VERSION.
    """
    received_at = pl.col("drop_date").cast(pl.Datetime("ms")).dt.replace_time_zone("UTC")
    stated = versions.filter(pl.col("life_cycle_name").is_not_null() & ~pl.col("is_deleted")).select(
        "record_key", "life_cycle_name", *VERSION
    )
    is_later = pl.col("record_key") == pl.col("record_key").shift(1)
    distinct = _without_repeats(stated)
    # A lead with a single status has no change and needs no sort.
    several = (
        distinct.group_by("record_key")
        .agg(statuses=pl.col("life_cycle_name").n_unique())
        .filter(pl.col("statuses") > 1)
    )
    return DERIVED_CHANGES.named(
        sort_versions(distinct.join(several, on="record_key", how="semi"))
        # A shift instead of a window, which costs several times as much.
        .with_columns(pl.when(is_later).then(pl.col("life_cycle_name").shift(1)).alias("old_status"))
        .filter(pl.col("old_status") != pl.col("life_cycle_name"))
        .select(
            "record_key",
            (pl.int_range(pl.len(), dtype=WHOLE).over("record_key") + 1).alias("change_number"),
            "old_status",
            pl.col("life_cycle_name").alias("new_status"),
            pl.coalesce("business_at", "effective_at", received_at).alias("changed_at"),
            pl.lit(DERIVED).alias("reason"),
        )
    )


def _without_repeats(stated: pl.LazyFrame) -> pl.LazyFrame:
    """The versions without most of those that only repeat another, as leads are listed every day, changed or not.

    If all versions of one update (lead and business time) have one status, one of them is kept, as all have the same
    place in the order. Leads that have a version without a business time keep all versions, as such a version may lie
    between two of one update.
    """
    columns = ["record_key", "life_cycle_name", *VERSION]
    update = ["record_key", "business_at"]
    # Collected, as both are read twice.
    updates = (
        stated.group_by(update)
        .agg(pl.col("life_cycle_name").n_unique().alias("statuses"), pl.exclude(update).first())
        .with_columns(is_timed=pl.col("business_at").is_not_null().all().over("record_key"))
        .collect()
        .lazy()
    )
    is_repeated = pl.col("is_timed") & (pl.col("statuses") == 1)
    others = stated.join(updates.filter(~is_repeated), on=update, how="semi", nulls_equal=True)
    return pl.concat([updates.filter(is_repeated).select(columns), others.select(columns)]).collect().lazy()
