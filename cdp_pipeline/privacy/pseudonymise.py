"""Published tables -> the same for analysts or a partner: ids as keyed hashes, times and places coarse, no names.

    Parquet copies of the published tables -> a folder with one Parquet file per table, and what to know of it

1. People whose data may not be used for what the export is for are left out, with all that names them.
2. Each id becomes the first 128 bits of an HMAC-SHA256 under a key of the export's purpose. Exports for one purpose can
   be joined, those for two cannot.
3. A value of the profile that fewer people than a group share is left empty; then the groups of people who are alike in
   all these values are counted, and small ones emptied if that is asked for.
4. Rows are sorted by their pseudonyms, so that their order states nothing.

`column_handling.py` decides column by column. DuckDB streams the tables, so memory does not follow their size. What is
written is still personal data: whoever has the key and the tables can lead each pseudonym back to its person.
"""

import errno
import hmac
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from glob import escape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Literal

import duckdb
import polars as pl

from cdp_pipeline.entities.table import Table
from cdp_pipeline.privacy.column_handling import Handling, handling_of, is_exported
from cdp_pipeline.privacy.person_rows import HOUSEHOLD, PERSON, RECORD
from cdp_pipeline.privacy.private_files import PrivacyError
from cdp_pipeline.serving import View
from cdp_pipeline.values.duckdb_query import database, linked, quoted

Period = Literal["month", "day"]

SMALLEST_GROUP: Final = 5
"""Usual for statistics about people; fewer are thought to be recognisable."""

_DIGITS: Final = 32
"""Hexadecimal digits of a pseudonym: 128 bits, so that no two of a billion ids collide."""

_BLOCK: Final = 64
"""Bytes of a block of SHA-256, to which HMAC pads its key."""

_OLDEST: Final = 90
_YOUNGEST: Final = 15
_BAND: Final = 5
"""In years: whoever is older, or younger, is in one band; the others are in bands of five years of birth."""


_CONTACT: Final = r"@|(?:\d[ .()_-]{0,2}){9}"
"""An e-mail address or phone that a sender wrote where none belongs; a date has fewer digits."""

_CODES: Final = ("_id", "_ids", "_key", "_sku", "wishlisted_products")
"""How columns end whose values may be long numbers, such as bar codes."""


@dataclass(frozen=True)
class Export:
    """What is asked for.

    Attributes:
        purpose: Names the export; pseudonyms of two purposes have nothing in common.
        allowed: The view of the profiles that may be used.
        period: How times are written.
        smallest_group: The values of people in smaller groups are left empty; None leaves them and counts the groups
            below `SMALLEST_GROUP`.
        today: Decides who is old.
    """

    purpose: str
    allowed: View
    period: Period = "month"
    smallest_group: int | None = None
    today: date = field(default_factory=date.today)

    @property
    def group(self) -> int:
        """How many people a group must have."""
        return self.smallest_group or SMALLEST_GROUP


@dataclass(frozen=True)
class Groups:
    """People who are alike in all values of the profile that stay; without those of whom none is known.

    Attributes:
        columns: These values.
        count: How many groups there are.
        smallest: The people in the smallest one; 0 without people.
        people_in_small: The people in groups that are too small.
    """

    columns: tuple[str, ...]
    count: int
    smallest: int
    people_in_small: int


@dataclass(frozen=True)
class Exported:
    """What was written.

    Attributes:
        rows: By table.
        columns: How many columns were written.
        left_out: How many were not, by reason.
        people: Profiles that may be used.
        people_left_out: Profiles that may not.
        groups: None if no profiles were written.
    """

    rows: Mapping[str, int]
    columns: int
    left_out: Mapping[str, int]
    people: int
    people_left_out: int
    groups: Groups | None


def exported_tables(tables: Sequence[Table]) -> tuple[Table, ...]:
    """The tables that can be exported."""
    return tuple(table for table in tables if is_exported(table))


def purpose_key(key: bytes, purpose: str) -> bytes:
    """The key of the pseudonyms of a purpose; it does not lead to the key of the installation."""
    return hmac.digest(key, f"pseudonyms|{purpose}".encode(), "sha256")


def pseudonymise(
    copies: Path,
    tables: Sequence[Table],
    wanted: Sequence[Table],
    target: Path,
    key: bytes,
    export: Export,
    on_table: Callable[[str], object] = lambda _: None,
) -> Exported:
    """Write tables into a new folder for its owner alone; after an error or a kill it is not there.

    It is written beside that folder; what a kill left there is removed.

    Args:
        copies: A Parquet file per published table.
        tables: The published tables.
        wanted: Those to write, of `exported_tables`.
        target: The folder, which is missing or empty.
        key: The key of the installation.
        export: What is asked for.
        on_table: Called with the name of each table before it is written.

    Raises:
        PrivacyError: The folder has content, or its disk is full.
    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise PrivacyError(f"{target} is not empty; expected a new folder. Name another one, or empty it.")
    target.parent.mkdir(parents=True, exist_ok=True)
    # Of killed calls; a folder that was named by a person has no number there.
    for left in target.parent.glob(f".{escape(target.name)}.[0-9]*.part"):
        shutil.rmtree(left)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    part.mkdir(mode=0o700)
    try:
        with _connected(copies, tables, purpose_key(key, export.purpose), export) as connection:
            groups = _describe(connection, next(t for t in tables if t.key == (PERSON,) and _groups_of(t)), export)
            rows = {}
            for table in wanted:
                on_table(table.name)
                rows[table.name] = _write(connection, table, part, export)
            [(allowed, denied)] = connection.execute(
                "SELECT (SELECT COUNT(*) FROM allowed), (SELECT COUNT(*) FROM denied)"
            ).fetchall()
        part.chmod(0o700)
        if target.exists():
            target.rmdir()
        part.rename(target)
    except duckdb.IOException as error:
        if os.strerror(errno.ENOSPC) not in str(error):
            raise
        raise PrivacyError(
            f"A disk became full while {target} was written, and nothing of it is left; expected space for as much as "
            "the Parquet copies have, there and in the folder for temporary files. Free space or name another folder."
        ) from None
    finally:
        shutil.rmtree(part, ignore_errors=True)
    handled = [handling_of(column, table) for table in wanted for column in table.columns]
    return Exported(
        rows=rows,
        columns=sum(one.how is not None for one in handled),
        left_out=Counter(one.reason for one in handled if one.how is None),
        people=allowed,
        people_left_out=denied,
        groups=groups if any(_groups_of(table) for table in wanted) else None,
    )


@contextmanager
def _connected(
    copies: Path, tables: Sequence[Table], key: bytes, export: Export
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with the tables, the functions of the export, and who may be used: allowed, denied and records."""
    padded = key.ljust(_BLOCK, b"\0")
    youngest = export.today.year - _YOUNGEST - (export.today.year - _YOUNGEST) % _BAND
    oldest = export.today.year - _OLDEST - (export.today.year - _OLDEST) % _BAND
    with TemporaryDirectory(prefix="cdp-export-") as scratch, database().cursor() as connection:
        # Values and not text of the query, which an error message could quote.
        connection.execute("SET VARIABLE inner_pad = $1::BLOB", [bytes(byte ^ 0x36 for byte in padded)])
        connection.execute("SET VARIABLE outer_pad = $1::BLOB", [bytes(byte ^ 0x5C for byte in padded)])
        connection.execute(
            f"""
            CREATE TEMP MACRO pseudonym(v) AS LEFT(SHA256(
                GETVARIABLE('outer_pad') || UNHEX(SHA256(GETVARIABLE('inner_pad') || ENCODE(v)))), {_DIGITS});
            CREATE TEMP MACRO band(year) AS CASE
                WHEN year < {oldest} THEN 'before {oldest}' WHEN year >= {youngest} THEN '{youngest} or later'
                WHEN year IS NOT NULL THEN PRINTF('%d-%d', year - year % {_BAND}, year - year % {_BAND} + {_BAND - 1})
                END;
            """
        )
        for table in tables:
            file = linked(copies / f"{table.name}.parquet", Path(scratch), f"{table.name}.parquet")
            connection.execute(f"CREATE TEMP VIEW {table.name} AS FROM READ_PARQUET({quoted(str(file))})")
        connection.execute(
            f"""
            CREATE TEMP TABLE allowed AS SELECT {PERSON} FROM ({export.allowed.query});
            CREATE TEMP TABLE denied AS SELECT {PERSON} FROM profiles ANTI JOIN allowed USING ({PERSON});
            CREATE TEMP TABLE allowed_records AS
                SELECT {RECORD} FROM profile_records SEMI JOIN allowed USING ({PERSON});
            CREATE TEMP TABLE denied_records AS
                SELECT {RECORD} FROM profile_records SEMI JOIN denied USING ({PERSON});
            """
        )
        yield connection


def _groups_of(table: Table) -> tuple[Handling, ...]:
    """The columns that describe a group of people."""
    handled = (handling_of(column, table) for column in table.columns)
    return tuple(one for one in handled if one.how in ("band", "group"))


def _describe(connection: duckdb.DuckDBPyConnection, table: Table, export: Export) -> Groups:
    """Make `described`: a row per person with the values of the group, as they are written."""
    columns = _groups_of(table)
    for one in columns:
        if one.how == "group":
            name = one.column.name
            connection.execute(
                f"CREATE TEMP TABLE shared_{name} AS SELECT {name} FROM {table.name} SEMI JOIN allowed "
                f"USING ({PERSON}) GROUP BY {name} HAVING COUNT(*) >= {export.group}"
            )
    values = ", ".join(f"{_of_group(one)} AS {one.column.name}" for one in columns)
    names = ", ".join(one.column.name for one in columns)
    connection.execute(
        f"""
        CREATE TEMP TABLE alike AS
            SELECT *, COUNT(*) OVER (PARTITION BY {names}) AS people
            FROM (SELECT {PERSON}, {values} FROM {table.name} SEMI JOIN allowed USING ({PERSON}));
        CREATE TEMP VIEW described AS SELECT {PERSON}, {", ".join(_unless_small(one, export) for one in columns)}
            FROM alike;
        """
    )
    [(count, smallest, small)] = connection.execute(
        f"SELECT COUNT(*), COALESCE(MIN(people), 0), COALESCE(SUM(people) FILTER (people < {export.group}), 0) "
        f"FROM (SELECT DISTINCT {names}, people FROM alike WHERE COALESCE({names}) IS NOT NULL)"
    ).fetchall()
    return Groups(tuple(one.column.name for one in columns), count, smallest, small)


def _of_group(one: Handling) -> str:
    name = one.column.name
    if one.how == "group":
        return f"CASE WHEN {name} IN (SELECT {name} FROM shared_{name}) THEN {name} END"
    return f"band({name})" if one.column.dtype.is_integer() else f"band(YEAR({name}))"


def _unless_small(one: Handling, export: Export) -> str:
    name = one.column.name
    return f"CASE WHEN people >= {export.smallest_group or 0} THEN {name} END AS {name}"


def _write(connection: duckdb.DuckDBPyConnection, table: Table, folder: Path, export: Export) -> int:
    """Write a table; returns its rows."""
    handled = [one for one in (handling_of(column, table) for column in table.columns) if one.how]
    ids = [one.column.name for one in handled if one.how == "pseudonym" and not one.column.dtype.is_nested()]
    # Whatever is written of a row decides where its id does not.
    order = ids if table.key in ((PERSON,), (RECORD,)) else [*ids, *(one.column.name for one in handled)]
    described = f"LEFT JOIN described AS d ON d.{PERSON} = t.{PERSON}" if _groups_of(table) else ""
    file = folder / f"{table.name}.parquet"
    connection.execute(
        f"""
        COPY (
            SELECT {", ".join(f'{_written(one, table, export)} AS "{one.column.name}"' for one in handled)}
            FROM {table.name} AS t {described}
            WHERE {" AND ".join(_allowed_rows(table)) or "TRUE"}
            ORDER BY {", ".join(f'"{name}"' for name in dict.fromkeys(order))}
        ) TO {quoted(str(file))} (FORMAT parquet, COMPRESSION zstd)"""
    )
    file.chmod(0o600)
    rows: int = connection.execute(f"SELECT COUNT(*) FROM READ_PARQUET({quoted(str(file))})").fetchall()[0][0]
    return rows


def _written(one: Handling, table: Table, export: Export) -> str:
    name = one.column.name
    value = f't."{name}"'
    match one.how:
        case "band" | "group":
            return f'd."{name}"'
        case "period":
            return f"CAST({value} AS DATE)" if export.period == "day" else f"CAST(DATE_TRUNC('month', {value}) AS DATE)"
        case "pseudonym" if one.column.dtype.is_nested():
            return f"LIST_SORT(LIST_TRANSFORM({value}, lambda one: pseudonym(one)))"
        case "pseudonym":
            denied = "denied" if PERSON in name else "denied_records" if RECORD in name else None
            if denied is None or name in (PERSON, RECORD, *table.key):
                return f"pseudonym({value})"
            return f"CASE WHEN {value} IN (FROM {denied}) THEN NULL ELSE pseudonym({value}) END"
    is_list = one.column.dtype == pl.List(pl.String())
    if not (is_list or one.column.dtype == pl.String()) or name.endswith(_CODES):
        return value
    if is_list:
        return f"LIST_FILTER({value}, lambda one: NOT REGEXP_MATCHES(one, {quoted(_CONTACT)}))"
    return f"CASE WHEN NOT REGEXP_MATCHES({value}, {quoted(_CONTACT)}) THEN {value} END"


def _allowed_rows(table: Table) -> Iterator[str]:
    """The conditions by which rows of people who may not be used are left out."""
    names = {column.name for column in table.columns}
    if PERSON in names:
        yield f"t.{PERSON} IN (FROM allowed)"
    elif HOUSEHOLD in names:
        yield f"t.{HOUSEHOLD} IN (SELECT {HOUSEHOLD} FROM profiles SEMI JOIN allowed USING ({PERSON}))"
    for name in table.key:
        if PERSON in name and name != PERSON:
            # A former id is of no profile.
            yield f"t.{name} NOT IN (FROM denied)" if PERSON in names else f"t.{name} IN (FROM allowed)"
        elif RECORD in name and name != RECORD:
            yield f"t.{name} IN (FROM allowed_records)"
