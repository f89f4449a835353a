"""Declared tables - newest revision = the next revision, written by Alembic and made safe for tables full of rows.

For developers: `make migration m="..."` calls it, and a test fails while the newest revision is not what is declared.
Revisions are compared in SQLite, for which no server is needed. What Alembic would write fails or goes wrong where a
table has rows, so it is changed on the way:

- A column that may not be null is added with a value for the rows that are there, which the merge then replaces within
  the same transaction, and a column that may be null no more gets that value in place of its nulls.
- A foreign key is checked after the merge, when the rows it names are there.
- A table whose key or types change is made anew, and the merge fills it. Where that would lose rows (in a table that is
  only added to) or pull away a table that others refer to, a person has to write the revision.
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
from cdp_pipeline.serving.schema import Json, Moment, database_tables

_FILLED = {
    sa.Text: "''",
    sa.BigInteger: "0",
    sa.Double: "0",
    sa.Boolean: "false",
    sa.Date: "'1970-01-01'",
    Moment: "'1970-01-01 00:00:00'",
    Json: "'[]'",
}
"""What rows that are there hold in a new column until the merge, in SQL that both databases read."""


def differences(tables: Sequence[Table], versions: Path = VERSIONS) -> list[str]:
    """What a revision would have to change, a line each; empty when the newest one is what is declared."""
    metadata = _bare(tables)
    with _at_newest(versions) as connection:
        script = produce_migrations(_context(connection), metadata)
        assert script.upgrade_ops is not None
        found = [str(diff) for diff in script.upgrade_ops.as_diffs()]
        return found + [f"key of {name}" for name in sorted(_other_keys(connection, metadata))]


def draft_revision(
    message: str, tables: Sequence[Table], append_only: frozenset[str] = frozenset(), versions: Path = VERSIONS
) -> Path | None:
    """Writes the module of the revision that leads from the newest one to the declared tables.

    Args:
        message: What changes; it becomes the docstring and part of the file's name.
        tables: Every declared table.
        append_only: Tables that must keep their rows.
        versions: The folder of the revisions.

    Returns:
        The file, null when nothing is different.

    Raises:
        ValueError: A change needs a revision written by hand; the message says why. No file is written.
    """
    metadata = _bare(tables)
    with _at_newest(versions) as connection:

        def make_safe(_: MigrationContext, __: Any, directives: list[ops.MigrationScript]) -> None:
            upgrade = directives[0].upgrade_ops
            assert upgrade is not None
            upgrade.ops = list(_safe(connection, metadata, upgrade.ops, append_only))
            if not upgrade.ops:
                directives.clear()

        config = alembic_config(versions)
        config.set_section_option("post_write_hooks", "hooks", "fix, format")
        for hook, options in (("fix", "check --fix-only --quiet"), ("format", "format --quiet")):
            config.set_section_option("post_write_hooks", f"{hook}.type", "module")
            config.set_section_option("post_write_hooks", f"{hook}.module", "ruff")
            config.set_section_option("post_write_hooks", f"{hook}.options", f"{options} REVISION_SCRIPT_FILENAME")
        config.attributes["connection"] = connection
        config.attributes["comparison"] = {
            "target_metadata": metadata,
            "render_as_batch": True,
            "render_item": _render_type,
            "process_revision_directives": make_safe,
        }
        number = int(newest_revision(versions) or 0) + 1
        written = command.revision(config, message, autogenerate=True, rev_id=f"{number:04}")
    return Path(written.path) if written and not isinstance(written, list) else None


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
    """The tables without what a revision need not say."""
    metadata = database_tables(tables)
    for table in metadata.tables.values():
        table.comment = None
        table.info.clear()
        for column in table.columns:
            column.comment = None
            if not column.primary_key:
                column.autoincrement = "auto"
    return metadata


def _safe(
    connection: sa.Connection, metadata: sa.MetaData, found: list[ops.MigrateOperation], append_only: frozenset[str]
) -> Iterator[ops.MigrateOperation]:
    anew = _other_keys(connection, metadata)
    anew |= {name for op in found for name in _retyped(op)}
    named = {key.column.table.name for table in metadata.tables.values() for key in table.foreign_keys}
    if by_hand := sorted(anew & (named | append_only)):
        raise ValueError(
            f"The key or a type of {', '.join(by_hand)} changes. It cannot be made anew, as other tables refer to it "
            "or it keeps rows that nobody can build again; write this revision by hand."
        )
    for op in found:
        if not (isinstance(op, ops.ModifyTableOps) and op.table_name in anew):
            yield from _filled(metadata.tables[op.table_name], op) if isinstance(op, ops.ModifyTableOps) else [op]
    for name in sorted(anew):
        table = metadata.tables[name]
        yield ops.DropTableOp(name)
        yield ops.CreateTableOp.from_table(table)
        indexes = sorted(table.indexes, key=lambda index: str(index.name))
        yield ops.ModifyTableOps(name, [ops.CreateIndexOp.from_index(index) for index in indexes])


def _filled(table: sa.Table, changes: ops.ModifyTableOps) -> Iterator[ops.MigrateOperation]:
    """The changes of one table, in a form that its rows survive."""
    bare: list[ops.MigrateOperation] = []
    for op in changes.ops:
        if isinstance(op, ops.AddColumnOp) and not op.column.nullable:
            filled = _FILLED[type(table.c[op.column.name].type)]
            op.column.server_default = sa.DefaultClause(sa.text(filled))
            bare.append(
                ops.AlterColumnOp(
                    changes.table_name,
                    op.column.name,
                    existing_type=op.column.type,
                    existing_nullable=False,
                    modify_server_default=None,
                )
            )
        if isinstance(op, ops.AlterColumnOp) and op.modify_nullable is False:
            filled = _FILLED[type(table.c[op.column_name].type)]
            null = f"UPDATE {op.table_name} SET {op.column_name} = {filled} WHERE {op.column_name} IS NULL"
            yield ops.ExecuteSQLOp(null)
        if isinstance(op, ops.CreateForeignKeyOp):
            op.kw["postgresql_not_valid"] = True
    yield changes
    if bare:
        yield ops.ModifyTableOps(changes.table_name, bare)


def _retyped(op: ops.MigrateOperation) -> set[str]:
    """The table's name, where the operation gives one of its columns another type."""
    inner = op.ops if isinstance(op, ops.ModifyTableOps) else []
    return {change.table_name for change in inner if isinstance(change, ops.AlterColumnOp) and change.modify_type}


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
    if kind == "type" and isinstance(item, Moment):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, Json):
        context.imports.add("from sqlalchemy.dialects import postgresql")
        return 'sa.Text().with_variant(postgresql.JSONB(), "postgresql")'
    return False
