"""Which revisions of the published schema there are, at which one a database stands, and its newest publication.

Nothing here changes a database; that is `migrate.py`. A publisher that keeps the name of its last publication sees by
it whether another writer, or an older backup, came in between.
"""

from enum import Enum
from functools import lru_cache
from pathlib import Path

import sqlalchemy as sa
from alembic.config import Config
from alembic.script import ScriptDirectory

MIGRATIONS = Path(__file__).parent / "migrations"
VERSIONS = MIGRATIONS / "versions"

VERSION_TABLE = "cdp_pipeline_revision"
"""Holds the revision; a name of our own, as another program's Alembic may use the same database."""


class Standing(Enum):
    """How a database relates to the revisions that this program knows."""

    EMPTY = "nothing was published in it"
    CURRENT = "it is at the newest revision"
    OLDER = "it is at an earlier revision"
    UNKNOWN = "it is at a revision that this program does not know"


def alembic_config(versions: Path = VERSIONS) -> Config:
    """Alembic's settings, which need no file: where the revisions are and how new ones are called."""
    config = Config()
    options = {
        "script_location": MIGRATIONS,
        "version_locations": versions,
        "path_separator": "newline",
        "file_template": "r%(rev)s_%(slug)s",
    }
    for name, value in options.items():
        config.set_main_option(name, str(value).replace("%", "%%"))
    return config


def newest_revision(versions: Path = VERSIONS) -> str | None:
    """The revision that a new database has; null when there is none at all."""
    return next(iter(_known_revisions(versions)), None)


def _known_revisions(versions: Path) -> tuple[str, ...]:
    """The revisions in a folder, the newest first."""
    return _read_revisions(versions, tuple(sorted((p.name, p.stat().st_mtime_ns) for p in versions.glob("*.py"))))


# Every reader of a database asks, and Alembic executes each file; names and times tell one state from the next.
@lru_cache(maxsize=4)
def _read_revisions(versions: Path, _files: tuple[tuple[str, int], ...]) -> tuple[str, ...]:
    return tuple(s.revision for s in ScriptDirectory.from_config(alembic_config(versions)).walk_revisions())


def revision_of(connection: sa.Connection) -> str | None:
    """The revision that a database is marked with; null when nothing was published in it."""
    if not sa.inspect(connection).has_table(VERSION_TABLE):
        return None
    stored: str | None = connection.scalar(sa.select(sa.column("version_num")).select_from(sa.table(VERSION_TABLE)))
    return stored


def standing(connection: sa.Connection, versions: Path = VERSIONS) -> Standing:
    """How the database relates to the revisions in `versions`; it is only read."""
    found = revision_of(connection)
    known = _known_revisions(versions)
    if found is None:
        return Standing.EMPTY
    if found not in known:
        return Standing.UNKNOWN
    return Standing.CURRENT if found == known[0] else Standing.OLDER


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
