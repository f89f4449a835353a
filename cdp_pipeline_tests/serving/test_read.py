"""Look-ups: whom a key means, all of a person, the ledger of a run."""

from collections.abc import Iterator
from datetime import date

import polars as pl
import pytest
import sqlalchemy as sa

from cdp_pipeline.entities.table import ForeignKey, Table, TableColumn
from cdp_pipeline.serving.database import reading
from cdp_pipeline.serving.pipeline import publish
from cdp_pipeline.serving.read import find_person_ids, ledger_of_run, read_person
from cdp_pipeline.serving.schema import database_tables


def table(name: str, columns: str, key: str, **types: pl.DataType) -> Table:
    """A table of text columns, but for those whose type is given."""
    declared = [
        TableColumn(column, types.get(column, pl.String()), "A column.", nullable=column == "drop_date")
        for column in columns.split()
    ]
    person = (ForeignKey(("person_id",), "profiles", ("person_id",)),) if name.startswith("profile_") else ()
    return Table(name, f"One row per {name}.", tuple(declared), tuple(key.split()), person)


DAY = {"drop_date": pl.Date()}
TABLES = (
    table("profiles", "person_id", "person_id"),
    table("profile_contacts", "person_id kind value", "person_id kind value"),
    table("profile_records", "record_key source_id person_id", "record_key"),
    table("person_id_history", "old_person_id person_id", "old_person_id person_id"),
    table("run_ledger", "run_id object_type drop_date read", "run_id object_type drop_date", **DAY),
)
ROWS: dict[str, list[tuple[object, ...]]] = {
    "profiles": [("p1",), ("p2",), ("p3",)],
    "profile_contacts": [
        ("p1", "email", "an@example.com"),
        ("p1", "phone", "+84912345678"),
        ("p2", "phone", "+84912345678"),
    ],
    "profile_records": [
        ("customer-identity:1", "C1", "p1"),
        ("lead-information:2", "L2", "p2"),
        ("customer-identity:3", "C1", "p3"),
    ],
    "person_id_history": [("p8", "p9"), ("p9", "p1"), ("p2", "p3"), ("p7", "p7")],
    "run_ledger": [
        ("r1", "lead-information", date(2026, 3, 1), "4"),
        ("r2", "lead-information", None, "1"),
        ("r2", "lead-information", date(2026, 3, 2), "5"),
    ],
}
METADATA = database_tables(TABLES)


@pytest.fixture
def connection(url: str) -> Iterator[sa.Connection]:
    """A reading connection to a database with three people."""
    frames = {t.name: pl.LazyFrame(ROWS[t.name], schema=t.schema, orient="row") for t in TABLES}
    publish(url, frames, TABLES)
    with reading(url) as opened:
        yield opened


@pytest.mark.parametrize(
    ("key", "phones", "people"),
    [
        ("p2", [], ["p2"]),
        ("p8", [], ["p1"]),
        ("p7", [], []),
        (" An@Example.com ", [], ["p1"]),
        ("0912 345 678", ["+84912345678"], ["p1", "p2"]),
        ("L2", [], ["p2"]),
        ("C1", [], ["p1", "p3"]),
        ("customer-identity:3", [], ["p3"]),
        ("nobody", ["+84900000000"], []),
    ],
    ids=[
        "person",
        "former",
        "retired",
        "e-mail",
        "phone of two",
        "lead",
        "customer of two systems",
        "record",
        "nobody",
    ],
)
def test_a_key_finds_the_people_it_may_mean(
    connection: sa.Connection, key: str, phones: list[str], people: list[str]
) -> None:
    assert find_person_ids(connection, METADATA, key, phones) == people


def test_a_person_comes_with_the_rows_of_every_profile_table(connection: sa.Connection) -> None:
    assert read_person(connection, METADATA, "p2") == {
        "profiles": [{"person_id": "p2"}],
        "profile_contacts": [{"person_id": "p2", "kind": "phone", "value": "+84912345678"}],
        "profile_records": [{"record_key": "lead-information:2", "source_id": "L2", "person_id": "p2"}],
    }


def test_the_ledger_of_a_run_has_its_lines_only(connection: sa.Connection) -> None:
    assert [(row["drop_date"], row["read"]) for row in ledger_of_run(connection, METADATA, "r2")] == [
        (date(2026, 3, 2), "5"),
        (None, "1"),
    ]
