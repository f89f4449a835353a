"""Views of the published tables, kept by the publication in its own transaction.

A view is made again only where its query changed, so that rights granted on it stay. A revision of the schema cannot
change a table that a view reads, so `migrate.py` deletes the views first and the publication makes them again.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.schema import DropView

from cdp_pipeline.serving.database import clear_errors

VIEW_TABLE = "cdp_pipeline_views"

POSITION = "position_of"
"""In a query, the function of a text and a part of it that gives its place, or 0; each database has a name for it."""

YEAR = "year_of"
"""In a query, the function of a date or timestamp that gives its year."""

_MADE = sa.Table(
    VIEW_TABLE,
    sa.MetaData(),
    sa.Column("name", sa.Text(), primary_key=True),
    sa.Column("query", sa.Text(), nullable=False),
)
"""The views that the publication made, as no database gives back a query as it was written."""


@dataclass(frozen=True)
class View:
    """A view of published tables.

    Attributes:
        name: Its name.
        query: Its SELECT statement, understood by both databases but for the functions POSITION and YEAR.
    """

    name: str
    query: str

    def query_in(self, dialect: sa.Dialect) -> str:
        """The query in the words of a database."""
        is_file = dialect.name == "sqlite"
        query = self.query.replace(POSITION, "instr" if is_file else "strpos")
        return query.replace(f"{YEAR}(", "strftime('%Y', " if is_file else "date_part('year', ")


def keep_views(connection: sa.Connection, views: Sequence[View]) -> None:
    """Make the views that are missing or whose query changed, and delete those that are no longer declared.

    Raises:
        ServingError: A view of another program has the name, or reads one that has to be made again.
    """
    _MADE.create(connection, checkfirst=True)
    made = {row.name: row.query for row in connection.execute(sa.select(_MADE))}
    there = set(sa.inspect(connection).get_view_names())
    queries = {view.name: view.query_in(connection.dialect) for view in views}
    same = {name for name in queries if name in there and made.get(name) == queries[name]}
    for name in made.keys() - same:
        _delete(connection, name)
    for view in views:
        if view.name not in same:
            with clear_errors(f"Cannot make view {view.name}"):
                quoted = connection.dialect.identifier_preparer.quote(view.name)
                connection.exec_driver_sql(f"CREATE VIEW {quoted} AS {queries[view.name]}")
            connection.execute(sa.insert(_MADE).values(name=view.name, query=queries[view.name]))


def delete_views(connection: sa.Connection) -> None:
    """Delete the views that a publication made."""
    if sa.inspect(connection).has_table(VIEW_TABLE):
        for name in connection.scalars(sa.select(_MADE.c.name)).all():
            _delete(connection, name)


def _delete(connection: sa.Connection, name: str) -> None:
    with clear_errors(f"Cannot delete view {name}"):
        connection.execute(DropView(sa.Table(name, sa.MetaData()), if_exists=True))
    connection.execute(sa.delete(_MADE).where(_MADE.c.name == name))
