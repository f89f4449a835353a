"""After a purge no file of the database holds a row that was deleted."""

import sqlite3
from contextlib import closing

import polars as pl
import pytest
import sqlalchemy as sa

from cdp_pipeline.entities.table import Table
from cdp_pipeline.serving.database import ServingError
from cdp_pipeline.serving.pipeline import publish
from cdp_pipeline.serving.purge import purge_database
from cdp_pipeline_tests.conftest import files_of_database

Frames = dict[str, pl.LazyFrame]


def holding(url: str, value: str) -> list[str]:
    return [path.name for path in files_of_database(url) if value.encode() in path.read_bytes()]


def without_p1(people: Frames) -> Frames:
    return {name: rows.filter(pl.col("person_id") != "p1") for name, rows in people.items()}


def test_a_deleted_row_is_in_no_file_of_the_database(url: str, people: Frames, tables: tuple[Table, ...]) -> None:
    publish(url, people, tables)
    assert holding(url, "an@example.com") != [], "the search finds a row that is there"
    publish(url, without_p1(people), tables)
    purge_database(url, tables)
    assert holding(url, "an@example.com") == []
    assert publish(url, without_p1(people), tables)["profiles"].unchanged == 1


def test_a_reader_of_the_state_before_stops_the_purge(
    sqlite_url: str, people: Frames, tables: tuple[Table, ...]
) -> None:
    publish(sqlite_url, people, tables)
    with closing(sqlite3.connect(str(sa.make_url(sqlite_url).database), isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM profiles").fetchall()
        publish(sqlite_url, without_p1(people), tables)
        with pytest.raises(ServingError, match="End its connection and run again"):
            purge_database(sqlite_url, tables, wait_seconds=0.1)
    purge_database(sqlite_url, tables)
    assert holding(sqlite_url, "an@example.com") == []
