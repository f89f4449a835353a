from datetime import UTC, date, datetime

import polars as pl

from cdp_pipeline.entities.lead_status_history import LEAD_STATUS_HISTORY
from cdp_pipeline.entities.moego_lead import MOEGO_LEAD
from cdp_pipeline.profiles.lead_status_history import (
    PROFILE_LEAD_STATUS_HISTORY,
    build_profile_lead_status_history,
    derived_status_changes,
)

SCHEMA = {
    "record_key": pl.String(),
    "life_cycle_name": pl.String(),
    "business_at": pl.Datetime("ms", "UTC"),
    "is_deleted": pl.Boolean(),
    "drop_date": pl.Date(),
    "source_file": pl.String(),
    "source_row": pl.Int64(),
    "entry_number": pl.Int64(),
}


def at(day: int | None) -> datetime | None:
    return None if day is None else datetime(2026, 1, day, 9, tzinfo=UTC)


def snapshots(*rows: tuple[int, int | None, str | None], key: str = "r1") -> pl.LazyFrame:
    """Versions of one lead: day of the drop, day of the last update, life cycle."""
    return pl.LazyFrame(
        [
            (key, name, at(updated), False, date(2026, 1, dropped), "leads.json", 1, 1)
            for dropped, updated, name in rows
        ],
        schema=SCHEMA,
        orient="row",
    )


def changes(versions: pl.LazyFrame) -> list[tuple]:
    columns = ("change_number", "old_status", "new_status", "changed_at")
    return derived_status_changes(versions).sort("change_number").select(columns).collect().rows()


def test_a_change_between_two_snapshots_is_dated_by_the_update_of_the_newer_one():
    assert changes(snapshots((1, 1, "New"), (2, 1, "New"), (3, 3, "Won"))) == [(1, "New", "Won", at(3))]


def test_the_first_sighting_of_a_lead_is_no_change():
    assert changes(snapshots((1, 1, "New"))) == []


def test_snapshots_are_compared_in_the_order_of_their_updates_not_of_their_arrival():
    versions = snapshots((5, 3, "Won"), (6, 1, "New"), (7, 2, "Called"))
    assert changes(versions) == [(1, "New", "Called", at(2)), (2, "Called", "Won", at(3))]


def test_a_snapshot_without_a_time_takes_effect_when_it_arrives():
    versions = snapshots((1, 1, "New"), (2, None, "Called"), (3, 3, "Won"))
    assert [row[1:3] for row in changes(versions)] == [("New", "Called"), ("Called", "Won")]


def test_a_snapshot_without_a_life_cycle_says_nothing():
    assert changes(snapshots((1, 1, "New"), (2, 2, None), (3, 3, "New"))) == []


def test_leads_are_not_compared_with_each_other():
    two = pl.concat([snapshots((1, 1, "New"), key="r1"), snapshots((2, 2, "Won"), key="r2")])
    assert changes(two) == []


def test_there_is_one_row_per_stated_change_and_one_per_derived_change_of_a_lead_with_a_person(records, rows_of):
    records.add(LEAD_STATUS_HISTORY, lead_id="L1", old_status="New", new_status="Won", reason="called")
    records.add(MOEGO_LEAD, "P2", record_key="r2", id="ldg7")
    derived = pl.concat(
        [
            snapshots((1, 1, "New"), (2, 2, "Won"), (3, 3, "New"), key="r2"),
            snapshots((1, 1, "A"), (2, 2, "B"), key="nobody"),
        ]
    )
    built = build_profile_lead_status_history(records.current, records.record_persons, derived_status_changes(derived))
    columns = ("record_key", "change_number", "person_id", "lead_id", "old_status", "new_status", "reason")
    assert [tuple(row.values()) for row in rows_of(built, PROFILE_LEAD_STATUS_HISTORY, *columns)] == [
        ("r1", 1, "P1", "L1", "New", "Won", "called"),
        ("r2", 1, "P2", "ldg7", "New", "Won", "derived:snapshot"),
        ("r2", 2, "P2", "ldg7", "Won", "New", "derived:snapshot"),
    ]
