"""Scenarios of probable links: a few people among some hundred made-up ones, who live in families at one address."""

import random
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from cdp_pipeline.identity.probabilistic import (
    MERGE_PROBABILITY,
    SUGGEST_PROBABILITY,
    find_probable_links,
    is_installed,
)
from cdp_pipeline.values.person_name import match_names

SCHEMA = {
    "scope": pl.String,
    "name": pl.String,
    "birth_date": pl.Date,
    "address_match": pl.String,
    "ward_match": pl.String,
    "district_match": pl.String,
    "city_match": pl.String,
    "zip_code": pl.String,
}
FAMILY = ("Nguyen Van", "Tran Thi", "Le", "Pham Minh", "Hoang", "Vu Duc", "Dang", "Bui Quang", "Do", "Ngo")
GIVEN = ("An", "Anh", "Binh", "Chi", "Dung", "Giang", "Ha", "Hung", "Khanh", "Lan", "Linh", "Minh", "Nga", "Phong")
STREETS = ("le loi", "hai ba trung", "tran phu", "nguyen hue", "ba trieu", "ly thuong kiet", "dien bien phu")

Row = dict[str, Any]
HOME: Row = {
    "address_match": "48 phan dinh phung",
    "ward_match": "quan thanh",
    "district_match": "ba dinh",
    "city_match": "ha noi",
    "zip_code": "11110",
}


def person(name: str, born: str | None, **other: str | None) -> Row:
    return {"scope": "spa", "name": name, "birth_date": born and date.fromisoformat(born), **HOME, **other}


def background() -> list[Row]:
    """Some 130 families, each with parents and children of one family name; every fifth person is recorded twice."""
    draw = random.Random(20)
    rows: list[Row] = []
    for number in range(130):
        home = {
            "address_match": f"{draw.randint(1, 400)} {draw.choice(STREETS)}",
            "ward_match": f"phuong {number % 40}",
            "district_match": f"quan {number % 12}",
            "city_match": draw.choice(("ha noi", "ho chi minh")),
            "zip_code": f"{10000 + number % 40}",
        }
        family = draw.choice(FAMILY)
        for given, year in zip(draw.sample(GIVEN, 4), (1960, 1962, 1988, 1991), strict=True):
            born = date(year, 1, 1) + timedelta(days=draw.randrange(720))
            one = {"scope": "spa", "name": f"{family} {given}", "birth_date": born, **home}
            rows += [one] * (2 if draw.random() < 0.2 else 1)
    return rows


def described(*rows: Row) -> pl.DataFrame:
    people = pl.DataFrame([*rows, *background()], schema=SCHEMA).with_row_index("node")
    return people.with_columns(name_match=match_names(people["name"]))


def probability(one: Row, other: Row) -> float:
    found = find_probable_links(described(one, other), 0.01).filter(node_a=0, node_b=1)
    return found["match_probability"].item() if found.height else 0.0


def test_the_extra_is_there_where_these_tests_run() -> None:
    assert is_installed()


@pytest.mark.parametrize(
    "other",
    [
        person("Tran Quoc Tuan", "1985-03-14"),
        person("Tuan Tran Quoc", "1985-03-14", address_match="84 phan dinh phung"),
        person("Tran Quocc Tuan", "1985-03-14", ward_match=None),
        person("Xran Quoc Tuan", "1985-03-14"),
        person("Tran Tuan", "1985-03-14"),
        person("Tran Quoc Tuan", "1985-03-15"),
        person("Tran Quoc Tuan", "1985-03-14", address_match="48 phan dinh phungg", zip_code="11119"),
        person("Tran Quoc Tuan", None),
    ],
)
def test_one_person_written_down_twice_is_joined(other: Row) -> None:
    assert probability(person("Tran Quoc Tuan", "1985-03-14"), other) >= MERGE_PROBABILITY


@pytest.mark.parametrize("second", ["Nguyen Van Minh", "Nguyen Van Lan", "Nguyen Thi Linh", "Nguyen Van Lien"])
def test_twins_are_two_people(second: str) -> None:
    assert probability(person("Nguyen Van Linh", "2001-09-09"), person(second, "2001-09-09")) == 0


def test_twins_with_western_names_are_two_people_where_others_bear_them() -> None:
    bearers = [person(name, f"19{70 + n}-05-05", zip_code=f"7{n}") for n in range(5) for name in ("Daniel", "Daniela")]
    twins = [person("Weber Daniel", "2001-09-09"), person("Weber Daniela", "2001-09-09")]
    assert find_probable_links(described(*twins, *bearers), 0.01).filter(node_a=0, node_b=1).is_empty()


def test_father_and_son_with_one_name_are_two_people() -> None:
    assert probability(person("Pham Ngoc Son", "1958-11-02"), person("Pham Ngoc Son", "1986-04-23")) == 0


def test_spouses_and_sisters_are_two_people() -> None:
    assert probability(person("Anna Weber", "1980-01-12"), person("Peter Weber", "1978-06-30")) == 0
    assert probability(person("Anna Weber", "1980-01-12"), person("Clara Weber", "1982-01-12")) == 0


@pytest.mark.parametrize("place", [dict.fromkeys(HOME), {**dict.fromkeys(HOME), "city_match": "ho chi minh"}])
def test_namesakes_born_on_one_day_in_a_large_city_are_at_most_suggested(place: Row) -> None:
    one, other = (person("Nguyen Van An", "1990-06-01", **place) for _ in range(2))
    assert probability(one, other) <= SUGGEST_PROBABILITY < MERGE_PROBABILITY


def test_people_of_two_scopes_are_never_compared() -> None:
    assert probability(person("Tran Quoc Tuan", "1985-03-14"), person("Tran Quoc Tuan", "1985-03-14", scope="b")) == 0


def test_people_without_a_birth_date_and_an_address_are_not_compared() -> None:
    bare = person("Tran Quoc Tuan", None, address_match=None)
    assert probability(bare, bare) == 0


@pytest.mark.parametrize("rows", [0, 1])
def test_too_few_people_give_no_links(rows: int) -> None:
    found = find_probable_links(described().head(rows), 0.5)
    assert found.is_empty()
    assert found.schema == {
        "node_a": pl.UInt32,
        "node_b": pl.UInt32,
        "scope": pl.String,
        "match_weight": pl.Float64,
        "match_probability": pl.Float64,
    }


def test_two_people_are_enough() -> None:
    twice = described(person("Tran Quoc Tuan", "1985-03-14"), person("Tran Quoc Tuan", "1985-03-14")).head(2)
    assert find_probable_links(twice, MERGE_PROBABILITY).select("node_a", "node_b", "scope").rows() == [(0, 1, "spa")]


def test_the_order_of_the_rows_changes_nothing() -> None:
    people = described()
    expected = find_probable_links(people, 0.1)
    assert expected.height > 50
    assert expected.rows() == find_probable_links(people.sample(fraction=1, shuffle=True, seed=3), 0.1).rows()
    assert expected.equals(expected.filter(pl.col("node_a") < pl.col("node_b")).sort("node_a", "node_b"))


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
    find_probable_links(described(), 0.5)
    assert capfd.readouterr() == ("", "")
    assert not caplog.records


def rewritten(*, families: bool) -> pl.DataFrame:
    """People recorded twice at their address, the second time with another given name; some with a spouse there."""
    rows: list[Row] = []
    for number in range(200):
        home = {"address_match": f"{number} le loi", "zip_code": f"{20000 + number}"}
        born = (date(1950, 1, 1) + timedelta(days=83 * number)).isoformat()
        given, other = GIVEN[number % 14], GIVEN[(number + 5) % 14]
        rows += [
            person(f"{FAMILY[number % 10]} {name}", born, **home) for name in (given, given if number % 2 else other)
        ]
        if families:
            rows.append(person(f"Ton Nu {GIVEN[(number + 3) % 14]}", f"{1920 + number % 20}-02-03", **home))
    return described(*rows).head(len(rows))


def test_names_that_differ_in_bulk_where_no_families_live_are_slips_of_writing() -> None:
    assert find_probable_links(rewritten(families=False), 0.5).filter(node_a=0, node_b=1).height == 1
    assert find_probable_links(rewritten(families=True), 0.5).filter(node_a=0, node_b=1).height == 0


def test_slips_of_one_scope_say_nothing_about_the_twins_of_another() -> None:
    twins = [person(f"Nguyen Van {given}", "2001-09-09", scope="clinic") for given in ("Linh", "Minh")]
    sloppy = rewritten(families=False).select(*SCHEMA)
    both = pl.concat([pl.DataFrame(twins, schema=SCHEMA), sloppy]).with_row_index("node")
    found = find_probable_links(both.with_columns(name_match=match_names(both["name"])), 0.5)
    assert set(found["scope"]) == {"spa"}


@pytest.fixture
def thousands() -> Callable[..., pl.DataFrame]:
    def build(**same: object) -> pl.DataFrame:
        rows = [person(f"Khach {n} Hang {n % 97}", "1990-01-01", address_match=f"{n} le loi") for n in range(3_000)]
        return described(*({**row, **same} for row in rows))

    return build


def test_a_key_held_by_thousands_is_dropped(thousands: Callable[..., pl.DataFrame]) -> None:
    everyone = find_probable_links(thousands(name="Khach Le", address_match=None), 0.0)
    assert everyone.filter(pl.col("node_b") < 3_000).is_empty()
