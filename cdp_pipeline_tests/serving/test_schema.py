"""Declared tables as database tables: types, constraints, indexes and comments."""

import random
import string
from dataclasses import replace

import polars as pl
import pytest
import sqlalchemy as sa
from sqlalchemy.schema import CreateTable

from cdp_pipeline.entities.table import ForeignKey, Table, TableColumn
from cdp_pipeline.serving.database import reading
from cdp_pipeline.serving.pipeline import publish
from cdp_pipeline.serving.schema import database_tables

MOMENTS = Table(
    name="moments",
    description="One row per moment.",
    columns=(
        TableColumn("id", pl.Int64(), "Its number.", nullable=False),
        TableColumn("at", pl.Datetime("ms", "UTC"), "When."),
        TableColumn("on", pl.Date(), "The day."),
        TableColumn("value", pl.Float64(), "How much."),
        TableColumn("tags", pl.List(pl.String()), "Tags."),
        TableColumn("map", pl.String(), "A map.", json=True),
    ),
    key=("id",),
)


def statements(tables: tuple[Table, ...]) -> list[str]:
    """The statements that create declared tables in SQLite."""
    dialect = sa.make_url("sqlite://").get_dialect()()
    return [str(CreateTable(table).compile(dialect=dialect)) for table in database_tables(tables).sorted_tables]


def test_publishing_leaves_the_tables_that_publishers_share_as_they_were(
    url: str, people: dict[str, pl.LazyFrame], tables: tuple[Table, ...]
) -> None:
    before = statements(tables)
    assert "FOREIGN KEY" in "".join(before)
    publish(url, people, tables)
    assert database_tables(tables) is database_tables(list(tables))
    assert statements(tables) == before


def types_in(url: str) -> list[str]:
    """The column lines of the statement that creates the table."""
    dialect = sa.make_url(url).get_dialect()()
    statement = str(CreateTable(database_tables([MOMENTS]).tables["moments"]).compile(dialect=dialect))
    return [line.strip().strip(",").replace('"', "") for line in statement.splitlines()[2:8]]


def test_lists_and_maps_are_json_text_in_sqlite() -> None:
    assert types_in("sqlite://") == [
        "id BIGINT NOT NULL",
        "at DATETIME",
        "on DATE",
        "value DOUBLE",
        "tags TEXT",
        "map TEXT",
    ]


def test_lists_and_maps_are_jsonb_and_moments_have_a_zone_in_postgresql() -> None:
    assert types_in("postgresql://") == [
        "id BIGINT NOT NULL",
        "at TIMESTAMP WITH TIME ZONE",
        "on DATE",
        "value DOUBLE PRECISION",
        "tags JSONB",
        "map JSONB",
    ]


def test_keys_foreign_keys_and_indexes_are_there(url: str, tables: tuple[Table, ...]) -> None:
    publish(url, {}, tables)
    with reading(url) as connection:
        inspector = sa.inspect(connection)
        contacts = "profile_contacts"
        assert inspector.get_pk_constraint(contacts)["constrained_columns"] == ["person_id", "kind", "value"]
        assert [key["referred_table"] for key in inspector.get_foreign_keys(contacts)] == ["profiles"]
        assert [index["column_names"] for index in inspector.get_indexes(contacts)] == [["kind", "value"]]


def test_a_foreign_key_without_an_index_gets_one(tables: tuple[Table, ...]) -> None:
    contacts = replace(tables[0], key=("kind", "value"))
    made = database_tables([contacts, tables[1]]).tables["profile_contacts"]
    assert ["person_id"] in [[column.name for column in index.columns] for index in made.indexes]


def test_a_text_of_any_length_is_indexed_and_found(url: str, tables: tuple[Table, ...]) -> None:
    profiles = replace(tables[1], indexes=(("display_name",), ("last_seen_at",)))
    name = "".join(random.Random(1).choices(string.printable, k=50_000))
    publish(url, {"profiles": pl.LazyFrame({"person_id": ["p1"], "display_name": [name]})}, [profiles])
    found = database_tables([profiles]).tables["profiles"]
    with reading(url) as connection:
        assert connection.scalar(sa.select(found.c.person_id).where(found.c.display_name == name)) == "p1"


def test_a_key_that_may_be_null_is_a_unique_index(tables: tuple[Table, ...]) -> None:
    made = database_tables([replace(tables[1], key=("person_id", "display_name"))]).tables["profiles"]
    assert len(made.primary_key.columns) == 0
    assert [(index.unique, index.columns.keys()) for index in made.indexes] == [(True, ["person_id", "display_name"])]


def test_descriptions_are_comments_in_postgresql(postgres_url: str, tables: tuple[Table, ...]) -> None:
    publish(postgres_url, {}, tables)
    with reading(postgres_url) as connection:
        inspector = sa.inspect(connection)
        assert inspector.get_table_comment("profiles") == {"text": "One row per person."}
        comments = {column["name"]: column["comment"] for column in inspector.get_columns("profiles")}
    assert comments["display_name"] == "The name, 'as written'."


def test_names_that_are_too_long_for_a_database_are_shortened(url: str) -> None:
    name = "a_table_whose_name_is_nearly_as_long_as_a_database_allows"
    column = TableColumn("a_column_with_a_long_name", pl.String(), "Text.", nullable=False)
    parent = Table("parents", "One row per parent.", (column,), key=(column.name,))
    key = ForeignKey((column.name,), "parents", (column.name,))
    child = Table(name, "One row per child.", (column,), (column.name,), (key,), indexes=((column.name,),))
    assert publish(url, {}, [child, parent]) == {}


def test_a_table_without_key_is_a_mistake(tables: tuple[Table, ...]) -> None:
    with pytest.raises(ValueError, match="Table profiles declares no key"):
        database_tables([replace(tables[1], key=())])


def test_a_type_without_a_database_type_is_a_mistake(tables: tuple[Table, ...]) -> None:
    naive = replace(tables[1], columns=(TableColumn("person_id", pl.Datetime("ms"), "A moment of no zone."),))
    with pytest.raises(ValueError, match=r"Column person_id of table profiles has type Datetime.*declare String"):
        database_tables([naive])
