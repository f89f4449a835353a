from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest

from cdp_pipeline.profiles.records.version_order import find_last_changes, sort_versions


def at(day: int) -> datetime:
    return datetime(2026, 1, day, tzinfo=UTC)


def versions(*rows: tuple[int, int | None, str | None]) -> pl.LazyFrame:
    """Versions of record r1: the day of the drop, the day of the sender's own time, and the word."""
    said: list[dict[str, Any]] = [
        {
            "record_key": "r1",
            "drop_date": date(2026, 1, dropped),
            "business_at": changed and at(changed),
            "word": word,
            "source_file": "a.csv",
            "source_row": number,
            "entry_number": 1,
        }
        for number, (dropped, changed, word) in enumerate(rows)
    ]
    moment = pl.Datetime("ms", "UTC")
    return pl.LazyFrame(said, schema_overrides={"business_at": moment, "word": pl.String()})


def since(*rows: tuple[int, int | None, str | None]) -> datetime | None:
    found = find_last_changes(versions(*rows), ("word",)).collect()["since"].to_list()
    assert found == find_last_changes(versions(*rows).reverse(), ("word",)).collect()["since"].to_list()
    return found[0] if found else None


@pytest.mark.parametrize(
    ("rows", "begins"),
    [
        ([(2, 1, "No"), (6, 5, "Yes")], 5),
        ([(2, 1, "No"), (6, 5, "Yes"), (9, 8, "Yes")], 5),
        ([(2, 1, "No"), (6, 5, "Yes"), (9, 8, "No")], 8),
        ([(2, 1, "No"), (6, 5, None), (9, 8, "Yes")], 8),
        ([(2, 1, "No"), (6, 1, "Yes")], 6),
        ([(2, None, "No"), (6, None, "Yes")], 6),
        ([(6, 1, "No"), (2, 5, "Yes")], 5),
    ],
    ids=[
        "the sender's time of the change",
        "a re-send changes nothing",
        "the newest change counts",
        "a version without a word says nothing",
        "a flag flipped under the old time is flipped by the drop",
        "without times the drops tell",
        "versions that arrive in the wrong order",
    ],
)
def test_a_changed_word_counts_from_its_change(rows: list[tuple[int, int | None, str | None]], begins: int) -> None:
    assert since(*rows) == at(begins)


@pytest.mark.parametrize("rows", [[(2, 1, "No")], [(2, 1, "No"), (6, 5, "No")], [(2, 1, None), (6, 5, "No")]])
def test_a_record_that_always_said_the_same_is_left_out(rows: list[tuple[int, int | None, str | None]]) -> None:
    assert since(*rows) is None


def test_versions_follow_each_other_by_time_and_untimed_ones_go_on_top_of_what_was_known() -> None:
    rows = sort_versions(versions((3, None, "c"), (1, 1, "a"), (2, 2, "b"), (9, 4, "d"))).collect()
    assert rows["word"].to_list() == ["a", "b", "c", "d"]
