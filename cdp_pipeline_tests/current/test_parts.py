import polars as pl
import pytest

from cdp_pipeline.current import latest as parts
from cdp_pipeline.current.latest import compact, fold_in_parts, parts_of


def test_records_are_taken_together_up_to_so_many_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "VERSIONS_AT_ONCE", 5)
    records = pl.DataFrame({"record_key": ["a", "b", "c", "d", "e"], "versions": [2, 3, 20, 1, 1]})
    found = [part.to_list() for part in parts_of(records)]
    assert found == [["a", "b"], ["c"], ["d", "e"]]


def test_few_or_no_records_are_one_part() -> None:
    few = pl.DataFrame({"record_key": ["a"], "versions": [2]})
    assert [part.to_list() for part in parts_of(few)] == [["a"]]
    assert [part.to_list() for part in parts_of(few.clear())] == [[]]


@pytest.mark.parametrize("at_once", [1, 5, 100])
def test_a_fold_in_parts_makes_what_it_makes_of_all(monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    monkeypatch.setattr(parts, "VERSIONS_AT_ONCE", at_once)
    versions = pl.DataFrame({"record_key": ["a", "b", "a", "c", "b", "a"], "text": ["Huế", "x", None, "y", "z", "w"]})
    records = versions.group_by("record_key", maintain_order=True).len("versions")

    def last(some: pl.Series) -> pl.LazyFrame:
        return versions.lazy().filter(pl.col("record_key").is_in(some.implode())).group_by("record_key").last()

    found = pl.concat(fold_in_parts(records, last)).collect().sort("record_key")
    assert found.to_dict(as_series=False) == {"record_key": ["a", "b", "c"], "text": ["w", "z", "y"]}


def test_compact_rows_say_the_same() -> None:
    rows = pl.DataFrame({"text": ["Nguyễn Thị Minh Anh, Hà Nội", None], "at": [1, 2]}, schema_overrides={"at": pl.Int8})
    assert compact(rows).equals(rows)
    assert compact(rows).schema == rows.schema
