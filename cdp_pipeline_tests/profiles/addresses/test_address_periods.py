import random
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from cdp_pipeline.entities.kinds import TIMESTAMP
from cdp_pipeline.profiles.addresses.address_values import add_periods

SCHEMA = {
    "record_key": pl.String,
    "person_id": pl.String,
    "address_type": pl.String,
    "system_name": pl.String,
    "start_time": TIMESTAMP,
    "end_time": TIMESTAMP,
}


def at(year: int | None) -> datetime | None:
    return None if year is None else datetime(year, 1, 1, tzinfo=UTC)


def address(key: str, start: int | None, end: int | None = None, **columns: Any) -> dict[str, Any]:
    given = {"record_key": key, "person_id": "P1", "address_type": "Live", "system_name": "CRM"}
    return {**given, "start_time": at(start), "end_time": at(end), **columns}


def periods(*addresses: dict[str, Any]) -> dict[str, tuple[int | None, int | None]]:
    """The years in which each address holds."""
    rows = add_periods(pl.LazyFrame(addresses, schema=SCHEMA)).collect()
    assert rows.height == len(addresses)
    years = pl.col("valid_from", "valid_to").dt.year()
    return {key: (start, end) for key, start, end in rows.select("record_key", years).iter_rows()}


def test_an_open_address_ends_where_the_next_one_begins():
    assert periods(address("old", 2018), address("new", 2021), address("newest", 2023)) == {
        "old": (2018, 2021),
        "new": (2021, 2023),
        "newest": (2023, None),
    }


def test_an_address_without_a_start_is_the_oldest():
    assert periods(address("dated", 2021), address("undated", None)) == {"undated": (None, 2021), "dated": (2021, None)}


def test_an_end_that_is_given_counts_whatever_begins_before_or_after_it():
    assert periods(address("old", 2018, 2022), address("new", 2021), address("undated", None, 2015)) == {
        "undated": (None, 2015),
        "old": (2018, 2022),
        "new": (2021, None),
    }


def test_an_end_before_the_start_makes_an_empty_period_never_a_negative_one():
    assert periods(address("odd", 2021, 2019), address("next", 2023)) == {"odd": (2021, 2021), "next": (2023, None)}


def test_addresses_that_begin_together_do_not_end_each_other():
    assert periods(address("a", 2020), address("b", 2020), address("c", 2024)) == {
        "a": (2020, 2024),
        "b": (2020, 2024),
        "c": (2024, None),
    }


@pytest.mark.parametrize(
    "other", [{"person_id": "P2"}, {"address_type": "Work"}, {"system_name": "POS"}, {"system_name": None}], ids=str
)
def test_only_an_address_of_the_same_person_type_and_system_ends_another(other):
    assert periods(address("old", 2018), address("other", 2021, **other))["old"] == (2018, None)


def naive_periods(addresses: list[dict[str, Any]]) -> dict[str, tuple[int | None, int | None]]:
    """The rule once more, row by row."""
    found = {}
    for row in addresses:
        start, end = row["start_time"], row["end_time"]
        later = [
            other["start_time"]
            for other in addresses
            if all(other[name] == row[name] for name in ("person_id", "address_type", "system_name"))
            and other["start_time"] is not None
            and (start is None or other["start_time"] > start)
        ]
        if end is None:
            end = min(later, default=None)
        elif start is not None:
            end = max(start, end)
        found[row["record_key"]] = (start and start.year, end and end.year)
    return found


@pytest.mark.parametrize("seed", range(20))
def test_periods_of_random_addresses_are_those_of_the_naive_rule(seed):
    draw = random.Random(seed)
    addresses = [
        address(
            f"r{number}",
            draw.choice([None, *range(2015, 2022)]),
            draw.choice([None, None, *range(2014, 2024)]),
            person_id=draw.choice("PQ"),
            address_type=draw.choice(["Live", "Work"]),
            system_name=draw.choice(["CRM", "POS", None]),
        )
        for number in range(60)
    ]
    expected = naive_periods(addresses)
    draw.shuffle(addresses)
    assert periods(*addresses) == expected
