from datetime import UTC, datetime

import polars as pl

from cdp_pipeline.identity.person_ids import PersonIds, assign_person_ids
from cdp_pipeline.identity.tables import PERSON_IDS

DAY_1 = datetime(2026, 11, 16, tzinfo=UTC)
DAY_2 = datetime(2026, 11, 17, tzinfo=UTC)


def assign(groups: list[str], previous: PersonIds | None = None, at: datetime = DAY_1) -> PersonIds:
    """Each group is a person, each letter a node with one record."""
    rows = [
        {"node_key": node, "records": 1, "cluster": number, "is_published": True}
        for number, group in enumerate(groups)
        for node in group
    ]
    schema = {"node_key": pl.String, "records": pl.Int64, "cluster": pl.UInt32, "is_published": pl.Boolean}
    state = previous.state if previous else PERSON_IDS.empty()
    return assign_person_ids(pl.DataFrame(rows, schema=schema), state, at)


def ids(result: PersonIds) -> dict[str, str]:
    return dict(result.state.select("node_key", "person_id").iter_rows())


def changes(result: PersonIds) -> list[tuple[str, str, str]]:
    return result.history.select("old_person_id", "person_id", "change").rows()


def test_from_nothing_ids_depend_on_the_records_alone() -> None:
    assert ids(assign(["ab", "c"])) == ids(assign(["c", "ba"]))


def test_an_unchanged_person_keeps_its_id_whatever_comes_and_goes() -> None:
    first = assign(["ab", "c"])
    second = assign(["Xy", "ab"], first, DAY_2)
    assert ids(second)["a"] == ids(first)["a"]


def test_running_again_changes_nothing() -> None:
    first = assign(["abc", "d"])
    again = assign(["abc", "d"], first, DAY_2)
    assert ids(again) == ids(first)
    assert changes(again) == []


def test_when_people_merge_the_id_of_the_larger_part_survives() -> None:
    first = assign(["ab", "cde"])
    merged = assign(["abcde"], first, DAY_2)
    assert set(ids(merged).values()) == {ids(first)["c"]}
    assert changes(merged) == [(ids(first)["a"], ids(first)["c"], "merged")]


def test_when_a_person_splits_the_part_with_most_records_keeps_the_id() -> None:
    first = assign(["abc"])
    split = assign(["a", "bc"], first, DAY_2)
    assert ids(split)["b"] == ids(split)["c"] == ids(first)["a"]
    assert changes(split) == [(ids(first)["a"], ids(split)["a"], "split")]
    assert ids(split)["a"] != ids(first)["a"]


def test_of_equal_parts_the_older_id_survives_a_merge() -> None:
    first = assign(["b"])
    second = assign(["b", "a"], first, DAY_2)
    merged = assign(["ab"], second, datetime(2026, 11, 18, tzinfo=UTC))
    assert ids(merged)["a"] == ids(first)["b"]


def test_a_record_that_goes_and_comes_back_brings_its_id_back() -> None:
    first = assign(["a", "b"])
    without = assign(["b"], first, DAY_2)
    assert changes(without) == [(ids(first)["a"], ids(first)["a"], "retired")]
    back = assign(["a", "b"], without, datetime(2026, 11, 18, tzinfo=UTC))
    assert ids(back) == ids(first)
