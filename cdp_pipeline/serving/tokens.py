"""The name of the newest publication, kept in the database itself.

A publisher that keeps the name of its last publication sees by it whether another writer, or an older backup, came in
between.
"""

import sqlalchemy as sa

PUBLICATION_TABLE = "cdp_pipeline_publication"

_TABLE = sa.Table(PUBLICATION_TABLE, sa.MetaData(), sa.Column("token", sa.Text(), primary_key=True))


def exchange_token(connection: sa.Connection, token: str | None) -> str | None:
    """Replace the name of the newest publication by this one; returns the name before, None if there was none.

    Within the publisher's transaction: a publication that fails leaves the old name with the old rows. One without a
    name leaves none, so that no publisher mistakes its rows for its own.
    """
    _TABLE.create(connection, checkfirst=True)
    before: str | None = connection.scalar(sa.select(_TABLE.c.token))
    connection.execute(sa.delete(_TABLE))
    if token is not None:
        connection.execute(sa.insert(_TABLE).values(token=token))
    return before
