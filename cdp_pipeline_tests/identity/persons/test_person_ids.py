from datetime import UTC, datetime
from typing import Any

import polars as pl
from hypothesis import given, settings, strategies as st

from cdp_pipeline.identity.persons.person_ids import PersonIds, assign_person_ids
from cdp_pipeline.identity.tables import PERSON_IDS

DAY_1 = datetime(2026, 11, 16, tzinfo=UTC)
DAY_2 = datetime(2026, 11, 17, tzinfo=UTC)


def assign(groups: list[str], previous: PersonIds | None = None, at: datetime = DAY_1) -> PersonIds:
    """Each group is a person, each letter a node with one record."""
    rows = [
        {"node_key": node, "record_key": f"record {node}", "records": 1, "cluster": number, "is_published": True}
        for number, group in enumerate(groups)
        for node in group
    ]
    schema = {
        "node_key": pl.String,
        "record_key": pl.String,
        "records": pl.Int64,
        "cluster": pl.UInt32,
        "is_published": pl.Boolean,
    }
    state = previous.state if previous else PERSON_IDS.empty()
    return assign_person_ids(pl.DataFrame(rows, schema=schema), state, state["person_id"], at)


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


def test_who_stayed_keeps_the_id_before_more_records_that_come_back() -> None:
    first = assign(["abc"])
    without = assign(["c"], first, DAY_2)
    assert changes(without) == []
    back = assign(["ab", "c"], without, datetime(2026, 11, 18, tzinfo=UTC))
    assert ids(back)["c"] == ids(first)["c"]
    assert changes(back) == [(ids(first)["c"], ids(back)["a"], "split")]


def test_a_contact_that_was_spelled_anew_is_known_by_its_record() -> None:
    first = assign(["ab"])
    corrected = first.state.with_columns(
        node_key=pl.when(pl.col("node_key") == "a").then(pl.lit("A, spelled otherwise")).otherwise("node_key")
    )
    again = assign(["ab"], PersonIds(corrected, first.history), DAY_2)
    assert ids(again)["a"] == ids(first)["a"]


def test_a_part_that_is_split_off_again_gets_its_former_id_back() -> None:
    first = assign(["ab", "cde"])
    merged = assign(["abcde"], first, DAY_2)
    unmerged = assign(["ab", "cde"], merged, datetime(2026, 11, 18, tzinfo=UTC))
    assert ids(unmerged) == ids(first)
    assert changes(unmerged) == [(ids(first)["c"], ids(first)["a"], "split")]


groups = st.lists(st.integers(0, 5), min_size=8, max_size=8)


def grouped(numbers: list[int]) -> list[str]:
    return [
        "".join(n for n, g in zip("abcdefgh", numbers, strict=True) if g == group) for group in sorted(set(numbers))
    ]


@settings(max_examples=50)
@given(groups, groups, st.randoms())
def test_untouched_people_keep_their_ids_and_a_second_run_changes_nothing(before: Any, after: Any, dice: Any) -> None:
    first = assign(grouped(before))
    shuffled = grouped(after)
    dice.shuffle(shuffled)
    second = assign(shuffled, first, DAY_2)
    for group in set(grouped(before)) & set(grouped(after)):
        assert {ids(second)[node] for node in group} == {ids(first)[node] for node in group}
    assert len(set(ids(second).values())) == len(set(after))
    again = assign(grouped(after), second, datetime(2026, 11, 18, tzinfo=UTC))
    assert ids(again) == ids(second)
    assert changes(again) == []


@settings(max_examples=50)
@given(groups, st.sampled_from("abcdefgh"))
def test_removing_a_record_and_bringing_it_back_restores_the_persons(numbers: Any, removed: str) -> None:
    first = assign(grouped(numbers))
    without = [group.replace(removed, "") for group in grouped(numbers)]
    second = assign([group for group in without if group], first, DAY_2)
    third = assign(grouped(numbers), second, datetime(2026, 11, 18, tzinfo=UTC))
    assert ids(third) == ids(first)
