"""A publisher that is killed in the middle leaves the old state readable and whole, and nothing in the way."""

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa

from cdp_pipeline.entities.table import Table
from cdp_pipeline.serving.database import reading
from cdp_pipeline.serving.publish import Changes, publish
from cdp_pipeline.serving.schema import database_tables

Frames = dict[str, pl.LazyFrame]

# Publishes other names and contacts over an older database, which it migrates, and ends itself before a statement.
SCRIPT = """
import os, signal, sys
from dataclasses import replace
from pathlib import Path
import polars as pl
import sqlalchemy as sa
sys.path.insert(0, sys.argv[4])
from conftest import CONTACTS, PROFILES
from cdp_pipeline.serving.publish import publish

url, versions, before = sys.argv[1:4]

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

publish(url, frames, (CONTACTS, PROFILES), on_table=on_table, versions=Path(versions))
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
    url: str, before: str, people: Frames, tables: tuple[Table, ...], tmp_path: Path
) -> None:
    versions = tmp_path / "versions"
    versions.mkdir()
    first = 'revision = "0001"\ndown_revision = None\ndef upgrade():\n    pass\n'
    (versions / "r0001_first.py").write_text(first)
    publish(url, people, tables, versions=versions)
    state = rows(url, tables, versions)
    (versions / "r0002_note.py").write_text(NOTE_COLUMN)
    arguments = [url, str(versions), before, str(Path(__file__).parent)]
    killed = subprocess.run([sys.executable, "-c", SCRIPT, *arguments], capture_output=True, text=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    (versions / "r0002_note.py").unlink()
    assert rows(url, tables, versions) == state
    begun = time.monotonic()
    assert set(publish(url, people, tables, versions=versions).values()) == {Changes(unchanged=2)}
    assert time.monotonic() - begun < 20, "the killed publisher's lock was waited for"
    if url.startswith("sqlite"):
        assert _left(tmp_path / "serving") == set()


@pytest.mark.parametrize("before", ["staging profile_contacts", "CREATE INDEX", "PRAGMA foreign_key_check"])
def test_a_first_publication_that_is_killed_leaves_no_table_and_the_next_one_succeeds(
    url: str, before: str, people: Frames, tables: tuple[Table, ...], tmp_path: Path
) -> None:
    (tmp_path / "versions").mkdir()
    (tmp_path / "serving").mkdir()
    arguments = [url, str(tmp_path / "versions"), before, str(Path(__file__).parent)]
    killed = subprocess.run([sys.executable, "-c", SCRIPT, *arguments], capture_output=True, text=True, check=False)
    if url.startswith("postgresql") and before == "PRAGMA foreign_key_check":
        assert killed.returncode == 0, "PostgreSQL checks foreign keys as they are added"
        return
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    engine = sa.create_engine(url)
    assert sa.inspect(engine).get_table_names() == []
    engine.dispose()
    assert set(publish(url, people, tables, versions=tmp_path / "versions").values()) == {Changes(inserted=2)}
    assert _left(tmp_path / "serving") == set()


def _left(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {"cdp.db", "cdp.db-wal", "cdp.db-shm"}
