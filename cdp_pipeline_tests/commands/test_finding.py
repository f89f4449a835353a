"""Whom a name means: folded, in any order, exactly or in part; and how several are shown."""

import io
import re
from collections.abc import Iterator
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa
from rich.console import Console

from cdp_pipeline.commands.show import find_people, show_person
from cdp_pipeline.pipeline.snapshot import PUBLISHED_TABLES
from cdp_pipeline.serving.database import reading
from cdp_pipeline.serving.pipeline import publish
from cdp_pipeline.serving.schema import database_tables
from cdp_pipeline.settings import Settings

TABLES = database_tables(PUBLISHED_TABLES)
NAMES = {"p1": "Nguyễn Thị Minh Anh", "p2": "Trần Minh Anh", "p3": "Minh Anh", "p4": "Đỗ Văn Lý", "p5": None}
LOST = {"person_id": "p4", "attribute": "name", "value_hash": "h", "value": '{"display_name":"Johnny Do"}'}


def rows(table: str, *known: dict[str, Any]) -> pl.LazyFrame:
    """Rows of a published table; what is not told is filled as plainly as its columns allow."""
    (declared,) = (t for t in PUBLISHED_TABLES if t.name == table)
    plain = {pl.String: "x", pl.Boolean: False, pl.Int64: 1, pl.Float64: 0.0, pl.List: []}
    usual = {c.name: None if c.nullable else plain.get(type(c.dtype)) for c in declared.columns}
    return pl.LazyFrame([usual | one for one in known], schema=declared.schema, orient="row")


@pytest.fixture
def url(sqlite_url: str) -> str:
    profiles = [{"person_id": key, "display_name": name} for key, name in NAMES.items()]
    frames = {"profiles": rows("profiles", *profiles), "profile_values": rows("profile_values", LOST)}
    publish(sqlite_url, frames, PUBLISHED_TABLES)
    return sqlite_url


@pytest.fixture
def connection(url: str) -> Iterator[sa.Connection]:
    with reading(url) as connection:
        yield connection


@pytest.mark.parametrize(
    ("key", "found"),
    [
        ("p2", ["p2"]),
        ("Nguyễn Thị Minh Anh", ["p1"]),
        ("anh nguyen thi MINH", ["p1"]),
        ("tran anh", ["p2"]),
        ("do van ly", ["p4"]),
        ("johnny", ["p4"]),
        ("minh anh", ["p3"]),
        ("anh", ["p1", "p2", "p3"]),
        ("nguyen lan", []),
        ("?", []),
    ],
)
def test_a_name_is_found_without_case_accents_and_order_its_bearers_before_those_of_longer_ones(
    connection: sa.Connection, key: str, found: list[str]
) -> None:
    assert find_people(connection, TABLES, key, "VN") == found


def shown(url: str, key: str, unmask: bool = False) -> tuple[int, str]:
    out = Console(record=True, width=80, file=io.StringIO())
    status = show_person(Settings(_env_file=None, database_url=url), key, unmask, out, out)
    return status, out.export_text()


def test_several_people_of_a_name_are_listed_masked_with_the_ids_that_tell_them_apart(url: str) -> None:
    status, printed = shown(url, "anh")
    assert status == 0
    assert "3 people fit" in printed
    assert all(key in printed for key in ("p1", "p2", "p3"))
    assert "N*** T*** M*** A***" in printed
    assert "Masked (***); --unmask shows everything." in printed
    assert "  cdp show p1  " in printed
    assert "Nguyễn Thị Minh Anh" in shown(url, "anh", unmask=True)[1]
    assert max(map(len, printed.splitlines())) <= 80


def test_the_people_of_most_records_are_listed_first(sqlite_url: str) -> None:
    known = {"p1": 1, "p2": 7, "p3": 7}
    profiles = [{"person_id": p, "display_name": "Minh Anh", "record_count": n} for p, n in known.items()]
    frames = {"profiles": rows("profiles", *profiles), "profile_values": rows("profile_values")}
    publish(sqlite_url, frames, PUBLISHED_TABLES)
    _, printed = shown(sqlite_url, "anh")
    assert re.findall(r"^ ?(p\d) ", printed, re.MULTILINE) == ["p2", "p3", "p1"]
    assert "  cdp show p2  " in printed


def test_a_key_that_is_nobodys_is_told_with_all_that_it_could_be(url: str) -> None:
    assert shown(url, "nobody") == (
        1,
        "No person has that person id, phone, e-mail, customer id, lead id, membership id or name.\n",
    )
