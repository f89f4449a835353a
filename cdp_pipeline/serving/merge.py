"""Staging table -> published table: only rows that are gone, different or new are written.

The statements are the same in every database. The order of tables and the transaction are the affair of `pipeline.py`.
"""

import sqlalchemy as sa
from sqlalchemy.schema import AddConstraint, CreateIndex, CreateTable, SetColumnComment, SetTableComment

from cdp_pipeline.serving.database import ServingError


def create_table(connection: sa.Connection, table: sa.Table) -> None:
    """Creates a table with its comments but without what slows loading down: see `complete_table`."""
    deferred: list[sa.ForeignKeyConstraint] | None = [] if _adds_constraints(connection) else None
    connection.execute(CreateTable(table, include_foreign_key_constraints=deferred))
    if connection.dialect.supports_comments and not connection.dialect.inline_comments:
        connection.execute(SetTableComment(table))
        for column in table.columns:
            connection.execute(SetColumnComment(column))


def complete_table(connection: sa.Connection, table: sa.Table) -> None:
    """Gives a new, loaded table its indexes and foreign keys: at once is several times faster than row by row."""
    for index in sorted(table.indexes, key=lambda index: str(index.name)):
        connection.execute(CreateIndex(index))
    if _adds_constraints(connection):
        for constraint in table.foreign_key_constraints:
            # Left to itself it changes the declared table, whose foreign keys SQLite would then create without.
            connection.execute(AddConstraint(constraint, isolate_from_table=False))


def update_comments(connection: sa.Connection, table: sa.Table) -> None:
    """Makes the comments of an existing table those that are declared; only different ones are written."""
    if not connection.dialect.supports_comments:
        return
    inspector = sa.inspect(connection)
    if inspector.get_table_comment(table.name)["text"] != table.comment:
        connection.execute(SetTableComment(table))
    there = {column["name"]: column.get("comment") for column in inspector.get_columns(table.name)}
    for column in table.columns:
        if there[column.name] != column.comment:
            connection.execute(SetColumnComment(column))


def check_columns(connection: sa.Connection, table: sa.Table) -> None:
    """Compares an existing table with its declaration.

    Raises:
        ServingError: The table lacks a declared column.
    """
    there = {column["name"] for column in sa.inspect(connection).get_columns(table.name)}
    if missing := [column.name for column in table.columns if column.name not in there]:
        raise ServingError(
            f"Table {table.name} in the database lacks {', '.join(missing)}, though its revision has them: another "
            "program changed it. Publish to an empty database."
        )


def check_key(connection: sa.Connection, staging: sa.Table) -> None:
    """Check for rows with the same key, which would overwrite each other.

    Raises:
        ServingError: Two staged rows have the same key.
    """
    key = [staging.c[name] for name in staging.info["key"]]
    repeated = sa.select(sa.literal(1)).select_from(staging).group_by(*key).having(sa.func.count() > 1)
    if count := connection.scalar(sa.select(sa.func.count()).select_from(repeated.subquery())):
        raise ServingError(
            f"{staging.name.removeprefix('staging_')}: {count} keys ({', '.join(staging.info['key'])}) stand in "
            "more than one row; the step that makes the table must give each once."
        )


def count_rows(connection: sa.Connection, table: sa.Table) -> int:
    """How many rows a table has."""
    return connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def delete_missing(connection: sa.Connection, table: sa.Table, staging: sa.Table) -> int:
    """Delete the rows whose key was not staged; returns their number."""
    gone = ~sa.exists().where(_same_key(table, staging))
    return connection.execute(sa.delete(table).where(gone)).rowcount


def delete_listed(connection: sa.Connection, table: sa.Table, keys: sa.Table) -> int:
    """Delete the rows whose key was staged; returns their number."""
    names = table.info["key"]
    if any(table.c[name].nullable for name in names):
        listed: sa.ColumnElement[bool] = sa.exists().where(_same_key(table, keys))
    else:
        # Looked up in the table's index; where SQLite asks of each row whether it is listed, it reads all of them.
        listed = sa.tuple_(*(table.c[name] for name in names)).in_(sa.select(*(keys.c[name] for name in names)))
    return connection.execute(sa.delete(table).where(listed)).rowcount


def update_different(connection: sa.Connection, table: sa.Table, staging: sa.Table) -> int:
    """Update the rows with a differing staged cell, where null equals null; returns their number."""
    values = [column.name for column in staging.columns if column.name not in staging.info["key"]]
    indexed = {column.name for index in table.indexes for column in index.columns}
    # SQLite writes each index and checks each foreign key of a column that is set, also where its value stays.
    whole = _update(connection, table, staging, values, where=[name for name in values if name in indexed])
    rest = [name for name in values if name not in indexed]
    return whole + _update(connection, table, staging, rest, where=rest)


def insert_new(connection: sa.Connection, table: sa.Table, staging: sa.Table) -> int:
    """Insert the staged rows whose key is new; returns their number."""
    new = sa.select(*staging.columns).where(~sa.exists().where(_same_key(table, staging)).correlate(staging))
    insert = sa.insert(table).from_select([column.name for column in staging.columns], new)
    return connection.execute(insert, execution_options={"preserve_rowcount": True}).rowcount


def insert_all(connection: sa.Connection, table: sa.Table, staging: sa.Table) -> None:
    """Inserts all staged rows into a table just created, whose columns are in the same order."""
    quote = connection.dialect.identifier_preparer.quote
    # SQLite copies whole rows for a statement of just this form, without names of columns.
    connection.exec_driver_sql(f"INSERT INTO {quote(table.name)} SELECT * FROM {quote(staging.name)}")


def _update(
    connection: sa.Connection, table: sa.Table, staging: sa.Table, values: list[str], *, where: list[str]
) -> int:
    """Sets these cells of the rows that differ in one of the cells `where`."""
    if not where:
        return 0
    different = sa.or_(*(table.c[name].is_distinct_from(staging.c[name]) for name in where))
    update = sa.update(table).values({name: staging.c[name] for name in values})
    return connection.execute(update.where(_same_key(table, staging), different)).rowcount


def _same_key(table: sa.Table, staging: sa.Table) -> sa.ColumnElement[bool]:
    # Plain equality wherever it is enough: PostgreSQL cannot hash "is not distinct from".
    pairs = [(table.c[name], staging.c[name]) for name in table.info["key"]]
    return sa.and_(*(a.is_not_distinct_from(b) if a.nullable else a == b for a, b in pairs))


def _adds_constraints(connection: sa.Connection) -> bool:
    return connection.dialect.supports_alter
