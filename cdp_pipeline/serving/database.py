"""Opening the serving database for writing or reading, and the one error for all its problems.

A connection is always one transaction: one writer at a time, readers see one state throughout. Writing stands in
`pipeline.py`, reading in `read.py`.
"""

import glob
import os
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import adbc_driver_manager
import psycopg
import sqlalchemy as sa
from sqlalchemy.engine import URL

from cdp_pipeline.serving.revisions import VERSIONS, Standing, standing

WAIT_SECONDS = 30.0
"""How long a publisher waits for another one: a daily publication takes seconds, so longer means something hangs."""

CACHE_KIBIBYTES = 262_144
"""How much of each SQLite file a publisher may keep in memory: the default of 2 MB makes new keys twice as slow."""

_CACHED_PART = 4
"""A quarter of a large SQLite file is cached if needed. Changed pages beyond the cache wait in the write-ahead log, and
every page read from then on is first searched there: with gigabytes of it, most of a publication went into that."""

_CONNECT_SECONDS = 10
"""How long an unreachable PostgreSQL server is tried; without it the system's own limit of minutes holds."""

_PUBLISHER_LOCK = 0x6364705F
"""Number of PostgreSQL's advisory lock that publishers share."""

_JOURNAL = "main.journal_mode = WAL"
"""Readers see the old state while a publisher writes the new one."""

_NO_JOURNAL = "main.journal_mode = OFF"
"""A file that is removed where publishing fails needs no rollback."""


class ServingError(Exception):
    """The serving database cannot be used as asked; the message is one line and shows neither password nor values."""


class UnwritableError(ServingError):
    """The place of a SQLite database cannot be written."""


@contextmanager
def writing(url: str, wait_seconds: float = WAIT_SECONDS) -> Iterator[sa.Connection]:
    """A connection that locks other publishers out and commits all or nothing at the end.

    Raises:
        ServingError: The database cannot be reached, is locked for longer than `wait_seconds`, or refuses a change.
    """
    parsed = _parsed(url)
    path = database_file(parsed)
    if path:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ServingError(f"Cannot make the folder of {shown(parsed)}: {error.strerror}.") from None
    with clear_errors(f"Cannot publish to {shown(parsed)}"), _new_file(path, wait_seconds) as new:
        # The rows of a new file are checked against each other at the end: row by row takes most of a first load.
        pragmas = (_NO_JOURNAL, "foreign_keys = OFF") if new else (_JOURNAL, "foreign_keys = ON")
        size = path.stat().st_size if path and not new else 0
        cache = f"cache_size = -{max(CACHE_KIBIBYTES, size // 1024 // _CACHED_PART)}"
        target = parsed.set(database=str(new)) if new else parsed
        engine = _engine(target, wait_seconds, begin="BEGIN IMMEDIATE", pragmas=(*pragmas, cache))
        with _disposed(engine), engine.connect() as connection:
            connection.execution_options(is_new_file=new is not None)
            _begin(connection, wait_seconds)
            yield connection
            if path:
                _commit_sqlite(connection, parsed)
            connection.commit()
            if new:
                driver: Any = connection.connection.driver_connection
                driver.execute(f"PRAGMA {_JOURNAL}")


@contextmanager
def reading(url: str, versions: Path = VERSIONS) -> Iterator[sa.Connection]:
    """A connection that cannot write and sees one state of the database throughout, whatever is published meanwhile.

    Raises:
        ServingError: The database is not there, cannot be reached, is of another version, or lacks a table.
    """
    parsed = _parsed(url)
    path = _file_of(parsed)
    if path and not path.is_file():
        raise ServingError(f"There is no database {shown(parsed)} yet; run the pipeline first.")
    engine = _engine(parsed, WAIT_SECONDS, begin="BEGIN", pragmas=("query_only = ON",))
    if parsed.get_backend_name() == "postgresql":
        engine = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    with clear_errors(f"Cannot read {shown(parsed)}"), _disposed(engine), engine.connect() as connection:
        match _refuse_newer(connection, parsed, versions):
            case Standing.EMPTY:
                raise ServingError(f"Nothing is published in {shown(parsed)} yet; run the pipeline first.")
            case Standing.OLDER:
                raise ServingError(f"{shown(parsed)} is of an older version; run `cdp run`, which migrates it.")
            case _:
                yield connection


def check_usable(url: str, versions: Path = VERSIONS) -> None:
    """Find out whether the database can be published to, as far as that is seen without publishing; nothing stays.

    Raises:
        UnwritableError: Its place cannot be written.
        ServingError: It cannot be reached, is none, or is of a newer version.
    """
    parsed = _parsed(url)
    path = _file_of(parsed)
    if path:
        _try_place(path.resolve(), parsed)
        if not _has_content(path):
            return
    engine = _engine(parsed, WAIT_SECONDS, begin="BEGIN", pragmas=("query_only = ON",))
    with clear_errors(f"Cannot reach {shown(parsed)}"), _disposed(engine), engine.connect() as connection:
        _refuse_newer(connection, parsed, versions)


def restart_without_foreign_keys(connection: sa.Connection) -> None:
    """Restart a publisher's transaction, in SQLite without foreign keys, which are then checked at its end.

    SQLite changes a table by replacing the old one, which counts as deleting all rows that others refer to, and it
    accepts the switch between transactions only. Earlier writes are rolled back.
    """
    if connection.dialect.name == "sqlite":
        driver: Any = connection.connection.driver_connection
        driver.rollback()
        driver.execute("PRAGMA foreign_keys = OFF")
        driver.execute("BEGIN IMMEDIATE")


@contextmanager
def clear_errors(doing: str) -> Iterator[None]:
    """Whatever a database driver raises within becomes a ServingError that begins with `doing`.

    The original error is not chained: its text may hold values of the row that failed.
    """
    try:
        yield
    except (sa.exc.DBAPIError, psycopg.Error, sqlite3.Error, adbc_driver_manager.Error) as error:
        raise ServingError(f"{doing}: {_reason(error)}") from None


@contextmanager
def folder_beside(path: Path) -> Iterator[Path]:
    """A folder for files of a SQLite database's publisher, removed at the end.

    The publisher holds the lock, so whatever another one left behind belongs to one that was killed and is removed.
    """
    prefix = f".{path.name}.staging-"
    for left in path.parent.glob(f"{glob.escape(prefix)}*"):
        shutil.rmtree(left, ignore_errors=True)
    try:
        # On Windows the attached file cannot be removed yet; the next publisher does it.
        folder = TemporaryDirectory(dir=path.parent, prefix=prefix, ignore_cleanup_errors=True)
    except OSError as error:
        raise ServingError(f"Cannot write beside {path}: {error.strerror}.") from None
    with folder as name:
        yield Path(name)


def _file_of(url: URL) -> Path | None:
    """The file of a SQLite database; a folder in its place is refused."""
    path = database_file(url)
    if path and path.is_dir():
        raise UnwritableError(f"{shown(url)} is a folder; name a file in it, such as sqlite:///{path / 'cdp.db'}.")
    return path


def _try_place(path: Path, url: URL) -> None:
    """Make a folder where the publisher would, and remove it: a file system may refuse what permissions allow."""
    if path.exists() and not os.access(path, os.W_OK):
        raise UnwritableError(f"Cannot publish to {shown(url)}: {path} cannot be written.")
    place = next(parent for parent in path.parents if parent.exists())
    try:
        with TemporaryDirectory(dir=place, prefix=f".{path.name}.staging-"):
            pass
    except OSError:
        raise UnwritableError(f"Cannot publish to {shown(url)}: {place} cannot be written.") from None


def is_new_file(connection: sa.Connection) -> bool:
    """Whether a publisher's connection is to a file that takes the place of the database only at the end."""
    return bool(connection.get_execution_options().get("is_new_file"))


def database_file(url: URL) -> Path | None:
    """The file of a SQLite database, null for a server."""
    return Path(str(url.database)) if url.get_backend_name() == "sqlite" else None


def shown(url: URL) -> str:
    """The URL as people may see it: without password, and without the options, in which one may stand as well."""
    return url.set(query={}).render_as_string(hide_password=True)


def database_name(url: str) -> str:
    """The database of a URL as people may see it."""
    return shown(_parsed(url))


def _refuse_newer(connection: sa.Connection, url: URL, versions: Path) -> Standing:
    found = standing(connection, versions)
    if found is Standing.UNKNOWN:
        raise ServingError(f"{shown(url)} is of a newer version of cdp_pipeline; update cdp_pipeline.")
    return found


def _parsed(url: str) -> URL:
    try:
        parsed = sa.engine.make_url(url)
        parsed.get_dialect()
    except sa.exc.ArgumentError:
        raise ServingError(
            "CDP_DATABASE_URL is not a database URL; expected dialect://user:password@host/name."
        ) from None
    if "@" in (parsed.host or ""):
        raise ServingError("The password in CDP_DATABASE_URL contains @, / or :; write them as %40, %2F and %3A.")
    if parsed.get_backend_name() == "sqlite" and (parsed.database or ":memory:").startswith((":memory:", "file:")):
        raise ServingError(f"The URL {shown(parsed)} names no file; expected sqlite:///folder/name.db.")
    return parsed


def _engine(url: URL, wait_seconds: float, begin: str, pragmas: tuple[str, ...]) -> sa.Engine:
    options: dict[str, Any] = {}
    if url.get_backend_name() == "sqlite":
        options = {"timeout": wait_seconds}
    elif url.get_driver_name() == "psycopg" and "connect_timeout" not in url.query:
        options = {"connect_timeout": _CONNECT_SECONDS}
    try:
        engine = sa.create_engine(url, poolclass=sa.NullPool, hide_parameters=True, connect_args=options)
    except ModuleNotFoundError as error:
        raise ServingError(f"The driver {error.name} of {shown(url)} is not installed.") from None
    if url.get_backend_name() == "sqlite":
        # The driver's own transaction control begins too late for a snapshot and not at all before DDL.
        @sa.event.listens_for(engine, "connect")
        def prepare(connection: sqlite3.Connection, _record: object) -> None:
            connection.isolation_level = None
            for pragma in pragmas:
                connection.execute(f"PRAGMA {pragma}")

        @sa.event.listens_for(engine, "begin")
        def start(connection: sa.Connection) -> None:
            connection.exec_driver_sql(begin)

    return engine


def _begin(connection: sa.Connection, wait_seconds: float) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {max(1, int(wait_seconds * 1000))}")
        connection.exec_driver_sql("SET LOCAL TIME ZONE 'UTC'")
        connection.exec_driver_sql("SET LOCAL DateStyle = 'ISO, YMD'")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_PUBLISHER_LOCK})")


@contextmanager
def _new_file(path: Path | None, wait_seconds: float) -> Iterator[Path | None]:
    """For a SQLite database without content: the path of a file that takes its place at the end; else None.

    Other publishers wait meanwhile for the lock of an empty file in the database's place. A file written apart needs
    neither a journal nor a second file for its rows, and readers see all of it or nothing.

    Raises:
        ServingError: Another file was put in the database's place meanwhile; it stays.
    """
    # A link to a file elsewhere stays a link.
    place = path.resolve() if path else None
    if place is None or _has_content(place):
        yield None
        return
    with closing(sqlite3.connect(place, timeout=wait_seconds, isolation_level=None)) as lock:
        lock.execute("BEGIN IMMEDIATE")
        if _has_content(place):
            # That of the publisher we waited for. SQLite never writes in the empty file that it replaced.
            lock.close()
            yield None
            return
        locked = place.stat()
        with folder_beside(place) as folder:
            new = folder / place.name
            yield new
            if not place.exists() or not os.path.samestat(place.stat(), locked) or _has_content(place):
                raise ServingError(
                    f"Cannot publish to {path}: another program has put a file there meanwhile; run again."
                )
            try:
                shutil.copymode(place, new)
                new.replace(place)
            except OSError as error:
                raise ServingError(f"Cannot put a new file at {path}: {error.strerror}.") from None


def _has_content(path: Path) -> bool:
    return path.exists() and path.stat().st_size > 0


def _commit_sqlite(connection: sa.Connection, url: URL) -> None:
    """Commit; the error of a broken foreign key names it, as SQLite itself does not."""
    driver: Any = connection.connection.driver_connection
    if driver.execute("PRAGMA foreign_keys").fetchone() == (0,):
        _refuse_orphans(connection, url)
    try:
        driver.commit()
    except sqlite3.IntegrityError:
        _refuse_orphans(connection, url)
        raise


def _refuse_orphans(connection: sa.Connection, url: URL) -> None:
    found = connection.exec_driver_sql("PRAGMA foreign_key_check")
    broken = Counter((child, parent) for child, _, parent, _ in found)
    what = "; ".join(f"{rows} rows of {child} name no row of {parent}" for (child, parent), rows in broken.items())
    if what:
        raise ServingError(f"Cannot publish to {shown(url)}: {what}.")


@contextmanager
def _disposed(engine: sa.Engine) -> Iterator[None]:
    try:
        yield
    finally:
        engine.dispose()


def _reason(error: Exception) -> str:
    cause = error.orig if isinstance(error, sa.exc.DBAPIError) and error.orig else error
    if isinstance(cause, psycopg.errors.LockNotAvailable) or "database is locked" in str(cause):
        return "another publisher or writer holds it; run again when that has ended."
    if isinstance(cause, psycopg.errors.DiskFull) or "disk is full" in str(cause):
        return "its disk is full; it is as it was before. Free space there and run again."
    if isinstance(cause, psycopg.DataError):
        return f"it refuses a value (SQLSTATE {cause.sqlstate})."
    return (str(cause).splitlines() or [type(cause).__name__])[0]
