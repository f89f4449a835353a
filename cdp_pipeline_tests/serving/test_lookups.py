"""Whatever people look up by phone, e-mail, source id or person is found through an index, in both databases."""

import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from cdp_pipeline.pipeline.snapshot import PUBLISHED_TABLES
from cdp_pipeline.serving.database import reading
from cdp_pipeline.serving.pipeline import publish
from cdp_pipeline.serving.read import find_person_ids, read_person
from cdp_pipeline.serving.schema import database_tables

TABLES = database_tables(PUBLISHED_TABLES)
BY_PERSON = [t.name for t in PUBLISHED_TABLES if "person_id" in t.schema]
# Every record stands in one of the first two; the others are what their id is quoted for.
BY_SOURCE = ("profile_records", "unlinked_records", "profile_leads", "profile_memberships", "profile_activities")


@pytest.fixture
def connection(url: str) -> Iterator[sa.Connection]:
    publish(url, {}, PUBLISHED_TABLES)
    with reading(url) as connection:
        if connection.dialect.name == "postgresql":
            # A table of no rows is read whole, unless that is made dear.
            connection.exec_driver_sql("SET enable_seqscan = off")
        yield connection


def scanned(connection: sa.Connection, statement: str, parameters: object) -> set[str]:
    """The published tables that a statement reads from end to end."""
    how = "EXPLAIN QUERY PLAN" if connection.dialect.name == "sqlite" else "EXPLAIN"
    plan = " ; ".join(str(row) for row in connection.exec_driver_sql(f"{how} {statement}", parameters))  # type: ignore[arg-type]
    return set(re.findall(r"(?:Seq Scan on|SCAN) (\w+)", plan)) & TABLES.tables.keys()


def select(connection: sa.Connection, table: str, column: str) -> tuple[str, object]:
    query = sa.select(TABLES.tables[table]).where(TABLES.tables[table].c[column] == "x")
    compiled = query.compile(connection)
    return str(compiled), compiled.construct_params() if not compiled.positional else ("x",)


def test_show_finds_and_reads_a_person_without_reading_a_whole_table(connection: sa.Connection) -> None:
    asked: list[tuple[str, object]] = []
    sa.event.listen(connection, "before_cursor_execute", lambda *call: asked.append((call[2], call[3])))
    find_person_ids(connection, TABLES, "an@example.com", ["+84912345678"])
    read_person(connection, TABLES, "p1")
    lookups = asked.copy()
    assert len(lookups) > len(BY_PERSON) / 2
    assert {table for statement, values in lookups for table in scanned(connection, statement, values)} == set()


LOOKUPS = [
    ("profiles", "primary_phone"),
    ("profiles", "primary_email"),
    *((table, "person_id") for table in BY_PERSON),
    *((table, "source_id") for table in BY_SOURCE),
]


def test_every_lookup_uses_an_index(connection: sa.Connection) -> None:
    read_whole = [of for of in LOOKUPS if scanned(connection, *select(connection, *of))]
    assert read_whole == []
    assert scanned(connection, *select(connection, "profiles", "display_name")) == {"profiles"}
