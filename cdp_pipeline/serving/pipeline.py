"""frames + declared tables -> the serving database, in one transaction.

A reader sees the state before or the state after, never one between. Only what changed is written, so a run without
news costs reading and comparing. How rows travel stands in `loading.py`, how they are compared in `merge.py`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

import polars as pl
import sqlalchemy as sa

from cdp_pipeline.entities.table import AnyRows, Table
from cdp_pipeline.serving.cells import storable_batches
from cdp_pipeline.serving.database import WAIT_SECONDS, clear_errors, writing
from cdp_pipeline.serving.deltas import Delta
from cdp_pipeline.serving.loading import Load, stage_for
from cdp_pipeline.serving.merge import (
    check_columns,
    check_key,
    complete_table,
    count_rows,
    create_table,
    delete_listed,
    delete_missing,
    insert_all,
    insert_new,
    update_comments,
    update_different,
)
from cdp_pipeline.serving.migrate import migrate
from cdp_pipeline.serving.revisions import VERSIONS, exchange_token
from cdp_pipeline.serving.schema import database_tables, gone_table, new_table
from cdp_pipeline.serving.views import View, keep_views
from cdp_pipeline.values.hashes import buckets_of


@dataclass(frozen=True)
class Changes:
    """What publishing did to the rows of one table."""

    inserted: int = 0
    updated: int = 0
    deleted: int = 0
    unchanged: int = 0


@dataclass(frozen=True)
class Since:
    """Tables as a publication left them: its token, and by table name what changed since then."""

    token: str
    deltas: Callable[[str], Delta | None]


def publish(
    url: str,
    frames: Mapping[str, AnyRows],
    tables: Sequence[Table],
    append_only: frozenset[str] = frozenset(),
    *,
    on_table: Callable[[str], None] | None = None,
    wait_seconds: float = WAIT_SECONDS,
    versions: Path = VERSIONS,
    token: str | None = None,
    since: Since | None = None,
    views: Sequence[View] = (),
) -> dict[str, Changes]:
    """Make the database's tables equal to the frames; returns the changes of each.

    A database of an earlier revision is migrated first, in the same transaction. All declared tables are created where
    they do not exist. A table without a frame keeps its rows. Frames are computed a batch at a time; those of a new
    table whose key begins with the person are sorted before, a bucket of people at a time.

    Args:
        url: SQLAlchemy URL of the database.
        frames: The rows of each table to publish, by table name.
        tables: Every table of the database, so that foreign keys find theirs.
        append_only: Tables whose rows are added and updated but never deleted.
        on_table: Called with a table's name when its turn comes to be computed.
        wait_seconds: How long to wait for another publisher.
        versions: The folder of the schema's revisions; the newest leads to `tables`.
        token: Names this publication in the database; see `since`.
        since: The tables as an earlier publication left them. Where that is the newest in the database, only what
            changed since is compared; else everything is.
        views: The views of the tables, which are kept as well.

    Raises:
        ServingError: The database cannot be reached or written, is of a newer version, another publisher holds it, a
            table lacks a column, or a key or foreign key is broken. The database is then as it was before.
        ValueError: A frame, or a name in `append_only`, belongs to no table, or a table cannot be declared.
    """
    metadata = database_tables(tables)
    declared = {table.name: table for table in tables}
    if unknown := sorted((frames.keys() | append_only) - declared.keys()):
        raise ValueError(f"No table is declared for {', '.join(unknown)}; expected some of {', '.join(declared)}.")
    parents_first = [table for table in metadata.sorted_tables if table.name in frames]

    by_delta: dict[str, int] = {}
    same: dict[str, Changes] = {}

    def loads(new: list[sa.Table], known: Since | None) -> Iterator[Load]:
        # One table after the other, so that the changed rows of one are in memory at a time.
        for table in parents_first:
            delta = known.deltas(table.name) if known and table not in new else None
            if delta is None:
                if on_table:
                    on_table(table.name)
                rows = _together(frames[table.name], declared[table.name]) if table in new else [frames[table.name]]
                batches = (storable_batches(part, declared[table.name]) for part in rows)
                yield Load(table, chain.from_iterable(batches), table in new)
            elif delta.is_empty:
                same[table.name] = Changes(unchanged=delta.rows)
            else:
                by_delta[table.name] = delta.rows
                yield from _of_delta(table, delta, declared[table.name])
            del delta

    with writing(url, wait_seconds) as connection:
        migrated = migrate(connection, metadata, versions)
        new = _create_missing(connection, metadata)
        newest = exchange_token(connection, token)
        known = since if since and newest == since.token and not migrated else None
        stage = stage_for(connection)
        with stage(connection, loads(new, known)) as staged:
            compared = [table for table in parents_first if table.name not in same]
            changes = same | _merge(connection, compared, staged, append_only, new, by_delta)
        for table in new:
            with clear_errors(f"Cannot complete table {table.name}"):
                complete_table(connection, table)
        keep_views(connection, views)
    return changes


def _together(rows: pl.LazyFrame, table: Table) -> Iterator[pl.LazyFrame]:
    """The rows of each person one after the other, where the key begins with the person, a bucket of people at a time.

    Then a change of a person writes a page or two instead of one per row, and reading a person is as cheap.
    """
    if table.key[0] != "person_id":
        yield rows
        return
    for whose in buckets_of(rows.select(pl.len()).collect().item()):
        yield (rows if whose is None else rows.filter(whose)).sort(table.key)


def _of_delta(table: sa.Table, delta: Delta, declared: Table) -> Iterator[Load]:
    yield Load(table, storable_batches(delta.changed, declared))
    yield Load(new_table(table), storable_batches(delta.new, declared))
    key = tuple(column for column in declared.columns if column.name in declared.key)
    keys = replace(declared, columns=key, indexes=(), foreign_keys=())
    yield Load(gone_table(table), storable_batches(keys.conform(delta.gone), keys))


def _create_missing(connection: sa.Connection, metadata: sa.MetaData) -> list[sa.Table]:
    there = set(sa.inspect(connection).get_table_names())
    new = [table for table in metadata.sorted_tables if table.name not in there]
    for table in metadata.sorted_tables:
        if table in new:
            create_table(connection, table)
        else:
            check_columns(connection, table)
            update_comments(connection, table)
    return new


def _merge(
    connection: sa.Connection,
    parents_first: list[sa.Table],
    staged: Mapping[str, sa.Table],
    append_only: frozenset[str],
    new: list[sa.Table],
    by_delta: Mapping[str, int],
) -> dict[str, Changes]:
    """Change the tables by what is staged; `by_delta` has the row count of tables whose changes alone are staged."""
    deleted = dict.fromkeys((table.name for table in parents_first), 0)
    for table in reversed(parents_first):
        staging = staged[table.name]
        if not staging.primary_key.columns:
            check_key(connection, staging)
        if table.name in by_delta:
            check_key(connection, staged[new_table(table).name])
        if table.name in append_only or table in new:
            continue
        if table.name in by_delta:
            deleted[table.name] = delete_listed(connection, table, staged[gone_table(table).name])
        else:
            deleted[table.name] = delete_missing(connection, table, staging)
    changes = {}
    for table in parents_first:
        name, staging = table.name, staged[table.name]
        with clear_errors(f"Cannot publish table {name}"):
            rows = by_delta[name] if name in by_delta else count_rows(connection, staging)
            if table in new:
                if staging is not table:
                    insert_all(connection, table, staging)
                updated, inserted = 0, rows
            else:
                # Where the missing keys are deleted and as many are left as were staged, they are the same.
                complete = name not in append_only and name not in by_delta and rows == count_rows(connection, table)
                updated = update_different(connection, table, staging)
                inserted = 0 if complete else _insert(connection, table, staged, updated)
        changes[name] = Changes(inserted, updated, deleted[name], rows - updated - inserted)
    return changes


def _insert(connection: sa.Connection, table: sa.Table, staged: Mapping[str, sa.Table], updated: int) -> int:
    """Insert the staged rows whose key is new; returns their number."""
    staging, new = staged[table.name], staged.get(new_table(table).name)
    if new is None:
        return insert_new(connection, table, staging)
    inserted = insert_new(connection, table, new)
    # Where not all that had changed were updated, somebody may have deleted some in the database.
    return inserted + (insert_new(connection, table, staging) if updated < count_rows(connection, staging) else 0)
