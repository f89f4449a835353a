from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.registry import BY_NAME
from cdp_pipeline.generator.sheet import Sheet
from cdp_pipeline.generator.versions import BASE, WRITTEN, habit_of


def arrivals(sheet: Sheet, entity: Entity) -> Iterator[tuple[tuple[Any, ...], int, dict[str, Any]]]:
    """Key, day and row of everything that arrives, by the entity's own declaration."""
    names = [name.removesuffix("_e164").removesuffix("_normalized") for name in entity.natural_key]
    key = ["systemName", "internalCompanyId", *(entity.by_name[name].source for name in names)]
    for day, rows in enumerate(sheet.rows[entity.object_type]):
        for row in rows:
            yield tuple(row.get(name) for name in key), day, row


def business_time(entity: Entity, row: dict[str, Any]) -> Any:
    sources = (entity.by_name[name].source for name in entity.business_time)
    return next((row[source] for source in sources if source in row), None)


@pytest.mark.parametrize("entity", WRITTEN, ids=lambda entity: entity.name)
def test_versions_of_one_day_differ_in_business_time(sheet: Sheet, entity: Entity) -> None:
    versions = defaultdict(list)
    for key, day, row in arrivals(sheet, entity):
        versions[key, day].append(business_time(entity, row))
    for times in versions.values():
        assert len(set(times)) == len(times)
        assert len(times) == 1 or None not in times


@pytest.mark.parametrize(
    "entity", [e for e in WRITTEN if e.supports_ignored_update_cfs], ids=lambda entity: entity.name
)
def test_a_record_arrives_once_a_day_where_envelopes_may_protect_its_fields(sheet: Sheet, entity: Entity) -> None:
    seen = set()
    for key, day, row in arrivals(sheet, entity):
        if not sheet.takes_two(entity.object_type, row["systemName"], day):
            assert (key, day) not in seen
            seen.add((key, day))


def test_later_versions_are_sometimes_whole_and_sometimes_partial(sheet: Sheet) -> None:
    rows = defaultdict(list)
    for key, _, row in arrivals(sheet, BY_NAME["customer_identity"]):
        rows[key].append(row)
    updates = [
        (v[0], v[1]) for v in rows.values() if len(v) == 2 and v[1].get("updatedAt", 0) > v[0].get("updatedAt", 0)
    ]
    assert any(set(new) < set(old) | {"status"} for old, new in updates)
    assert any(set(new) >= set(old) for old, new in updates)


def test_late_rows_arrive_after_a_newer_version(sheet: Sheet) -> None:
    newest: dict[Any, int] = {}
    late = 0
    for key, _, row in arrivals(sheet, BY_NAME["lead_information"]):
        late += row.get("updatedAt", 0) < newest.get(key, 0)
        newest[key] = max(newest.get(key, 0), row.get("updatedAt", 0))
    assert late > 0


def test_tombstones_name_the_key_only_and_some_records_come_back(sheet: Sheet) -> None:
    deleted, revived = set(), 0
    for entity in WRITTEN:
        for key, _, row in arrivals(sheet, entity):
            if row.get("recordStatus") == "Deleted":
                habit = habit_of(entity.object_type)
                assert set(row) <= {*BASE, *habit.key, "recordStatus", habit.time}
                deleted.add((entity.name, key))
            else:
                revived += (entity.name, key) in deleted
    assert len(deleted) > 20
    assert 0 < revived < len(deleted)


def test_some_rows_are_sent_again_unchanged_on_a_later_day(sheet: Sheet) -> None:
    rows = [row for day in sheet.rows["customer-product-activity"] for row in day]
    seen, again = {}, 0
    for row in rows:
        again += seen.get(row["actionId"]) == row
        seen[row["actionId"]] = row
    assert again > 0
