import random
from datetime import datetime

import polars as pl
import pytest

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.evidence import EVIDENCE, first_arrivals, order_versions


@pytest.fixture
def oldest_first(staged):
    """The places of one record's versions as given, oldest evidence first."""
    return lambda *versions: order_versions(staged(CUSTOMER_IDENTITY, *versions))["at"].to_list()


def test_a_later_business_time_is_newer_even_in_an_earlier_drop(oldest_first, at, dropped) -> None:
    versions = [{"business_at": at(9), "drop_date": dropped(1)}, {"business_at": at(5), "drop_date": dropped(2)}]
    assert oldest_first(*versions) == [1, 0]


def test_at_equal_times_the_later_drop_is_newer(oldest_first, at, dropped) -> None:
    versions = [{"business_at": at(5), "drop_date": dropped(2)}, {"business_at": at(5), "drop_date": dropped(1)}]
    assert oldest_first(*versions) == [1, 0]


def test_within_a_drop_the_place_in_the_folder_decides(oldest_first) -> None:
    places = [("b.csv", 1, 1), ("a.csv", 10, 1), ("a.csv", 9, 1), ("a.csv", 9, 2)]
    names = ("source_file", "source_row", "entry_number")
    assert oldest_first(*(dict(zip(names, place, strict=True)) for place in places)) == [2, 3, 1, 0]


def test_an_untimed_version_is_newer_than_all_that_was_known_when_it_came(oldest_first, at, dropped) -> None:
    untimed = {"drop_date": dropped(2)}
    before = {"business_at": at(5), "drop_date": dropped(1)}
    same_day = {"business_at": at(7), "drop_date": dropped(2)}
    older_but_later = {"business_at": at(3), "drop_date": dropped(3)}
    newer = {"business_at": at(8), "drop_date": dropped(3)}
    assert oldest_first(untimed, before, same_day, older_but_later, newer) == [3, 1, 2, 0, 4]


def test_an_untimed_version_that_came_before_any_timed_one_is_oldest(oldest_first, at, dropped) -> None:
    assert oldest_first({"business_at": at(1), "drop_date": dropped(2)}, {"drop_date": dropped(1)}) == [1, 0]


def test_untimed_versions_follow_each_other_as_they_arrive(oldest_first, dropped) -> None:
    assert oldest_first({"drop_date": dropped(3)}, {"drop_date": dropped(1)}, {"drop_date": dropped(2)}) == [1, 2, 0]


def test_the_first_arrival_is_the_first_received_whatever_its_time(staged, at, dropped) -> None:
    versions = staged(
        CUSTOMER_IDENTITY,
        {"business_at": at(1), "drop_date": dropped(2)},
        {"business_at": at(9), "drop_date": dropped(1), "source_row": 7},
        {"record_key": "k2", "source_row": 3},
        {"record_key": "k2", "source_row": 2},
    )
    assert sorted(first_arrivals(versions)) == [1, 3]


def naive_order(versions: list[dict[str, object]]) -> list[int]:
    """The order of evidence of one record, as the rule reads."""

    def effective(version) -> datetime | None:
        known = [v["business_at"] for v in versions if v["business_at"] and v["drop_date"] <= version["drop_date"]]
        return version["business_at"] or max(known, default=None)

    def rank(place: int) -> tuple[object, ...]:
        version, time = versions[place], effective(versions[place])
        arrival = tuple(version[name] for name in ("source_file", "source_row", "entry_number"))
        is_untimed = version["business_at"] is None
        return (time is not None, time and time.timestamp(), version["drop_date"], is_untimed, *arrival)

    return sorted(range(len(versions)), key=rank)


@pytest.mark.parametrize("seed", range(20))
def test_the_order_agrees_with_the_rule_read_aloud(seed: int, staged, at, dropped) -> None:
    chance = random.Random(seed)
    some = [
        {
            "record_key": f"k{chance.randint(1, 6)}",
            "business_at": chance.choice([None, None, at(chance.randint(1, 5))]) if seed % 3 else None,
            "drop_date": dropped(chance.randint(1, 5)),
            "source_file": chance.choice(["a.csv", "b.csv"]),
        }
        for _ in range(40)
    ]
    versions = staged(CUSTOMER_IDENTITY, *some)
    ordered = order_versions(versions)
    for of_record in ordered.partition_by("record"):
        rows = sorted(of_record["at"])
        records = versions.select(EVIDENCE).with_row_index("row").filter(pl.col("row").is_in(rows))
        assert records["record_key"].n_unique() == 1
        assert [rows[place] for place in naive_order(records.to_dicts())] == of_record["at"].to_list()
    assert sorted(ordered["at"]) == list(range(40))
    assert ordered["record"].n_unique() == versions["record_key"].n_unique()
