"""The name of the newest publication, kept in the database itself.

A publisher that remembers what it published, and under which name, can tell by it whether somebody else, or an older
backup, has come in between.
"""

import sqlalchemy as sa

PUBLICATION_TABLE = "cdp_pipeline_publication"

_TABLE = sa.Table(PUBLICATION_TABLE, sa.MetaData(), sa.Column("token", sa.Text(), primary_key=True))


def exchange_token(connection: sa.Connection, token: str | None) -> str | None:
    """Puts the name of this publication in the place of the one before, and gives that; null where there is none.

    Within the publisher's transaction: a publication that fails leaves the old name with the old rows. One without a
    name leaves none, so that nobody takes its rows for theirs.
    """
    _TABLE.create(connection, checkfirst=True)
    before: str | None = connection.scalar(sa.select(_TABLE.c.token))
    connection.execute(sa.delete(_TABLE))
    if token is not None:
        connection.execute(sa.insert(_TABLE).values(token=token))
    return before
