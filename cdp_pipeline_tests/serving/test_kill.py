"""A publisher that is killed in the middle leaves the old state readable and whole, and nothing in the way."""

import signal
import time
from multiprocessing.context import BaseContext
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa

from cdp_pipeline.entities.table import Table
from cdp_pipeline.serving.database import reading
from cdp_pipeline.serving.pipeline import Changes, publish
from cdp_pipeline.serving.schema import database_tables

Frames = dict[str, pl.LazyFrame]

# Publishes other names and contacts over an older database, which it migrates, and ends itself before a statement.
SCRIPT = """
import os, signal
import polars as pl
import sqlalchemy as sa
from cdp_pipeline.serving.pipeline import publish

@sa.event.listens_for(sa.Engine, "before_cursor_execute")
def end(connection, cursor, statement, *rest):
    if statement.replace('"', "").startswith(before):
        os.kill(os.getpid(), signal.SIGKILL)

many = pl.LazyFrame({"n": range(60_000)})
frames = {
    "profiles": many.select(person_id=pl.format("p{}", "n"), display_name=pl.lit("new")),
    "profile_contacts": many.select(
        person_id=pl.format("p{}", "n"), kind=pl.lit("phone"), value=pl.format("+84{}", "n"), is_primary=pl.lit(True)
    ),
}
def on_table(name):
    if before == "staging " + name:
        os.kill(os.getpid(), signal.SIGKILL)

publish(url, frames, tables, on_table=on_table, versions=versions)
"""

NOTE_COLUMN = """
import sqlalchemy as sa
from alembic import op
revision = "0002"
down_revision = "0001"
def upgrade():
    recreate = "always" if op.get_bind().dialect.name == "sqlite" else "never"
    with op.batch_alter_table("profiles", recreate=recreate) as batch_op:
        batch_op.add_column(sa.Column("note", sa.Text()))
"""


def publish_and_be_killed(
    processes: BaseContext, url: str, versions: Path, before: str, tables: tuple[Table, ...]
) -> int | None:
    """Run the script in a process of its own; the exit code, negative for a signal."""
    named = {"url": url, "versions": versions, "before": before, "tables": tables}
    process = processes.Process(target=exec, args=(SCRIPT, named))
    process.start()
    process.join()
    return process.exitcode


def rows(url: str, tables: tuple[Table, ...], versions: Path) -> list[list[Any]]:
    """All rows of all tables, as a reader of this version sees them."""
    declared = database_tables(tables).sorted_tables
    with reading(url, versions) as connection:
        return [list(connection.execute(sa.select(t).order_by(*t.primary_key))) for t in declared]


@pytest.mark.parametrize(
    "before",
    [
        "staging profile_contacts",
        "DELETE FROM profile_contacts",
        "UPDATE profiles",
        "INSERT INTO profile_contacts",
    ],
)
def test_the_old_state_is_whole_and_the_next_publication_succeeds(
    processes: BaseContext, url: str, before: str, people: Frames, tables: tuple[Table, ...], tmp_path: Path
) -> None:
    versions = tmp_path / "versions"
    versions.mkdir()
    first = 'revision = "0001"\ndown_revision = None\ndef upgrade():\n    pass\n'
    (versions / "r0001_first.py").write_text(first)
    publish(url, people, tables, versions=versions)
    state = rows(url, tables, versions)
    (versions / "r0002_note.py").write_text(NOTE_COLUMN)
    exitcode = publish_and_be_killed(processes, url, versions, before, tables)
    assert exitcode == -signal.SIGKILL
    (versions / "r0002_note.py").unlink()
    assert rows(url, tables, versions) == state
    begun = time.monotonic()
    assert set(publish(url, people, tables, versions=versions).values()) == {Changes(unchanged=2)}
    assert time.monotonic() - begun < 20, "the killed publisher's lock was waited for"
    if url.startswith("sqlite"):
        assert _left(tmp_path / "serving") == set()


@pytest.mark.parametrize("before", ["staging profile_contacts", "CREATE INDEX", "PRAGMA foreign_key_check"])
def test_a_first_publication_that_is_killed_leaves_no_table_and_the_next_one_succeeds(
    processes: BaseContext, url: str, before: str, people: Frames, tables: tuple[Table, ...], tmp_path: Path
) -> None:
    (tmp_path / "versions").mkdir()
    (tmp_path / "serving").mkdir()
    exitcode = publish_and_be_killed(processes, url, tmp_path / "versions", before, tables)
    if url.startswith("postgresql") and before == "PRAGMA foreign_key_check":
        assert exitcode == 0, "PostgreSQL checks foreign keys as they are added"
        return
    assert exitcode == -signal.SIGKILL
    engine = sa.create_engine(url)
    assert sa.inspect(engine).get_table_names() == []
    engine.dispose()
    assert set(publish(url, people, tables, versions=tmp_path / "versions").values()) == {Changes(inserted=2)}
    assert _left(tmp_path / "serving") == set()


def _left(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {"cdp.db", "cdp.db-wal", "cdp.db-shm"}
