from datetime import date, timedelta
from pathlib import Path

from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.generator.plan import FORMATS, Plan, rotating_plan

DAYS = tuple(date(2026, 9, 1) + timedelta(days=n) for n in range(10))


def plan(people: int = 1000) -> Plan:
    return rotating_plan(Path("raw"), DAYS, people)


def test_the_first_day_sees_every_format() -> None:
    assert {name for (_, _, day), name in plan().formats.items() if day == 0} == set(FORMATS)


def test_every_entity_changes_its_format_from_day_to_day() -> None:
    formats = plan().formats
    for entity in ENTITIES:
        names = {name for (object_type, _, _), name in formats.items() if object_type == entity.object_type}
        assert len(names) >= 7 or entity.fixed_system


def test_large_drops_have_no_sheets_and_no_file_per_envelope() -> None:
    assert not {"xlsx", "envelope files"} & set(plan(1_000_000).formats.values())


def test_a_record_may_not_arrive_twice_in_envelopes_that_protect_custom_fields() -> None:
    for (object_type, system, day), name in plan().formats.items():
        protects = "envelope" in name and next(e for e in ENTITIES if e.object_type == object_type)
        assert plan().takes_two(object_type, system, day) is not bool(protects and protects.supports_ignored_update_cfs)
