"""The database held against the frames it was made of, in both databases."""

from datetime import UTC, datetime

import polars as pl
import pytest
import sqlalchemy as sa

from cdp_pipeline.entities.kinds import TIMESTAMP
from cdp_pipeline.entities.table import Table, TableColumn
from cdp_pipeline.serving.cells import count_tables, differing_columns, sample_rows
from cdp_pipeline.serving.database import reading, writing
from cdp_pipeline.serving.pipeline import publish
from cdp_pipeline.serving.schema import database_tables

COLUMNS = {"id": pl.String(), "names": pl.List(pl.String()), "score": pl.Float64(), "seen_at": TIMESTAMP}
PEOPLE = Table(
    "people", "One row per person.", tuple(TableColumn(n, t, "A column.") for n, t in COLUMNS.items()), ("id",)
)
TABLES = database_tables([PEOPLE])
ROWS = pl.DataFrame(
    {
        "id": ["a", "b\0", "c", "d"],
        "names": [["Lan", "Bé Lan"], [], None, ["An"]],
        "score": [0.1, float("nan"), None, 3.0],
        "seen_at": [datetime(2026, 11, 1, 9, 30, 0, 5000, tzinfo=UTC), None, None, None],
    },
    schema=COLUMNS,
)


@pytest.fixture
def people(url: str) -> str:
    publish(url, {"people": ROWS.lazy()}, [PEOPLE])
    return url


def test_what_was_published_is_found_as_it_was(people: str) -> None:
    with reading(people) as connection:
        assert count_tables(connection, TABLES) == {"people": 4}
        assert differing_columns(connection, TABLES, PEOPLE, ROWS) == []


def test_a_changed_cell_is_found_by_its_column_and_a_missing_row_by_its_key(people: str) -> None:
    with writing(people) as connection:
        connection.execute(sa.text("UPDATE people SET score = 0.2 WHERE id = 'a'"))
    with reading(people) as connection:
        assert differing_columns(connection, TABLES, PEOPLE, ROWS) == ["score"]
        more = pl.concat([ROWS, ROWS.tail(1).with_columns(id=pl.lit("e"))])
        assert differing_columns(connection, TABLES, PEOPLE, more) == ["id"]


@pytest.mark.parametrize(("rows", "ids"), [(2, ["a", "d"]), (3, ["a", "c", "d"]), (9, ["a", "b\0", "c", "d"])])
def test_a_sample_is_both_ends_whatever_the_order(rows: int, ids: list[str]) -> None:
    shuffled = ROWS.sample(fraction=1, shuffle=True, seed=3).lazy()
    assert sorted(sample_rows(shuffled, PEOPLE, rows)["id"]) == ids
