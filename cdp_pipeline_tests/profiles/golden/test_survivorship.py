import random
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from cdp_pipeline.entities.table import TableColumn
from cdp_pipeline.profiles.golden.survivorship import STRATEGIES, Attribute, Strategy, choose_survivors

SCHEMA = {
    "person_id": pl.String(),
    "record_key": pl.String(),
    "object_type": pl.String(),
    "first_seen_at": pl.Datetime("ms", "UTC"),
    "last_seen_at": pl.Datetime("ms", "UTC"),
    "record_count": pl.Int64(),
    "gender": pl.String(),
    "city": pl.String(),
    "street": pl.String(),
    "nick_names": pl.List(pl.String()),
}


def evidence(*rows: dict[str, Any]) -> pl.LazyFrame:
    defaults = {"person_id": "P1", "object_type": "customer-identity", "record_count": 1}
    filled = [{"record_key": f"r{n}", **defaults, **row} for n, row in enumerate(rows, 1)]
    moments = [datetime(2026, 1, row["day"], tzinfo=UTC) for row in filled]
    days = [{"first_seen_at": at, "last_seen_at": at, **row} for row, at in zip(filled, moments, strict=True)]
    return pl.LazyFrame([{name: row.get(name) for name in SCHEMA} for row in days], schema=SCHEMA)


def attribute(*columns: str, strategy: Strategy = "most_recent", **declared: Any) -> Attribute:
    """An attribute named by its first column."""
    of_table = tuple(TableColumn(name, SCHEMA[name], "What tests need.") for name in columns)
    return Attribute(columns[0], of_table, "A test wants it so.", strategy, **declared)


def golden(frame: pl.LazyFrame, *attributes: Attribute) -> dict[str, Any]:
    return choose_survivors(frame, attributes).collect().row(0, named=True)


def test_the_most_recent_value_holds_and_a_later_null_does_not_erase_it():
    said = evidence({"day": 1, "city": "Hue"}, {"day": 2, "city": "Da Nang"}, {"day": 3})
    assert golden(said, attribute("city")) == {"person_id": "P1", "city": "Da Nang", "city_record_key": "r2"}


def test_a_tie_of_time_goes_to_the_smallest_record_key_whatever_the_order_of_rows():
    said = evidence({"day": 1, "city": "Hue"}, {"day": 1, "city": "Da Nang"}).collect()
    assert golden(said.lazy(), attribute("city"))["city"] == "Hue"
    assert golden(said.reverse().lazy(), attribute("city"))["city"] == "Hue"


def test_columns_of_one_attribute_are_never_mixed_from_two_records():
    said = evidence({"day": 1, "city": "Hue", "street": "278 Hoa Binh"}, {"day": 2, "city": "Da Nang"})
    assert golden(said, attribute("city", "street")) == {
        "person_id": "P1",
        "city": "Da Nang",
        "street": None,
        "city_record_key": "r2",
    }


def test_an_undefined_gender_never_beats_a_known_one():
    by_recency = attribute("gender", weak_values=("undefined",))
    said = evidence({"day": 1, "gender": "female"}, {"day": 2, "gender": "undefined"})
    assert golden(said, by_recency)["gender"] == "female"
    assert golden(said.filter(pl.col("gender") == "undefined"), by_recency)["gender"] == "undefined"


def test_a_better_source_goes_before_a_newer_one():
    said = evidence({"day": 1, "city": "Hue"}, {"day": 2, "city": "Vinh", "object_type": "moego-lead"})
    by_source = attribute("city", strategy="source_priority", sources=(("customer-identity",), ("moego-lead",)))
    assert golden(said, by_source)["city"] == "Hue"
    assert golden(said.filter(pl.col("object_type") == "moego-lead"), by_source)["city"] == "Vinh"


def test_a_source_that_is_not_declared_does_not_speak():
    said = evidence({"day": 1, "city": "Hue", "object_type": "moego-lead"})
    assert golden(said, attribute("city", sources=(("customer-identity",),)))["city"] is None


def test_the_oldest_value_is_that_of_the_record_seen_first_however_long_it_is_kept_up_to_date():
    last_week = datetime(2026, 1, 31, tzinfo=UTC)
    said = evidence({"day": 1}, {"day": 2, "city": "Hue", "last_seen_at": last_week}, {"day": 3, "city": "Vinh"})
    assert golden(said, attribute("city", strategy="oldest"))["city"] == "Hue"


@pytest.mark.parametrize(("vinh_count", "winner"), [(1, "Hue"), (2, "Vinh"), (3, "Vinh")])
def test_the_most_frequent_value_counts_records_and_goes_to_the_latest_on_a_tie(vinh_count: int, winner: str):
    said = evidence(
        {"day": 1, "city": "Hue"},
        {"day": 2, "city": "Hue"},
        {"day": 3, "city": "Vinh", "record_count": vinh_count},
    )
    assert golden(said, attribute("city", strategy="most_frequent"))["city"] == winner


def test_all_values_come_once_each_and_sorted_with_lists_taken_apart():
    said = evidence({"day": 1, "nick_names": ["dee", "Bee"]}, {"day": 2, "nick_names": ["dee"]}, {"day": 3})
    assert golden(said, attribute("nick_names", strategy="all_values"))["nick_names"] == ["Bee", "dee"]
    assert (
        golden(said.filter(pl.col("nick_names").is_null()), attribute("nick_names", strategy="all_values"))[
            "nick_names"
        ]
        is None
    )


def test_there_is_one_row_per_person_even_where_nothing_is_said():
    people = choose_survivors(evidence({"day": 1}, {"day": 1, "person_id": "P2", "city": "Hue"}), [attribute("city")])
    assert dict(people.select("person_id", "city").sort("person_id").collect().iter_rows()) == {"P1": None, "P2": "Hue"}


def test_the_most_complete_record_of_a_group_fills_most_columns_then_is_the_latest():
    complete = attribute("city", "street", strategy="most_complete")
    said = evidence({"day": 1, "city": "Hue", "street": "1 Le Loi"}, {"day": 2, "city": "Da Nang"})
    assert golden(said, complete)["city"] == "Hue"
    said = evidence({"day": 1, "city": "Hue", "street": "1 Le Loi"}, {"day": 2, "city": "Vinh", "street": "9 Cho"})
    assert golden(said, complete)["city"] == "Vinh"


def test_the_most_complete_single_text_is_the_longest():
    said = evidence({"day": 1, "city": "Thành phố Huế"}, {"day": 2, "city": "Hue"})
    assert golden(said, attribute("city", strategy="most_complete"))["city"] == "Thành phố Huế"


@pytest.mark.parametrize("strategy", [strategy for strategy in STRATEGIES if strategy != "all_values"])
def test_what_is_still_tied_goes_to_the_smallest_record_key(strategy: Strategy):
    sources = (("customer-identity",),)
    said = evidence({"day": 1, "city": "Hue"}, {"day": 1, "city": "Vin"}, {"day": 1, "city": "Mui"})
    for rows in (said, said.reverse()):
        chosen = golden(rows, attribute("city", strategy=strategy, sources=sources))
        assert (chosen["city"], chosen["city_record_key"]) == ("Hue", "r1")


@pytest.mark.parametrize("strategy", [strategy for strategy in STRATEGIES if strategy != "all_values"])
def test_a_weak_value_wins_under_no_strategy_while_there_is_another(strategy: Strategy):
    known = {"day": 2, "gender": "female", "object_type": "moego-lead"}
    said = evidence({"day": 1, "gender": "undefined"}, known, {"day": 3, "gender": "undefined"})
    by_source = (("customer-identity",), ("moego-lead",))
    chosen = golden(said, attribute("gender", strategy=strategy, sources=by_source, weak_values=("undefined",)))
    assert chosen["gender"] == "female"


def test_a_record_without_the_first_column_holds_only_where_nobody_gives_it():
    first = attribute("city", "street", needs_first=True)
    said = evidence({"day": 1, "city": "Hue"}, {"day": 2, "street": "1 Le Loi"})
    assert golden(said, first)["city_record_key"] == "r1"
    assert golden(said.filter(pl.col("city").is_null()), first)["street"] == "1 Le Loi"


def test_the_record_of_a_list_is_the_newest_that_gives_one():
    said = evidence({"day": 1, "nick_names": ["dee"]}, {"day": 2, "nick_names": ["dee"]}, {"day": 3, "city": "Hue"})
    assert golden(said, attribute("nick_names", strategy="all_values"))["nick_names_record_key"] == "r2"


def test_strategies_of_every_kind_stand_side_by_side():
    said = evidence({"day": 1, "city": "Hue", "gender": "male"}, {"day": 2, "city": "Vinh", "nick_names": ["dee"]})
    chosen = golden(
        said, attribute("city", strategy="oldest"), attribute("gender"), attribute("nick_names", strategy="all_values")
    )
    assert (chosen["city"], chosen["gender"], chosen["nick_names"]) == ("Hue", "male", ["dee"])


SOURCES = ("customer-identity", "moego-lead", "customer-product-comment")


def random_rows(seed: int) -> list[dict[str, Any]]:
    dice = random.Random(seed)
    return [
        {
            "person_id": f"P{dice.randrange(12)}",
            "object_type": dice.choice(SOURCES),
            "day": dice.randrange(1, 6),
            "last_seen_at": datetime(2026, 1, dice.randrange(6, 10), tzinfo=UTC),
            "record_count": dice.randrange(1, 3),
            "gender": dice.choice([None, "undefined", "male", "female"]),
            "city": dice.choice([None, "Hue", "Vinh", "Da Nang"]),
            "street": dice.choice([None, "1 Le Loi", "9 Cho"]),
        }
        for _ in range(120)
    ]


def winner(said: list[dict[str, Any]], chosen: Attribute) -> str | None:
    """The record key of the winner, the slow way: the smallest by every rule in its order of weight."""
    names = chosen.column_names
    tiers = chosen.sources or (SOURCES,)
    said = [row for row in said if any(row[n] for n in names) and any(row["object_type"] in tier for tier in tiers)]

    def value(row: dict[str, Any]) -> tuple[Any, ...]:
        return tuple(row[name] for name in names)

    def weight(row: dict[str, Any]) -> tuple[Any, ...]:
        first = row[names[0]]
        is_weak = first in chosen.weak_values or (chosen.needs_first and first is None)
        latest = -row["last_seen_at"].timestamp()
        filled = sum(v is not None for v in value(row)) if len(names) > 1 else len(first)
        equal = [other for other in said if value(other) == value(row)]
        by_strategy = {
            "most_recent": (latest,),
            "source_priority": (next(n for n, tier in enumerate(tiers) if row["object_type"] in tier), latest),
            "oldest": (row["first_seen_at"],),
            "most_complete": (-filled, latest),
            "most_frequent": (
                -sum(other["record_count"] for other in equal),
                -max(other["last_seen_at"].timestamp() for other in equal),
                # A value is as good as its latest record.
                min((-other["last_seen_at"].timestamp(), other["record_key"]) for other in equal)[1],
                latest,
            ),
        }
        return (is_weak, *by_strategy[chosen.strategy], row["record_key"])

    return min(said, key=weight)["record_key"] if said else None


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("strategy", [strategy for strategy in STRATEGIES if strategy != "all_values"])
def test_random_evidence_is_chosen_as_a_plain_reading_of_the_rules_says(strategy: Strategy, seed: int):
    chosen = [
        attribute("gender", strategy=strategy, sources=(SOURCES[:1], SOURCES[1:]), weak_values=("undefined",)),
        attribute("city", "street", strategy=strategy, sources=(SOURCES[1:2], SOURCES[:1]), needs_first=True),
        attribute("street", strategy=strategy),
    ]
    for alone in chosen:
        frame = evidence(*random_rows(seed)).collect()
        rows = frame.to_dicts()
        people = {row["person_id"]: [r for r in rows if r["person_id"] == row["person_id"]] for row in rows}
        expected = {person: winner(said, alone) for person, said in people.items()}
        for given in (frame, frame.sample(fraction=1, shuffle=True, seed=seed)):
            found = choose_survivors(given.lazy(), [alone]).collect()
            assert dict(found.select("person_id", f"{alone.name}_record_key").iter_rows()) == expected
