from datetime import date
from typing import Any

import polars as pl
import pytest

from cdp_pipeline.identity.clustering.vetoes import vetoed_pairs
from cdp_pipeline.identity.matching.agreement import FEATURES

TYPES = {"birth_date": pl.Date, "birth_year": pl.Int64}


def veto(a: dict[str, Any], b: dict[str, Any]) -> str | None:
    def side(person: dict[str, Any], suffix: str) -> dict[str, Any]:
        born = person.get("birth_date")
        return {f"{c}{suffix}": person.get(c) for c in FEATURES} | {f"birth_year{suffix}": born.year if born else None}

    schema = {f"{c}{suffix}": TYPES.get(c, pl.String) for suffix in ("", "_b") for c in FEATURES}
    found = [
        vetoed_pairs(pl.DataFrame([side(x, "") | side(y, "_b")], schema=schema))["veto"].to_list()
        for x, y in ((a, b), (b, a))
    ]
    assert found[0] == found[1]
    return found[0][0] if found[0] else None


def who(name: str | None = None, born: str | None = None, **other: str) -> dict[str, Any]:
    return {"name_match": name, "birth_date": date.fromisoformat(born) if born else None, **other}


@pytest.mark.parametrize(
    ("a", "b", "why"),
    [
        (
            who("an nguyen", identity_no="079088001111"),
            who("an nguyen", identity_no="079088002222"),
            "identity_numbers_differ",
        ),
        (who("an nguyen", passport_no="B7654321"), who(passport_no="C7000000"), "passports_differ"),
        (who("hung nguyen van", "1960-05-01"), who("nam nguyen van", "1988-06-15"), "births_differ"),
        (
            who("an nguyen", "1960-05-01"),
            who("an nguyen", "1988-06-15"),
            "generations_differ",
        ),  # father and son of one name
        (who("an nguyen", gender="male"), who("hoa nguyen", gender="female"), "genders_differ"),
        # Twins: their documents differ in one digit, and so do their names.
        (
            who("hung tran", "1990-01-02", identity_no="079090000001"),
            who("hoang tran", "1990-01-02", identity_no="079090000002"),
            "identity_numbers_differ",
        ),
    ],
)
def test_two_people_are_vetoed(a: dict[str, Any], b: dict[str, Any], why: str) -> None:
    assert veto(a, b) == why


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (who("an nguyen"), who("hoa tran")),  # Names alone veto nothing: a married name, a nickname.
        (who("an nguyen", "1988-06-15"), who("an nguyen", "1988-06-25")),  # a slip in the date
        (who("an nguyen", "1988-06-15"), who("hoa tran", "1988-06-15")),
        (who("an nguyen", gender="male"), who("an nguyen van", gender="female")),  # a wrong tick
        (who("catherine smith", "1980-01-02"), who("cathrine smith", "1983-11-02")),  # two slips, not two people
        (who("an nguyen"), who()),
        # One document, and a clerk who typed the rest into the wrong form.
        (
            who("hung tran", "1960-05-01", identity_no="079060001111"),
            who("nam le", "1988-06-15", identity_no="079060001111"),
        ),
    ],
)
def test_what_can_be_a_slip_is_not_vetoed(a: dict[str, Any], b: dict[str, Any]) -> None:
    assert veto(a, b) is None


def test_the_names_an_and_anh_are_two_names_and_no_slip() -> None:
    assert veto(who("an tran", "1990-01-02"), who("anh tran", "1992-05-12")) == "births_differ"
