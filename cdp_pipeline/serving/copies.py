"""The published rows -> one Parquet file per table beside the database, for analysts.

Readers open `<folder>/<table>.parquet`, which is a link into the folder's current set. A set is written beside the old
one and takes its place by the exchange of a single link, `.current`, so all files belong to one publication at any
time, also after a kill; a reader of several tables during a publication resolves `.current` once. The old set is
removed at once, since it may hold people who have asked to be deleted. Files of unchanged tables are linked.

    parquet/
      profiles.parquet -> .current/profiles.parquet
      .current -> .set-3f9a
      .set-3f9a/profiles.parquet, ..., _manifest.json
"""

import errno
import json
import os
import secrets
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import polars as pl

from cdp_pipeline.entities.table import AnyRows, Table
from cdp_pipeline.serving.database import ServingError

MANIFEST = "_manifest.json"
_CURRENT = ".current"
_SET = ".set-"
_PENDING = ".pending"
_NO_SPACE = os.strerror(errno.ENOSPC)


@dataclass(frozen=True)
class Copies:
    """The copies in `folder` of what is published in `database`, a name of it without password."""

    folder: Path
    database: str

    def begin(self, tables: Sequence[Table]) -> set[str]:
        """Record that a publication begins; returns the tables without a copy of the publication before it.

        All, where an earlier publication ended before its copies were made, or the copies are of another database.

        Raises:
            ServingError: The folder cannot be written.
        """
        pending = self.folder / _PENDING
        whole = not pending.exists() and self._manifest().get("database") == self.database
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            pending.touch()
        except OSError as error:
            raise self._unwritable(error) from None
        return {table.name for table in tables if not whole or not self._has(table)}

    def current(self, tables: Sequence[Table]) -> Path:
        """The folder with the whole set of the newest publication, which the next one removes.

        Raises:
            ServingError: There is none: nothing is published, or a publication was interrupted.
        """
        is_of_database = self._manifest().get("database") == self.database
        if (self.folder / _PENDING).exists() or not is_of_database or not all(map(self._has, tables)):
            raise ServingError(
                f"The Parquet copies in {self.folder} are not those of the newest publication of {self.database}; "
                "expected a copy of every table. Run `cdp run`, which writes them."
            )
        return (self.folder / _CURRENT).resolve()

    def finish(
        self,
        frames: Mapping[str, AnyRows],
        tables: Sequence[Table],
        files: Mapping[str, Path] = MappingProxyType({}),
    ) -> None:
        """Makes a new set of these frames and, for tables without one, of the present files, and shows it to readers.

        Frames are streamed, their columns typed as declared. Without frames the present set stays.

        Args:
            frames: The rows of tables that changed.
            tables: All tables.
            files: Files that hold just the rows of a frame and are never written again; they are linked where their
                columns are the table's.

        Raises:
            ServingError: The folder cannot be written. The old set is then still there.
        """
        if frames:
            self._write(frames, tables, files)
        (self.folder / _PENDING).unlink(missing_ok=True)

    def _write(self, frames: Mapping[str, AnyRows], tables: Sequence[Table], files: Mapping[str, Path]) -> None:
        name = f"{_SET}{secrets.token_hex(4)}"
        new = self.folder / name
        try:
            new.mkdir(parents=True)
            for table in tables:
                target = new / f"{table.name}.parquet"
                file = files.get(table.name)
                if table.name in frames and file and pl.read_parquet_schema(file) == table.schema:
                    _link(file, target)
                elif table.name in frames:
                    # As small at this level as at the usual one, for a third less work.
                    table.conform(frames[table.name]).sink_parquet(target, compression="zstd", compression_level=1)
                else:
                    _link(self.folder / _CURRENT / target.name, target)
            manifest = {"database": self.database, "set": name, "tables": sorted(t.name for t in tables)}
            (new / MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")
        except BaseException as error:
            shutil.rmtree(new, ignore_errors=True)
            # Polars tells of a full disk as a failed computation.
            if isinstance(error, OSError) or _NO_SPACE in str(error):
                raise self._unwritable(error) from None
            raise
        self._show(name)

    def _show(self, name: str) -> None:
        _point(self.folder / _CURRENT, name)
        wanted = {path.name for path in (self.folder / name).iterdir()}
        for file in wanted:
            _point(self.folder / file, f"{_CURRENT}/{file}")
        for path in self.folder.iterdir():
            if path.name.startswith(_SET) and path.name != name:
                shutil.rmtree(path)
            elif path.is_symlink() and path.name not in (*wanted, _CURRENT):
                path.unlink()

    def _manifest(self) -> dict[str, object]:
        path = self.folder / _CURRENT / MANIFEST
        found: dict[str, object] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        return found

    def _has(self, table: Table) -> bool:
        path = self.folder / _CURRENT / f"{table.name}.parquet"
        return path.is_file() and pl.read_parquet_schema(path) == table.schema

    def _unwritable(self, error: BaseException) -> ServingError:
        if _NO_SPACE in str(error):
            return ServingError(
                f"The disk of the Parquet copies in {self.folder} is full; they are as they were. Free space, or name "
                " a folder on another disk in CDP_PARQUET_DIR, and run again."
            )
        return ServingError(
            f"Cannot write the Parquet copies in {self.folder}: {getattr(error, 'strerror', None) or error}. "
            "Name a writable folder in CDP_PARQUET_DIR and run again."
        )


def _link(file: Path, target: Path) -> None:
    """The same file under another name, or its copy where the file system knows no such links."""
    try:
        os.link(file.resolve(), target)
    except OSError:
        shutil.copyfile(file, target)


def _point(link: Path, target: str) -> None:
    """Makes or moves a link in one step."""
    if link.is_symlink() and str(link.readlink()) == target:
        return
    new = link.with_name(f"{link.name}.{secrets.token_hex(4)}.new")
    new.symlink_to(target)
    new.replace(link)
