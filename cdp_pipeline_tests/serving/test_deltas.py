import random

import polars as pl
import pytest

from cdp_pipeline.serving.deltas import find_delta, no_delta
from cdp_pipeline.values import hashes as buckets

BEFORE = pl.LazyFrame({"id": ["a", "b", "c"], "tags": [["x"], None, ["y"]], "points": [1.5, None, 3.0]})


def test_only_new_and_changed_rows_travel_and_keys_that_are_gone() -> None:
    after = pl.LazyFrame({"id": ["d", "c", "a"], "tags": [["z"], ["y"], ["x", "x"]], "points": [None, 3.0, 1.5]})
    delta = find_delta(BEFORE, after, ("id",))
    assert delta.changed.collect()["id"].to_list() == ["a"]
    assert delta.new.collect()["id"].to_list() == ["d"]
    assert delta.gone.collect().rows() == [("b",)]
    assert delta.rows == 3


def test_the_order_of_rows_is_no_change() -> None:
    delta = find_delta(BEFORE, BEFORE.reverse(), ("id",))
    assert [rows.collect().height for rows in (delta.changed, delta.new, delta.gone)] == [0, 0, 0]


def test_of_a_table_that_is_the_same_file_nothing_travels() -> None:
    delta = no_delta(BEFORE, ("id",), 3)
    assert [rows.collect().height for rows in (delta.changed, delta.new, delta.gone)] == [0, 0, 0]
    assert (delta.gone.collect_schema().names(), delta.rows) == (["id"], 3)


@pytest.mark.parametrize("rows_at_once", [4, buckets.ROWS_AT_ONCE])
@pytest.mark.parametrize("seed", range(5))
def test_applied_to_what_was_it_gives_what_is(seed: int, rows_at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(buckets, "ROWS_AT_ONCE", rows_at_once)
    dice = random.Random(seed)

    def state() -> dict[tuple[int, str], int | None]:
        return {(dice.randrange(9), dice.choice("xyz")): dice.choice((None, 1, 2)) for _ in range(15)}

    def frame(rows: dict[tuple[int, str], int | None]) -> pl.LazyFrame:
        schema = {"number": pl.Int64, "letter": pl.String, "value": pl.Int64}
        return pl.LazyFrame([(*key, value) for key, value in rows.items()], schema=schema, orient="row")

    was, is_now = state(), state()
    delta = find_delta(frame(was), frame(is_now), ("number", "letter"))
    applied = dict(was)
    for key in delta.gone.collect().rows():
        del applied[key]
    for number, letter, value in delta.changed.collect().rows():
        assert applied[(number, letter)] != value
        applied[(number, letter)] = value
    for number, letter, value in delta.new.collect().rows():
        assert (number, letter) not in was
        applied[(number, letter)] = value
    assert applied == is_now
