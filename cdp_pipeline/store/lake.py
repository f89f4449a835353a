"""The lake: Parquet files by layer, table and day, each replaced as a whole or not at all.

Only `deliveries/`, `pipeline/`, `terminal/` and `defs/` use it; all other packages are handed frames. Layout:
`<root>/<layer>/<table>/<day>.parquet` for daily tables, `<root>/<layer>/<table>.parquet` for the others, and small JSON
reports in `<root>/reports`. A day is made ready in `<root>/incoming`, a lake of its own, and admitted as a whole;
deliveries that are not used lie in `<root>/held`, likewise a lake of its own. Who may write stands in `lock.py`.
"""

import errno
import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import polars as pl
import pyarrow.parquet as pq

from cdp_pipeline.store.files import (
    BrokenFileError,
    check_ends,
    check_whole,
    make_durable,
    report_of,
    report_text,
    seal,
)

UNDATED = "undated"
"""The day name of entries that have no drop date: misplaced files."""

DAILY_LAYERS = ("staging", "rejected")
"""The layers in which every entity has a file per day."""

RETIRED = (
    "changed_records", "changed_records_before", "changed_persons", "identity_state", "narrowed", "profiles_state",
    "replaced",
)  # fmt: skip
"""Layers of intermediate results that earlier versions kept: rows of people that would never be removed."""

RETIRED_TABLES: Final = (("identity", "suggested_links"),)
"""Tables of former versions, by layer, for the same reason."""

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
# Polars and DuckDB pass the system's words on, not its number.
_FULL_WORDS = tuple(os.strerror(number) for number in sorted(_FULL))

_LEVEL = 1
"""Of zstd, for days, which are written once: as small as at the usual level, and written with a third less work."""

_NULLS_ONLY: Final = {"min": False, "max": False, "distinct_count": False, "null_count": True}
"""The statistics of columns of the state: its rows have no order by which a reader could skip some."""


_SUFFIXES: Final = (".parquet", ".json")
_REMEDY: Final = "Run `cdp run`, which rebuilds it, or explains what it needs for that."

_unsettled: set[Path] = set()
"""Files that this process has put in place, and that are not known to survive a loss of power."""


class LakeError(OSError):
    """The lake's folder cannot be written; the message names it and the remedy."""


class DamagedError(LakeError):
    """A file of the lake is missing, unreadable or changed; the message names it and the remedy."""

    def __init__(self, path: Path, layer: str, reason: str, remedy: str = _REMEDY) -> None:
        super().__init__(f"{path} (layer {layer}) is damaged: {reason}. {remedy}")


class TableWriter:
    """Appends batches to one Parquet file that appears under its name only when all are written."""

    def __init__(self, path: Path, schema: pl.Schema) -> None:
        self._path = path
        self._schema = schema
        self._arrow = pl.DataFrame(schema=schema).to_arrow().schema
        self._part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
        try:
            self._writer = pq.ParquetWriter(self._part, self._arrow, compression="zstd", compression_level=_LEVEL)
        except OSError:
            # It begins a file before it finds that there is no room for its first bytes.
            self._part.unlink(missing_ok=True)
            raise
        self.rows = 0

    def write(self, batch: pl.DataFrame) -> None:
        """Append one batch; its columns must be the table's, in order."""
        if batch.height:
            self._writer.write_table(batch.select(self._schema.names()).cast(self._schema).to_arrow().cast(self._arrow))
            self.rows += batch.height

    def commit(self) -> None:
        """Put the file in place."""
        self._writer.close()
        seal(self._part)
        self._part.replace(self._path)
        _unsettled.add(self._path)

    def discard(self) -> None:
        """Discard the written rows."""
        # Closing writes the end of the file, for which a full disk has no room either.
        with suppress(OSError):
            self._writer.close()
        self._part.unlink(missing_ok=True)


@dataclass(frozen=True)
class Lake:
    """The Parquet store below one folder."""

    root: Path

    def check_writable(self) -> None:
        """Make the lake's folder if need be and write a file into it.

        Raises:
            LakeError: It cannot be made or written.
        """
        probe = self._made(self.root / f".{secrets.token_hex(4)}.probe")
        try:
            probe.write_bytes(b"")
            probe.unlink()
        except OSError as error:
            raise LakeError(_unwritable(self.root, error)) from None

    def path(self, layer: str, table: str, day: str | None = None) -> Path:
        """Where a table, or one day of it, lies."""
        return self.root / layer / table / f"{day}.parquet" if day else self.root / layer / f"{table}.parquet"

    def place(self, path: Path) -> tuple[str, ...]:
        """What a file of the lake is: layer, table, and day if it is one of a daily table; the layer may be `held`."""
        return path.relative_to(self.root).with_suffix("").parts

    @contextmanager
    def writer(self, layer: str, table: str, schema: pl.Schema, day: str | None = None) -> Iterator[TableWriter]:
        """A writer whose file is put in place when the block ends well, and discarded when it raises."""
        path = self._made(self.path(layer, table, day))
        with disk_errors(path.parent):
            writer = TableWriter(path, schema)
            try:
                yield writer
                writer.commit()
            except BaseException:
                writer.discard()
                raise

    def write(self, layer: str, table: str, frame: pl.DataFrame | pl.LazyFrame, day: str | None = None) -> int:
        """Replace a table, or one day of it; a lazy frame is streamed. Returns its rows."""
        path = self._made(self.path(layer, table, day))
        with disk_errors(path.parent), _replacing(path) as part:
            if layer in DAILY_LAYERS:
                frame.lazy().sink_parquet(part, compression="zstd", compression_level=_LEVEL)
            else:
                # Every run writes the state again: a quarter less work than with LZ4, in 1.6 times the room.
                frame.lazy().sink_parquet(part, compression="uncompressed", statistics=_NULLS_ONLY)
        return self.rows(layer, table, day)

    @contextmanager
    def parts(self, layer: str, table: str, count: int) -> Iterator[list[Path]]:
        """Files whose rows replace a table when the block ends well; it writes each of them, in any order.

        A reader that filters by the key of the parts skips the others. Needs twice the disk space meanwhile.
        """
        path = self._made(self.path(layer, table))
        with disk_errors(path.parent), ExitStack() as replaced:
            token = secrets.token_hex(4)
            files = [path.with_name(f".{path.name}.{number}.{token}.part") for number in range(count)]
            for file in files:
                replaced.callback(file.unlink, missing_ok=True)
            yield files
            with _replacing(path) as whole:
                pl.scan_parquet(files).sink_parquet(whole, compression="uncompressed", statistics=True)

    def scan(self, layer: str, table: str) -> pl.LazyFrame:
        """A whole table; it must exist.

        Raises:
            DamagedError: It does not, or is cut off.
        """
        return pl.scan_parquet(self._there(self.path(layer, table)))

    def exists(self, layer: str, table: str, day: str | None = None) -> bool:
        """Whether the table, or that day of it, has been written."""
        return self.path(layer, table, day).exists()

    def rows(self, layer: str, table: str, day: str | None = None) -> int:
        """The number of rows, from the file's footer."""
        return int(pq.read_metadata(self._there(self.path(layer, table, day))).num_rows)

    def filled(self, layer: str, table: str, day: str | None = None) -> dict[str, int]:
        """How many cells of each column are not null, from the file's footer; of a list column, its elements."""
        footer = pq.read_metadata(self._there(self.path(layer, table, day)))
        counts: dict[str, int] = {}
        for group in range(footer.num_row_groups):
            for number in range(footer.num_columns):
                column = footer.row_group(group).column(number)
                name = column.path_in_schema.split(".")[0]
                nulls = column.statistics.null_count if column.statistics else 0
                counts[name] = counts.get(name, 0) + column.num_values - nulls
        return counts

    def days(self, layer: str, table: str) -> list[str]:
        """The days of a daily table that have a file, oldest first, `undated` last."""
        return sorted(p.stem for p in (self.root / layer / table).glob("*.parquet") if not p.name.startswith("."))

    def files(self, layer: str, table: str) -> dict[str, tuple[int, int]]:
        """How the days of a daily table lie, in the order of `days`: size, and time of writing in nanoseconds."""
        folder = self.root / layer / table
        if not folder.exists():
            return {}
        with os.scandir(folder) as entries:
            found = {e.name.removesuffix(".parquet"): e.stat() for e in entries if not e.name.startswith(".")}
        return {day: (found[day].st_size, found[day].st_mtime_ns) for day in sorted(found)}

    def scan_days(self, layer: str, table: str, schema: pl.Schema, days: Sequence[str] | None = None) -> pl.LazyFrame:
        """Days of a daily table as one frame, all of them where none are named; without rows when there is no day."""
        asked = self.days(layer, table) if days is None else days
        paths = [self._there(self.path(layer, table, day)) for day in asked]
        if not paths:
            return pl.LazyFrame(schema=schema)
        # A day that was staged before a column existed lacks it.
        return pl.scan_parquet(paths, schema=schema, missing_columns="insert")

    def write_report(self, table: str, day: str, report: dict[str, Any]) -> None:
        """Keep what one day's processing found; written last, so a day counts as finished only with its report."""
        path = self._made(self._report(table, day))
        with disk_errors(path.parent), _replacing(path) as part:
            part.write_text(report_text(report), encoding="utf-8")

    def read_report(self, table: str, day: str) -> dict[str, Any] | None:
        """What the last processing of that day found; None when it was never finished.

        Raises:
            DamagedError: It is there, but is not what was written.
        """
        path = self._report(table, day)
        try:
            return report_of(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (BrokenFileError, UnicodeDecodeError) as error:
            raise DamagedError(path, self.place(path)[0], str(error)) from None

    def has_report(self, table: str, day: str) -> bool:
        """Whether there is a report of that day, whole or not."""
        return self._report(table, day).exists()

    def report_days(self, table: str) -> list[str]:
        """The days that have a report, oldest first, `undated` last."""
        return sorted(p.stem for p in (self.root / "reports" / table).glob("*.json") if not p.name.startswith("."))

    def clear_report(self, table: str, day: str) -> None:
        """Remove the report of a day, if it is there."""
        self._report(table, day).unlink(missing_ok=True)

    def clear_day(self, layer: str, table: str, day: str) -> None:
        """Remove one day of a daily table, if it is there."""
        self.path(layer, table, day).unlink(missing_ok=True)

    def remove_day(self, table: str, day: str) -> None:
        """Remove a day of an entity with its report; the report first, as a day without one counts as never read."""
        self.clear_report(table, day)
        for layer in DAILY_LAYERS:
            self.clear_day(layer, table, day)

    def link(self, file: Path, layer: str, table: str, day: str | None = None) -> None:
        """Put a file of the lake under a further name, or a copy of it where the file system knows no such links."""
        path = self._made(self.path(layer, table, day))
        part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
        try:
            try:
                os.link(file, part)
            except OSError:
                shutil.copyfile(file, part)
            part.replace(path)
            _unsettled.add(path)
        finally:
            part.unlink(missing_ok=True)

    @property
    def incoming(self) -> "Lake":
        """Where the days of entities are made ready, laid out like the lake itself; see `admit`."""
        return Lake(self.root / "incoming")

    @property
    def held(self) -> "Lake":
        """Where deliveries lie that are read but not used, laid out like the lake itself; see `deliveries/held.py`."""
        return Lake(self.root / "held")

    def admit(self, table: str, day: str, *, replaces_held: bool = True) -> None:
        """Put a day that is ready in `incoming` in place, with its report, and remove a held delivery of that day.

        A held delivery stays if it is not replaced. It is removed all the same where a killed admission is finished,
        and then read again, as its files are not those of the report.

        The report is there only when all else is, and is moved last: an admission that is broken off has either not
        begun, or is finished by `recover`.
        """
        ready = self.incoming
        for layer in DAILY_LAYERS:
            if ready.exists(layer, table, day):
                place = self._made(self.path(layer, table, day))
                ready.path(layer, table, day).replace(place)
                _unsettled.add(place)
        if replaces_held:
            self.held.remove_day(table, day)
        report = ready._report(table, day)
        place = self._made(self._report(table, day))
        report.replace(place)
        _unsettled.add(place)

    def settle(self) -> None:
        """Make the files put in place here survive a loss of power, before anything outside refers to them.

        Between two calls a state may survive its inputs. Checksums show that, and it is rebuilt.
        """
        root = self.root.parts
        # `is_relative_to` takes ten times as long, and there are as many files as tables and days.
        settled = {path for path in _unsettled if path.parts[: len(root)] == root}
        with disk_errors(self.root):
            make_durable(settled)
        _unsettled.difference_update(settled)

    def damaged(self) -> list[tuple[Path, str]]:
        """Every file that is not what was written, with how that shows, in order of their paths; all are read."""
        paths = [path for folder in self._folders() for path in folder.iterdir() if path.suffix in _SUFFIXES]
        # A file under two names is read once.
        files = {_identity(path): path for path in paths}
        with ThreadPoolExecutor() as threads:
            reasons = dict(zip(files, threads.map(_broken, files.values()), strict=True))
        return sorted((path, reason) for path in paths if (reason := reasons[_identity(path)]))

    def recover(self) -> None:
        """Finish what a killed run was putting in place and remove what it left half written.

        Only for who holds the lake: of what another one is writing it would make the same.
        """
        for lake in (self, self.held):
            ready = lake.incoming.root
            for report in sorted((ready / "reports").glob("*/*.json")):
                if not report.name.startswith("."):
                    lake.admit(report.parent.name, report.stem)
            if ready.exists():
                shutil.rmtree(ready)
        for retired in RETIRED:
            shutil.rmtree(self.root / retired, ignore_errors=True)
        for layer, table in RETIRED_TABLES:
            self.path(layer, table).unlink(missing_ok=True)
        for folder in self._folders():
            for path in folder.iterdir():
                if path.name.startswith(".") and path.name.endswith((".part", ".probe")):
                    path.unlink(missing_ok=True)

    def _folders(self) -> Iterator[Path]:
        for folder, folders, _ in os.walk(self.root):
            # Hidden folders are not of the lake: copies that somebody looks at.
            folders[:] = [name for name in folders if not name.startswith(".")]
            yield Path(folder)

    def _there(self, path: Path) -> Path:
        try:
            check_ends(path)
        except BrokenFileError as error:
            raise DamagedError(path, self.place(path)[0], str(error)) from None
        return path

    def _report(self, table: str, day: str) -> Path:
        return self.root / "reports" / table / f"{day}.json"

    def _made(self, path: Path) -> Path:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LakeError(_unwritable(path.parent, error)) from None
        if not os.access(path.parent, os.W_OK):
            raise LakeError(_unwritable(path.parent, PermissionError("permission denied")))
        return path


def _identity(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_dev, found.st_ino


def _broken(path: Path) -> str:
    try:
        check_whole(path)
    except BrokenFileError as error:
        return str(error)
    return ""


def day_name(day: date | None) -> str:
    """How a drop date is spelled in the lake."""
    return day.isoformat() if day else UNDATED


@contextmanager
def disk_errors(folder: Path) -> Iterator[None]:
    """Whatever a library raises within because the disk is full becomes a LakeError that names the folder."""
    try:
        yield
    except Exception as error:
        if getattr(error, "errno", None) in _FULL or any(words in str(error) for words in _FULL_WORDS):
            raise LakeError(
                f"The disk of {folder} is full; what was there before is unchanged. Free space, or name a folder on "
                "another disk in CDP_LAKE_DIR, and run again."
            ) from None
        raise


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    """A file to write that takes the place of `path` when the block ends well, and else leaves nothing behind."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        yield part
        if path.suffix == ".parquet":
            seal(part)
        part.replace(path)
        _unsettled.add(path)
    finally:
        part.unlink(missing_ok=True)


def _unwritable(folder: Path, error: OSError) -> str:
    reason = error.strerror or str(error)
    return f"Cannot write to {folder}: {reason}. Name a writable folder in CDP_LAKE_DIR, or free the path."
