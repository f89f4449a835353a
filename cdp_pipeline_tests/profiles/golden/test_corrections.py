"""Corrected values: whose they are, which of several holds, what follows from them, and what of it is shown."""

import json
import random
from datetime import date
from typing import Any

import polars as pl
import pytest

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.lead_information import LEAD_INFORMATION
from cdp_pipeline.profiles.addresses.addresses import build_profile_addresses
from cdp_pipeline.profiles.golden.attributes import GOLDEN_VALUES, build_golden_values, find_evidence
from cdp_pipeline.profiles.golden.corrections import (
    CORRECTIONS,
    PROFILE_CORRECTIONS,
    build_profile_corrections,
    correct_golden_values,
)
from cdp_pipeline.profiles.golden.values import PROFILE_VALUES, ValueParts, build_profile_values

HOA = {"display_name": "Nguyễn Thị Hoa", "birth_date": date(1985, 3, 7), "birth_year": 1985, "gender": "male"}
PARTS = {"first_name": "Nguyễn", "middle_name": "Thị", "last_name": "Hoa"}


@pytest.fixture
def corrected(records, at, rows_of):
    """Corrections as (request, column, value, day, record keys), and the golden values and rows that they make."""

    class Corrected:
        def __init__(self) -> None:
            self.asked: list[dict[str, Any]] = []

        def add(
            self, request: str, column: str, value: str | None, day: int = 1, keys: tuple[str, ...] = ("r1",)
        ) -> None:
            row = (request, column, value, at(day), list(keys))
            self.asked.append(dict(zip(CORRECTIONS.schema, row, strict=True)))

        @property
        def corrections(self) -> pl.LazyFrame:
            rows = pl.LazyFrame(self.asked, schema=CORRECTIONS.schema)
            return build_profile_corrections(rows, records.record_persons)

        @property
        def golden(self) -> pl.LazyFrame:
            golden = correct_golden_values(build_golden_values(self.evidence), self.corrections)
            return golden.collect().lazy()

        @property
        def evidence(self) -> pl.LazyFrame:
            return find_evidence(records.current, records.record_persons).collect().lazy()

        def of(self, *columns: str, person: str = "P1") -> tuple[Any, ...]:
            rows = rows_of(self.golden, GOLDEN_VALUES)
            return next(tuple(row[name] for name in columns) for row in rows if row["person_id"] == person)

        def values(self, attribute: str) -> list[tuple[Any, ...]]:
            parts = ValueParts(
                evidence=self.evidence,
                golden=self.golden,
                corrections=self.corrections,
                statements=records.statements,
                contacts=records.contacts,
                addresses=build_profile_addresses(records.current, records.record_persons, date(2026, 1, 9)),
            )
            rows = [
                row for row in rows_of(build_profile_values(parts), PROFILE_VALUES) if row["attribute"] == attribute
            ]
            shown = ("value", "is_winner", "strategy", "record_count", "record_key", "record_keys")
            return sorted((tuple(row[name] for name in shown) for row in rows), key=lambda row: (not row[1], row[0]))

    return Corrected()


def test_a_corrected_value_wins_over_every_record_and_names_its_request(records, corrected) -> None:
    records.add(CUSTOMER_IDENTITY, **HOA)
    records.add(CUSTOMER_IDENTITY, person="P2", **HOA)
    corrected.add("r-1", "gender", "female")
    assert corrected.of("gender", "gender_record_key") == ("female", "correction:r-1")
    assert corrected.of("display_name", "name_record_key") == ("Nguyễn Thị Hoa", "r1")
    assert corrected.of("gender", "gender_record_key", person="P2") == ("male", "r2")


@pytest.mark.parametrize(
    ("column", "value", "date_and_year"),
    [
        ("birth_date", "1990-01-02", (date(1990, 1, 2), 1990)),
        ("birth_date", None, (None, None)),
        ("birth_year", "1990", (None, 1990)),
        ("birth_year", "1985", (date(1985, 3, 7), 1985)),
        ("birth_year", None, (None, None)),
    ],
)
def test_a_birth_year_follows_a_corrected_date_and_a_date_of_another_year_is_emptied(
    records, corrected, column: str, value: str | None, date_and_year: tuple[date | None, int | None]
) -> None:
    records.add(CUSTOMER_IDENTITY, **HOA)
    corrected.add("r-1", column, value)
    assert corrected.of("birth_date", "birth_year", "birth_record_key") == (*date_and_year, "correction:r-1")


def test_a_date_and_a_year_that_were_both_corrected_are_those_of_the_newer_request(records, corrected) -> None:
    records.add(CUSTOMER_IDENTITY, **HOA)
    corrected.add("r-1", "birth_date", "1990-01-02", day=1)
    corrected.add("r-2", "birth_year", "1991", day=2)
    assert corrected.of("birth_date", "birth_year", "birth_record_key") == (None, 1991, "correction:r-2")


def test_a_whole_name_is_joined_again_when_one_of_its_parts_is_corrected(records, corrected) -> None:
    records.add(CUSTOMER_IDENTITY, **HOA | PARTS)
    corrected.add("r-1", "last_name", "Lan")
    names = ("display_name", "first_name", "middle_name", "last_name")
    assert corrected.of(*names) == ("Nguyễn Thị Lan", "Nguyễn", "Thị", "Lan")


def test_a_whole_name_that_was_sent_as_one_stays_when_a_part_is_corrected(records, corrected) -> None:
    records.add(CUSTOMER_IDENTITY, **HOA)
    corrected.add("r-1", "last_name", "Hoà")
    assert corrected.of("display_name", "last_name") == ("Nguyễn Thị Hoa", "Hoà")


def test_the_parts_of_a_wrong_name_are_emptied_beside_the_right_one(records, corrected) -> None:
    records.add(CUSTOMER_IDENTITY, **HOA | PARTS)
    corrected.add("r-1", "display_name", "Trần Thị Lan")
    corrected.add("r-2", "first_name", "Trần")
    names = ("display_name", "first_name", "middle_name", "last_name")
    assert corrected.of(*names) == ("Trần Thị Lan", "Trần", None, None)


def test_a_list_is_replaced_as_a_whole(records, corrected) -> None:
    records.add(CUSTOMER_IDENTITY, **HOA, nick_names=["Bé Na", "Tí"])
    corrected.add("r-1", "nick_names", json.dumps(["Tí", "Tèo"]))
    assert corrected.of("nick_names", "nick_names_record_key") == (["Tí", "Tèo"], "correction:r-1")
    assert corrected.values("nick_names") == [
        ("Tèo", True, "correction", 0, None, []),
        ("Tí", True, "correction", 1, None, ["r1"]),
        ("Bé Na", False, "correction", 1, None, ["r1"]),
    ]


def test_what_records_state_stands_beside_the_corrected_value(records, corrected) -> None:
    records.add(CUSTOMER_IDENTITY, gender="male")
    records.add(LEAD_INFORMATION, gender="female")
    corrected.add("r-1", "gender", "undefined")
    assert corrected.values("gender") == [
        ("undefined", True, "correction", 0, "correction:r-1", []),
        ("female", False, "correction", 1, None, ["r2"]),
        ("male", False, "correction", 1, None, ["r1"]),
    ]


def test_a_record_that_states_the_corrected_value_counts_for_it(records, corrected) -> None:
    records.add(CUSTOMER_IDENTITY, gender="male")
    records.add(LEAD_INFORMATION, gender="female")
    corrected.add("r-1", "gender", "female")
    assert corrected.values("gender") == [
        ("female", True, "correction", 1, "correction:r-1", ["r2"]),
        ("male", False, "correction", 1, None, ["r1"]),
    ]


def test_if_there_is_no_right_value_all_that_is_sent_has_lost(records, corrected) -> None:
    records.add(CUSTOMER_IDENTITY, gender="male")
    corrected.add("r-1", "gender", None)
    assert corrected.of("gender", "gender_record_key") == (None, "correction:r-1")
    assert corrected.values("gender") == [("male", False, "correction", 1, None, ["r1"])]


def test_of_two_persons_who_became_one_the_newer_correction_holds_and_of_equal_times_the_greater_id(
    records, corrected
) -> None:
    records.add(CUSTOMER_IDENTITY, gender="male", marital_status="Single")
    records.add(CUSTOMER_IDENTITY, gender="male", marital_status="Single")
    corrected.add("r-7", "gender", "undefined", day=2, keys=("r2",))
    corrected.add("r-8", "gender", "female", day=1, keys=("r1",))
    corrected.add("r-1", "marital_status", "Married", day=1, keys=("r1",))
    corrected.add("r-2", "marital_status", "Divorced", day=1, keys=("r2",))
    assert corrected.of("gender", "marital_status") == ("undefined", "Divorced")


def test_after_a_split_the_part_with_the_first_record_keeps_the_correction(records, corrected) -> None:
    records.add(CUSTOMER_IDENTITY, person="P1", gender="male")
    records.add(CUSTOMER_IDENTITY, person="P2", gender="male")
    corrected.add("r-1", "gender", "female", keys=("r2", "r1"))
    assert corrected.of("gender", person="P1") == ("male",)
    assert corrected.of("gender", person="P2") == ("female",)


def test_a_correction_whose_first_record_is_gone_is_of_the_next_one_and_of_nobody_without_records(
    records, corrected
) -> None:
    records.add(CUSTOMER_IDENTITY, gender="male", marital_status="Single")
    corrected.add("r-1", "gender", "female", keys=("gone", "r1"))
    corrected.add("r-2", "marital_status", "Married", keys=("gone",))
    assert corrected.of("gender", "marital_status") == ("female", "Single")


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_corrections_and_records_does_not_matter(records, corrected, rows_of, seed: int) -> None:
    dice = random.Random(seed)
    keys = [records.add(CUSTOMER_IDENTITY, person=f"P{n % 3}", day=n, **HOA | PARTS) for n in range(1, 9)]
    columns = {"birth_date": "1990-01-02", "birth_year": "1991", "last_name": "Lan", "gender": None}
    for number in range(12):
        column = dice.choice(sorted(columns))
        own = tuple(dice.sample(keys, 2))
        corrected.add(f"r-{number}", column, columns[column], day=dice.randint(1, 3), keys=own)
    before = rows_of(corrected.golden, GOLDEN_VALUES), rows_of(corrected.corrections, PROFILE_CORRECTIONS)
    dice.shuffle(corrected.asked)
    dice.shuffle(records.persons)
    dice.shuffle(records.rows)
    assert (rows_of(corrected.golden, GOLDEN_VALUES), rows_of(corrected.corrections, PROFILE_CORRECTIONS)) == before
