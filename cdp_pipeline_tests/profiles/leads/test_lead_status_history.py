import random
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import polars as pl
import pytest

from cdp_pipeline.entities.lead_information import LEAD_INFORMATION
from cdp_pipeline.entities.lead_status_history import LEAD_STATUS_HISTORY
from cdp_pipeline.entities.moego_lead import MOEGO_LEAD
from cdp_pipeline.profiles.leads.lead_status_history import (
    PROFILE_LEAD_STATUS_HISTORY,
    build_profile_lead_status_history,
    derived_status_changes,
    lead_names,
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


def test_a_lead_that_is_listed_every_day_in_two_statuses_of_one_update_changed_to_and_fro():
    versions = snapshots((1, 1, "New"), (2, 1, "New"), (3, 1, "Called"), (4, 1, "New"), (5, 5, "Won"), (6, 5, "Won"))
    assert [row[1:3] for row in changes(versions)] == [("New", "Called"), ("Called", "New"), ("New", "Won")]


def walked(rows: list[tuple[int, int | None, str | None]]) -> list[tuple[str, str]]:
    """The changes of a lead, found by walking through its versions."""
    said = [(drop, update, status, place) for place, (drop, update, status) in enumerate(rows) if status]

    def order(version):
        drop, update, _, place = version
        known = max((u for d, u, _, _ in said if u is not None and d <= drop), default=0) if update is None else update
        return known, drop, update is None, place

    statuses = [status for _, _, status, _ in sorted(said, key=order)]
    return [(old, new) for old, new in pairwise(statuses) if old != new]


@pytest.mark.parametrize("seed", range(60))
def test_changes_equal_those_found_by_walking_through_the_versions(seed: int):
    dice = random.Random(seed)
    moments = [1, 2, 3, None] if seed % 2 else [1, 2, 3]
    leads = {
        f"r{number}": [
            (day, dice.choice(moments), dice.choice(["New", "New", "Called", "Won", None])) for day in range(1, 9)
        ]
        for number in range(4)
    }
    found = derived_status_changes(pl.concat(snapshots(*rows, key=key) for key, rows in leads.items())).collect()
    for key, rows in leads.items():
        told = found.filter(pl.col("record_key") == key).sort("change_number")
        assert told.select("old_status", "new_status").rows() == walked(rows)


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
    built = build_profile_lead_status_history(
        records.current, records.record_persons, derived_status_changes(derived), lead_names(records.current)
    )
    columns = ("record_key", "change_number", "person_id", "lead_id", "old_status", "new_status", "reason")
    assert [tuple(row.values()) for row in rows_of(built, PROFILE_LEAD_STATUS_HISTORY, *columns)] == [
        ("r1", 1, "P1", "L1", "New", "Won", "called"),
        ("r2", 1, "P2", "ldg7", "New", "Won", "derived:snapshot"),
        ("r2", 2, "P2", "ldg7", "Won", "New", "derived:snapshot"),
    ]


def steps(records, *changes: tuple[int | None, str, str], **columns) -> None:
    """Stated changes of lead L1: day, status before, status after."""
    for day, old, new in changes:
        records.add(LEAD_STATUS_HISTORY, lead_id="L1", changed_at=at(day), old_status=old, new_status=new, **columns)


def history(records, *columns: str) -> list[tuple]:
    """The stated changes in the order of their moments."""
    built = build_profile_lead_status_history(
        records.current, records.record_persons, derived_status_changes(snapshots()), lead_names(records.current)
    )
    return built.sort("changed_at", "left_at", nulls_last=True).select(columns).collect().rows()


def test_a_status_lasts_until_the_next_change_and_the_first_one_since_the_lead_was_created(records):
    lead = records.add(LEAD_INFORMATION, lead_id="L1", created_at=at(1))
    steps(records, (9, "Called", "Won"), (3, "New", "Called"))
    columns = ("lead_record_key", "days_in_old_status", "new_status", "left_at", "days_in_status", "is_gap")
    assert history(records, *columns) == [
        (lead, 2.0, "Called", at(9), 6.0, False),
        (lead, 6.0, "Won", None, None, False),
    ]


def test_a_change_from_another_status_than_the_one_before_led_to_is_kept_and_marked(records):
    steps(records, (1, "New", "Called"), (5, "Quoted", "Won"))
    columns = ("old_status", "is_gap", "days_in_old_status", "days_in_status")
    assert history(records, *columns) == [("New", False, None, 4.0), ("Quoted", True, None, None)]


def test_an_undated_change_stays_apart_from_the_sequence(records):
    steps(records, (1, "New", "Called"), (None, "Called", "Lost"), (4, "Called", "Won"))
    columns = ("new_status", "left_at", "days_in_status", "days_in_old_status", "is_gap")
    assert history(records, *columns) == [
        ("Called", at(4), 3.0, None, False),
        ("Won", None, None, 3.0, False),
        ("Lost", None, None, None, None),
    ]


def test_changes_of_one_moment_follow_from_each_other(records):
    steps(records, (1, "Called", "Won"), (1, "New", "Called"))
    assert history(records, "old_status", "days_in_status", "is_gap") == [
        ("New", 0.0, False),
        ("Called", None, False),
    ]


def test_a_lead_created_after_its_first_change_was_created_at_an_unknown_time(records):
    records.add(LEAD_INFORMATION, lead_id="L1", created_at=at(8))
    steps(records, (3, "New", "Called"))
    assert history(records, "days_in_old_status") == [(None,)]


def test_a_change_names_a_lead_of_its_own_system_or_else_the_only_one_of_the_company(records):
    home = records.add(LEAD_INFORMATION, lead_id="L1", system_name="CRM")
    page = records.add(LEAD_INFORMATION, lead_id="L1", system_name="Landing-Page")
    steps(records, (1, "New", "Called"))
    steps(records, (2, "New", "Called"), system_name="Landing-Page")
    steps(records, (3, "New", "Called"), system_name="POS")
    assert history(records, "lead_record_key") == [(home,), (page,), (None,)]


def test_a_change_from_another_system_belongs_to_the_leads_sequence(records):
    lead = records.add(LEAD_INFORMATION, lead_id="L1", system_name="Landing-Page")
    steps(records, (1, "New", "Called"), system_name="Landing-Page")
    steps(records, (2, "Called", "Won"), system_name="CRM")
    assert history(records, "lead_record_key", "left_at") == [(lead, at(2)), (lead, None)]


def test_a_deleted_lead_is_not_replaced_by_one_of_another_system(records):
    records.add(LEAD_INFORMATION, None, lead_id="L1", system_name="CRM", is_deleted=True)
    records.add(LEAD_INFORMATION, lead_id="L1", system_name="Landing-Page")
    steps(records, (1, "New", "Called"))
    assert history(records, "lead_record_key") == [(None,)]


def test_derived_changes_have_times_too(records, rows_of):
    records.add(MOEGO_LEAD, record_key="r7", id="ldg7", created_time=at(1))
    derived = derived_status_changes(snapshots((1, 1, "New"), (3, 3, "Called"), (4, 4, "Won"), key="r7"))
    built = build_profile_lead_status_history(
        records.current, records.record_persons, derived, lead_names(records.current)
    )
    columns = ("lead_record_key", "days_in_old_status", "days_in_status")
    assert [tuple(row.values()) for row in rows_of(built, PROFILE_LEAD_STATUS_HISTORY, *columns)] == [
        ("r7", 2.0, 1.0),
        ("r7", 1.0, None),
    ]


@pytest.mark.parametrize("leads", [1, 2, 9])
def test_days_are_the_same_however_many_changes_there_are(records, leads):
    odd = at(1) + timedelta(milliseconds=17_080_627_901)
    for number in range(leads):
        records.add(LEAD_INFORMATION, f"P{number}", lead_id=f"L{number}", created_at=at(1))
        records.add(
            LEAD_STATUS_HISTORY, f"P{number}", lead_id=f"L{number}", changed_at=odd, old_status="New", new_status="Won"
        )
    assert history(records, "days_in_old_status") == [(197.69245,)] * leads


def test_the_order_of_rows_does_not_matter(records, rows_of):
    records.add(LEAD_INFORMATION, lead_id="L1", created_at=at(1))
    steps(records, (3, "New", "Called"), (3, "Called", "New"), (3, "New", "Won"), (7, "Won", "Lost"))
    none = derived_status_changes(snapshots())
    first, second = (
        build_profile_lead_status_history(given.current, given.record_persons, none, lead_names(given.current))
        for given in (records, records.reversed())
    )
    assert rows_of(first, PROFILE_LEAD_STATUS_HISTORY) == rows_of(second, PROFILE_LEAD_STATUS_HISTORY)
