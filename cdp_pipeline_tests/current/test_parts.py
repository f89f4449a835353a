import polars as pl
import pytest

from cdp_pipeline.current import parts
from cdp_pipeline.current.parts import compact, parts_of


def test_records_are_taken_together_up_to_so_many_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "VERSIONS_AT_ONCE", 5)
    records = pl.DataFrame({"record_key": ["a", "b", "c", "d", "e"], "versions": [2, 3, 20, 1, 1]})
    found = [part.to_list() for part in parts_of(records)]
    assert found == [["a", "b"], ["c"], ["d", "e"]]


def test_few_or_no_records_are_one_part() -> None:
    few = pl.DataFrame({"record_key": ["a"], "versions": [2]})
    assert [part.to_list() for part in parts_of(few)] == [["a"]]
    assert [part.to_list() for part in parts_of(few.clear())] == [[]]


def test_compact_rows_say_the_same() -> None:
    rows = pl.DataFrame({"text": ["Nguyễn Thị Minh Anh, Hà Nội", None], "at": [1, 2]}, schema_overrides={"at": pl.Int8})
    assert compact(rows).equals(rows)
    assert compact(rows).schema == rows.schema
