from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from cdp_pipeline.profiles.survivorship import Attribute, choose_survivors

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


def golden(frame: pl.LazyFrame, *attributes: Attribute) -> dict[str, Any]:
    return choose_survivors(frame, attributes).collect().row(0, named=True)


def test_the_most_recent_value_holds_and_a_later_null_does_not_erase_it():
    said = evidence({"day": 1, "city": "Hue"}, {"day": 2, "city": "Da Nang"}, {"day": 3})
    assert golden(said, Attribute(("city",))) == {"person_id": "P1", "city": "Da Nang", "city_record_key": "r2"}


def test_a_tie_of_time_goes_to_the_smallest_record_key_whatever_the_order_of_rows():
    said = evidence({"day": 1, "city": "Hue"}, {"day": 1, "city": "Da Nang"}).collect()
    assert golden(said.lazy(), Attribute(("city",)))["city"] == "Hue"
    assert golden(said.reverse().lazy(), Attribute(("city",)))["city"] == "Hue"


def test_columns_of_one_attribute_are_never_mixed_from_two_records():
    said = evidence({"day": 1, "city": "Hue", "street": "278 Hoa Binh"}, {"day": 2, "city": "Da Nang"})
    assert golden(said, Attribute(("city", "street"))) == {
        "person_id": "P1",
        "city": "Da Nang",
        "street": None,
        "city_record_key": "r2",
    }


def test_an_undefined_gender_never_beats_a_known_one():
    attribute = Attribute(("gender",), weak_values=("undefined",))
    said = evidence({"day": 1, "gender": "female"}, {"day": 2, "gender": "undefined"})
    assert golden(said, attribute)["gender"] == "female"
    assert golden(said.filter(pl.col("gender") == "undefined"), attribute)["gender"] == "undefined"


def test_a_better_source_goes_before_a_newer_one():
    said = evidence({"day": 1, "city": "Hue"}, {"day": 2, "city": "Vinh", "object_type": "moego-lead"})
    by_source = Attribute(("city",), "source_priority", (("customer-identity",), ("moego-lead",)))
    assert golden(said, by_source)["city"] == "Hue"
    assert golden(said.filter(pl.col("object_type") == "moego-lead"), by_source)["city"] == "Vinh"


def test_a_source_that_is_not_declared_does_not_speak():
    said = evidence({"day": 1, "city": "Hue", "object_type": "moego-lead"})
    assert golden(said, Attribute(("city",), sources=(("customer-identity",),)))["city"] is None


def test_the_oldest_value_is_that_of_the_record_seen_first_however_long_it_is_kept_up_to_date():
    last_week = datetime(2026, 1, 31, tzinfo=UTC)
    said = evidence({"day": 1}, {"day": 2, "city": "Hue", "last_seen_at": last_week}, {"day": 3, "city": "Vinh"})
    assert golden(said, Attribute(("city",), "oldest"))["city"] == "Hue"


@pytest.mark.parametrize(("vinh_count", "winner"), [(1, "Hue"), (2, "Vinh"), (3, "Vinh")])
def test_the_most_frequent_value_counts_records_and_goes_to_the_latest_on_a_tie(vinh_count: int, winner: str):
    said = evidence(
        {"day": 1, "city": "Hue"},
        {"day": 2, "city": "Hue"},
        {"day": 3, "city": "Vinh", "record_count": vinh_count},
    )
    assert golden(said, Attribute(("city",), "most_frequent"))["city"] == winner


def test_all_values_come_once_each_and_sorted_with_lists_taken_apart():
    said = evidence({"day": 1, "nick_names": ["dee", "Bee"]}, {"day": 2, "nick_names": ["dee"]}, {"day": 3})
    assert golden(said, Attribute(("nick_names",), "all_values"))["nick_names"] == ["Bee", "dee"]
    assert (
        golden(said.filter(pl.col("nick_names").is_null()), Attribute(("nick_names",), "all_values"))["nick_names"]
        is None
    )


def test_there_is_one_row_per_person_even_where_nothing_is_said():
    people = choose_survivors(
        evidence({"day": 1}, {"day": 1, "person_id": "P2", "city": "Hue"}), [Attribute(("city",))]
    )
    assert dict(people.select("person_id", "city").sort("person_id").collect().iter_rows()) == {"P1": None, "P2": "Hue"}
