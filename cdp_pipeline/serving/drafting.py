"""Declared tables - newest revision = the next revision, as Alembic's autogenerate writes it.

For developers: `make migration m="..."` calls it, and a test fails while the newest revision is not what is declared.
Revisions are compared in SQLite, for which no server is needed. Read what was written before it is committed: rows that
are there need a value in a new column that may not be null, and another key needs a table rebuilt.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import produce_migrations
from alembic.autogenerate.api import AutogenContext
from alembic.operations import ops
from alembic.runtime.migration import MigrationContext

from cdp_pipeline.entities.table import Table
from cdp_pipeline.serving.revisions import VERSION_TABLE, VERSIONS, alembic_config, newest_revision
from cdp_pipeline.serving.schema import Json, UtcTimestamp, declare_tables


def differences(tables: Sequence[Table], versions: Path = VERSIONS) -> list[str]:
    """What a revision would have to change, a line each; empty when the newest one is what is declared."""
    metadata = _bare(tables)
    with _at_newest(versions) as connection:
        script = produce_migrations(_context(connection), metadata)
        assert script.upgrade_ops is not None
        found = [str(diff) for diff in script.upgrade_ops.as_diffs()]
        return found + [f"key of {name}" for name in sorted(_other_keys(connection, metadata))]


def draft_revision(message: str, tables: Sequence[Table], versions: Path = VERSIONS) -> Path | None:
    """Writes the module of the revision that leads from the newest one to the declared tables.

    Args:
        message: What changes; it becomes the docstring and part of the file's name.
        tables: Every declared table.
        versions: The folder of the revisions.

    Returns:
        The file, null when nothing is different.
    """
    with _at_newest(versions) as connection:
        config = alembic_config(versions)
        config.set_section_option("post_write_hooks", "hooks", "fix, format")
        for hook, options in (("fix", "check --fix-only --quiet"), ("format", "format --quiet")):
            config.set_section_option("post_write_hooks", f"{hook}.type", "module")
            config.set_section_option("post_write_hooks", f"{hook}.module", "ruff")
            config.set_section_option("post_write_hooks", f"{hook}.options", f"{options} REVISION_SCRIPT_FILENAME")
        config.attributes["connection"] = connection
        config.attributes["comparison"] = {
            "target_metadata": _bare(tables),
            "render_as_batch": True,
            "render_item": _render_type,
            "process_revision_directives": _none_for_nothing,
        }
        number = int(newest_revision(versions) or 0) + 1
        written = command.revision(config, message, autogenerate=True, rev_id=f"{number:04}")
    return Path(written.path) if written and not isinstance(written, list) else None


def _none_for_nothing(_: MigrationContext, __: Any, directives: list[ops.MigrationScript]) -> None:
    upgrade = directives[0].upgrade_ops
    if upgrade is None or not upgrade.ops:
        directives.clear()


@contextmanager
def _at_newest(versions: Path) -> Iterator[sa.Connection]:
    """An empty database at the newest revision."""
    with TemporaryDirectory(prefix="cdp-revision-") as folder:
        engine = sa.create_engine(f"sqlite:///{folder}/newest.db", poolclass=sa.NullPool)
        with engine.begin() as connection:
            config = alembic_config(versions)
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            yield connection
        engine.dispose()


def _context(connection: sa.Connection) -> MigrationContext:
    return MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})


def _bare(tables: Sequence[Table]) -> sa.MetaData:
    """The tables without the parts that a revision leaves out."""
    metadata = declare_tables(tables)
    for table in metadata.tables.values():
        table.comment = None
        table.info.clear()
        for column in table.columns:
            column.comment = None
            if not column.primary_key:
                column.autoincrement = "auto"
    return metadata


def _other_keys(connection: sa.Connection, metadata: sa.MetaData) -> set[str]:
    """The tables that are there with another key, be it a primary key or, with nulls in it, a unique index."""
    inspector = sa.inspect(connection)
    there = set(inspector.get_table_names())
    other = set()
    for table in metadata.tables.values():
        if table.name in there:
            primary = inspector.get_pk_constraint(table.name)["constrained_columns"]
            unique = [index["column_names"] for index in inspector.get_indexes(table.name) if index["unique"]]
            declared = [index.columns.keys() for index in table.indexes if index.unique]
            if (primary, unique) != (table.primary_key.columns.keys(), declared):
                other.add(table.name)
    return other


def _render_type(kind: str, item: Any, context: AutogenContext) -> str | bool:
    """Types of ours as types of SQLAlchemy, so that a revision means the same whatever becomes of ours."""
    if kind == "type" and isinstance(item, UtcTimestamp):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, Json):
        context.imports.add("from sqlalchemy.dialects import postgresql")
        return 'sa.Text().with_variant(postgresql.JSONB(), "postgresql")'
    return False
