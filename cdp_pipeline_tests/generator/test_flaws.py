import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.registry import BY_OBJECT_TYPE
from cdp_pipeline.generator.files import Broken, Envelopes, JsonLines, RowFile, WrongEnvelope
from cdp_pipeline.generator.flaws import add_flaws, spoils_of
from cdp_pipeline.generator.sheet import Sheet
from cdp_pipeline.generator.table_files import ParquetParts
from cdp_pipeline.generator.versions import WRITTEN

SMS = BY_OBJECT_TYPE["sms-interaction"]


@pytest.fixture
def flawed(tmp_path: Path) -> Callable[..., Any]:
    """Adds flaws to rows, of a file of JSON lines if not said otherwise."""

    def add(
        rows: list[dict[str, Any]], entity: Entity = SMS, maker: type[RowFile] = JsonLines, takes_two: bool = True
    ) -> Any:
        return add_flaws(random.Random(1).random, maker(tmp_path / "file", "", entity), rows, takes_two=takes_two)

    return add


@pytest.mark.parametrize("entity", WRITTEN, ids=lambda entity: entity.name)
def test_every_declared_rule_of_an_entity_can_be_broken(sheet: Sheet, entity: Entity) -> None:
    rows = [row for day in sheet.rows[entity.object_type] for row in day if row.get("recordStatus") != "Deleted"]
    for rule, spoil in spoils_of(entity):
        kind, _, field = rule.partition(":")
        optional = kind == "type" or (kind == "value" and field in ("createdAt", "actionAt", "changedAt"))
        if not optional and field != "membershipUpdatedAt":
            assert any(spoil(row) for row in rows), rule


def test_the_good_rows_all_stay(sheet: Sheet, flawed: Callable[..., Any]) -> None:
    rows = [row for day in sheet.rows["sms-interaction"] for row in day]
    found, broken, resent = flawed(rows)
    assert {id(row) for row in rows} <= {id(row) for row in found}
    assert len(found) == len(rows) + broken.total() + resent


def test_rows_sent_twice_are_exactly_alike_and_none_where_a_record_may_arrive_once(
    sheet: Sheet, flawed: Callable[..., Any]
) -> None:
    rows = [row for day in sheet.rows["sms-interaction"] for row in day]
    found, _, resent = flawed(rows)
    assert resent > 0
    good = {id(row) for row in rows}
    assert sum(id(row) in good for row in found) == len(rows) + resent
    assert flawed(rows, takes_two=False)[2] == 0


def test_typed_files_get_no_text_in_numbers_and_nothing_unreadable(sheet: Sheet, flawed: Callable[..., Any]) -> None:
    rows = [row for day in sheet.rows["customer-identity"] for row in day] * 5
    _, broken, _ = flawed(rows, BY_OBJECT_TYPE["customer-identity"], ParquetParts)
    assert broken.total() > 20
    assert not any(rule.startswith("type:") or rule in ("unreadable", "envelope") for rule in broken)


def test_envelopes_break_as_a_whole_too(sheet: Sheet, flawed: Callable[..., Any]) -> None:
    rows = [row for day in sheet.rows["sms-interaction"] for row in day] * 3
    found, broken, _ = flawed(rows, maker=Envelopes)
    assert broken["envelope"] == sum(isinstance(row, WrongEnvelope) for row in found) > 0
    assert broken["unreadable"] == sum(isinstance(row, Broken) for row in found) > 0
