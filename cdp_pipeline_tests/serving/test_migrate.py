"""A database of any earlier revision opens, keeps what it must, and ends as a new one would, in both databases."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory

from cdp_pipeline.entities.table import ForeignKey, Table, TableColumn
from cdp_pipeline.pipeline.snapshot import PUBLISHED_TABLES
from cdp_pipeline.profiles.tables import APPEND_ONLY
from cdp_pipeline.serving.database import ServingError, reading, writing
from cdp_pipeline.serving.drafting import draft_revision
from cdp_pipeline.serving.masked_views import masked_view
from cdp_pipeline.serving.pipeline import Changes, publish
from cdp_pipeline.serving.revisions import VERSION_TABLE, Standing, alembic_config, standing
from cdp_pipeline.serving.schema import database_tables

Frames = dict[str, pl.LazyFrame]
EARLIER = [s.revision for s in ScriptDirectory.from_config(alembic_config()).walk_revisions()][::-1]


def value(name: str, kind: object, row: int) -> Any:
    """A value of a row, the same for equal names, so that foreign keys find theirs."""
    match kind:
        case sa.Boolean() | pl.Boolean():
            return row == 1
        case sa.Integer() | pl.Int64() | sa.Numeric() | sa.Float() | pl.Float64():
            return row
        case sa.Date() | pl.Date():
            return date(2026, 11, row)
        case sa.DateTime() | pl.Datetime():
            return datetime(2026, 11, row, tzinfo=UTC)
        case sa.JSON() | pl.List():
            return [f"{name}-{row}"]
    return f"{name}-{row}"


def make_old(url: str, revision: str) -> set[str]:
    """A database of a revision with two rows in each table; returns the names of its tables."""
    with writing(url) as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        there = sa.MetaData()
        there.reflect(connection)
        for table in there.sorted_tables:
            if table.name != VERSION_TABLE:
                keys = {key.parent.name: key.column.name for key in table.foreign_keys}
                columns = [(c.name, keys.get(c.name, c.name), c.type) for c in table.columns]
                rows = [{name: value(target, kind, row) for name, target, kind in columns} for row in (1, 2)]
                connection.execute(sa.insert(table), rows)
        return set(there.tables)


def todays_rows() -> Frames:
    """Two other rows of each table, as declared now."""
    frames = {}
    for table in PUBLISHED_TABLES:
        keys = {a: b for key in table.foreign_keys for a, b in zip(key.columns, key.target, strict=True)}
        kinds = [(c.name, pl.String() if c.json and c.dtype == pl.String else c.dtype) for c in table.columns]
        rows = [{name: value(keys.get(name, name), kind, row) for name, kind in kinds} for row in (3, 4)]
        json = [c.name for c in table.columns if c.json and c.dtype == pl.String]
        frames[table.name] = pl.LazyFrame(rows, schema=table.schema).with_columns(
            pl.lit('{"a": 1}').alias(n) for n in json
        )
    return frames


def shape(url: str) -> dict[str, Any]:
    """All that a database knows about its tables, in no order."""
    with reading(url) as connection:
        inspector = sa.inspect(connection)
        return {
            name: {
                "columns": sorted(
                    (c["name"], str(c["type"]), c["nullable"], c["default"], c.get("comment"))
                    for c in inspector.get_columns(name)
                ),
                "key": inspector.get_pk_constraint(name),
                "foreign_keys": sorted(map(str, inspector.get_foreign_keys(name))),
                "indexes": sorted(map(str, inspector.get_indexes(name))),
                "comment": inspector.get_table_comment(name) if connection.dialect.supports_comments else None,
            }
            for name in inspector.get_table_names()
        }


@pytest.fixture(scope="module")
def shape_of_new() -> Callable[[str], dict[str, Any]]:
    """The shape of a database that is new, made once of each kind in the place of the one at the URL."""
    shapes: dict[str, dict[str, Any]] = {}

    def of_kind(url: str) -> dict[str, Any]:
        kind = sa.make_url(url).get_backend_name()
        if kind not in shapes:
            with writing(url) as connection:
                there = sa.MetaData()
                there.reflect(connection)
                there.drop_all(connection)
            publish(url, todays_rows(), PUBLISHED_TABLES, APPEND_ONLY)
            shapes[kind] = shape(url)
        return shapes[kind]

    return of_kind


@pytest.mark.parametrize("revision", EARLIER)
def test_a_database_of_every_revision_opens_publishes_and_is_as_a_new_one(
    url: str, revision: str, shape_of_new: Callable[[str], dict[str, Any]]
) -> None:
    before = make_old(url, revision)
    changes = publish(url, todays_rows(), PUBLISHED_TABLES, APPEND_ONLY)
    assert all(change.inserted == 2 for change in changes.values())
    again = publish(url, todays_rows(), PUBLISHED_TABLES, APPEND_ONLY)
    assert set(again.values()) == {Changes(unchanged=2)}
    with reading(url) as connection:
        for table in database_tables(PUBLISHED_TABLES).tables.values():
            rows = connection.scalar(sa.select(sa.func.count()).select_from(table))
            assert rows == (4 if table.name in APPEND_ONLY & before else 2), table.name
        assert standing(connection) == Standing.CURRENT
    migrated = shape(url)
    fresh = shape_of_new(url)
    for name in fresh | migrated:
        assert migrated.get(name) == fresh.get(name), name


@pytest.fixture
def second_day(url: str, tmp_path: Path, tables: tuple[Table, ...], people: Frames) -> Callable[..., Any]:
    """Publishes the people and their views, then makes a revision of changed tables and publishes under it."""
    versions = tmp_path / "versions"
    versions.mkdir()

    def publish_both(changed: tuple[Table, ...], frames: Frames) -> tuple[dict[str, Changes], list[dict[str, Any]]]:
        draft_revision("first", tables, versions=versions)
        publish(url, people, tables, versions=versions, views=[masked_view(table) for table in tables])
        assert draft_revision("second", changed, versions=versions)
        changes = publish(url, frames, changed, versions=versions, views=[masked_view(table) for table in changed])
        with reading(url, versions) as connection:
            profiles = database_tables(changed).tables["profiles"]
            rows = connection.execute(sa.select(profiles).order_by(profiles.c.person_id)).mappings()
            return changes, [dict(row) for row in rows]

    return publish_both


def test_a_view_has_the_columns_that_its_table_has_now(
    url: str, second_day: Callable[..., Any], tables: tuple[Table, ...], people: Frames, tmp_path: Path
) -> None:
    contacts, profiles = tables
    second_day((contacts, replace(profiles, columns=profiles.columns[:3])), people)
    with reading(url, tmp_path / "versions") as connection:
        shown = connection.execute(sa.text("SELECT * FROM profiles_masked ORDER BY person_id")).mappings().first()
    assert shown == {"person_id": "p1", "display_name": "N*** T*** A***", "record_count": 3}


def test_a_column_that_is_gone_leaves_the_rows(
    second_day: Callable[..., Any], tables: tuple[Table, ...], people: Frames
) -> None:
    contacts, profiles = tables
    changes, rows = second_day((contacts, replace(profiles, columns=profiles.columns[:3])), people)
    assert changes["profiles"] == Changes(unchanged=2)
    assert list(rows[0]) == ["person_id", "display_name", "record_count"]


def test_a_new_table_that_an_old_one_refers_to(
    second_day: Callable[..., Any], tables: tuple[Table, ...], people: Frames
) -> None:
    contacts, profiles = tables
    name = TableColumn("household_id", pl.String(), "The household.", nullable=False)
    households = Table("households", "One row per household.", (name,), key=("household_id",))
    member = replace(
        profiles,
        columns=(*profiles.columns, replace(name, nullable=True)),
        foreign_keys=(ForeignKey(("household_id",), "households", ("household_id",)),),
    )
    frames = people | {
        "profiles": people["profiles"].with_columns(household_id=pl.lit("h1")),
        "households": pl.LazyFrame({"household_id": ["h1"]}),
    }
    changes, rows = second_day((contacts, member, households), frames)
    assert changes["households"] == Changes(inserted=1)
    assert {row["household_id"] for row in rows} == {"h1"}


def test_a_new_foreign_key_that_rows_break_leaves_the_old_database(
    url: str, second_day: Callable[..., Any], tables: tuple[Table, ...], people: Frames, tmp_path: Path
) -> None:
    contacts, profiles = tables
    referrer = TableColumn("referrer_id", pl.String(), "Who sent them.")
    keys = (ForeignKey(("referrer_id",), "profiles", ("person_id",)),)
    changed = replace(profiles, columns=(*profiles.columns, referrer), foreign_keys=keys)
    frames = people | {"profiles": people["profiles"].with_columns(referrer_id=pl.lit("p9"))}
    with pytest.raises(ServingError, match="profiles") as failure:
        second_day((contacts, changed), frames)
    assert "p9" not in str(failure.value)
    with pytest.raises(ServingError, match="older version"), reading(url, tmp_path / "versions"):
        pass
    (tmp_path / "versions" / "r0002_second.py").unlink()
    again = publish(url, people, tables, versions=tmp_path / "versions")
    assert set(again.values()) == {Changes(unchanged=2)}


def test_another_description_is_the_comment_at_the_next_publication(
    postgres_url: str, tables: tuple[Table, ...], people: Frames
) -> None:
    contacts, profiles = tables
    publish(postgres_url, people, tables)
    name = replace(profiles.columns[1], description="What to call them.")
    described = replace(profiles, columns=(profiles.columns[0], name, *profiles.columns[2:]), description="A person.")
    assert publish(postgres_url, people, (contacts, described))["profiles"] == Changes(unchanged=2)
    found = shape(postgres_url)["profiles"]
    assert found["comment"] == {"text": "A person."}
    assert "What to call them." in {column[-1] for column in found["columns"]}


def test_a_database_of_a_newer_version_is_left_alone_and_said_to_be_one(
    url: str, tables: tuple[Table, ...], people: Frames
) -> None:
    publish(url, people, tables)
    with writing(url) as connection:
        connection.exec_driver_sql(f"UPDATE {VERSION_TABLE} SET version_num = '9999'")
    with pytest.raises(ServingError, match=r"^The database is at revision 9999.*update cdp_pipeline"):
        publish(url, people, tables)
    with pytest.raises(ServingError, match="newer version of cdp_pipeline; update"), reading(url):
        pass


def test_a_revision_that_fails_leaves_the_old_database_and_shows_no_row(
    url: str, tables: tuple[Table, ...], people: Frames, tmp_path: Path
) -> None:
    draft_revision("first", tables, versions=tmp_path)
    publish(url, people, tables, versions=tmp_path)
    (tmp_path / "r0002_broken.py").write_text(
        'from alembic import op\nrevision = "0002"\ndown_revision = "0001"\n\n\n'
        "def upgrade():\n    op.execute('DELETE FROM profile_contacts')\n    op.execute('DELETE FROM nowhere')\n"
    )
    with pytest.raises(ServingError, match=r"^Cannot migrate from revision 0001: .*nowhere"):
        publish(url, people, tables, versions=tmp_path)
    (tmp_path / "r0002_broken.py").unlink()
    assert set(publish(url, people, tables, versions=tmp_path).values()) == {Changes(unchanged=2)}
