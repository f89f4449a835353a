"""Raw files of any format -> batches of text rows; the entry point of this package.

Bad content raises no error: an entry or file that cannot be read becomes a rejected row. Each format has its own
module.
"""

import hashlib
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.ingest.batch import EMPTY_FILE, Batch, ListPage, UnreadableFileError, batch_of, rejected_file
from cdp_pipeline.ingest.bounds import USUAL, Bounds
from cdp_pipeline.ingest.cell_text import without_long_cells
from cdp_pipeline.ingest.conventions import Evidence, ambiguous, is_canonical, rewrite
from cdp_pipeline.ingest.csv_files import read_delimited
from cdp_pipeline.ingest.excel import read_workbook
from cdp_pipeline.ingest.file_access import NotRegularFileError, decompressed
from cdp_pipeline.ingest.files import RawFile
from cdp_pipeline.ingest.formats import FileFormat, binary_content, format_of
from cdp_pipeline.ingest.json_documents import TextReader, check_lines, document_of, lines_of
from cdp_pipeline.ingest.lines import HEAD_BYTES, MAX_FRAME_BYTES, detect_encoding, utf8_head
from cdp_pipeline.ingest.mappings import SourceMapping
from cdp_pipeline.ingest.parquet import read_parquet
from cdp_pipeline.values.duckdb_query import Engine

_DIGEST_BYTES = 16
_LISTS = ['"entries"', '"leads"']
"""Keys of an envelope's list of entries."""

MOST_VALUES_TOGETHER = 2_000_000
"""Greatest number of JSON values parsed together: more than 50,000 customer records."""


def read_files(
    files: Sequence[RawFile],
    entity: Entity,
    batch_rows: int = 200_000,
    scratch: Path | None = None,
    mappings: Sequence[SourceMapping] = (),
    bounds: Bounds = USUAL,
) -> Iterator[Batch]:
    """Yield the entries of some files in at least one batch; small files share a batch.

    Every non-blank line, row, array element and envelope entry is in exactly one batch, readable or rejected. A file
    that is misplaced, or cannot be opened, decompressed or parsed at all, becomes one rejected row and nothing else.
    Copies are written to a temporary folder, which is deleted after the last batch.

    Args:
        files: The files, in the order to read them.
        entity: The entity of their entries.
        batch_rows: Lines or rows per batch; envelopes may give more rows than lines.
        scratch: Parent of the temporary folder; the default of the system if None.
        mappings: Meanings of table headers in addition to the entity's own field names.
        bounds: Size limits of files, entries and cells; larger ones are rejected.
    """
    with (
        tempfile.TemporaryDirectory(prefix="cdp-ingest-", dir=scratch) as folder,
        Engine(Path(folder)) as engine,
    ):
        gathered, has_batch = _Gathered(entity, engine, batch_rows, Path(folder), bounds), False
        for number, file in enumerate(files):
            own = Path(folder, str(number))
            gathered.begin(file.source_file)
            try:
                for part in _parts(file, entity, engine, batch_rows, own, mappings, bounds):
                    gathered.add(file.source_file, part)
                    if gathered.is_full:
                        has_batch = True
                        yield from gathered.batches()
            except UnreadableFileError as error:
                gathered.add(file.source_file, batch_of(entity, rejected=[rejected_file(str(error))]))
            gathered.end(file.source_file)
            shutil.rmtree(own, ignore_errors=True)
        for rest in gathered.batches(last=True):
            if rest.read or rest.findings or rest.pages or not has_batch:
                has_batch = True
                yield rest


@dataclass(frozen=True)
class _Lines:
    """A frame of JSON texts, and whether the rows of their file are numbered by entry."""

    frame: pl.DataFrame
    by_entry: bool


class _Gathered:
    """Collect the parts of files until they are a batch.

    Rows with a number or date that only other rows of their file can explain are held on disk until the end of the
    file.
    """

    def __init__(self, entity: Entity, engine: Engine, batch_rows: int, scratch: Path, bounds: Bounds) -> None:
        self._entity = entity
        self._bounds = bounds
        self._reader = TextReader(entity, engine, bounds)
        self._batch_rows = batch_rows
        self._texts: list[pl.DataFrame] = []
        self._tables: list[Batch] = []
        self._rows = self._bytes = 0
        self._entries: Counter[str] = Counter()
        self._scratch = scratch
        self._open: set[str] = set()
        self._evidence: dict[str, Evidence] = {}
        self._waiting: dict[str, list[Path]] = {}

    def begin(self, source_file: str) -> None:
        """Register a file, which may turn out to have no entries."""
        self._entries[source_file] += 0
        self._open.add(source_file)

    def end(self, source_file: str) -> None:
        """Mark a file as complete."""
        self._open.discard(source_file)

    def add(self, source_file: str, part: _Lines | Batch) -> None:
        """Add a part of a file."""
        name = pl.lit(source_file).alias("source_file")
        if isinstance(part, _Lines):
            self._texts.append(part.frame.with_columns(name, by_entry=pl.lit(part.by_entry)))
            self._rows += part.frame.height
            self._bytes += int(part.frame["raw"].str.len_bytes().sum())
        else:
            table = replace(part, rows=part.rows.with_columns(name), rejected=part.rejected.with_columns(name))
            if part.declared:
                self._evidence.setdefault(source_file, Evidence()).declare(part.declared)
            self._tables.append(table)
            self._entries[source_file] += table.read
            self._rows += table.read
            self._bytes += int(table.rows["raw"].str.len_bytes().sum())

    @property
    def is_full(self) -> bool:
        """Whether the collected parts are a batch."""
        return self._rows >= self._batch_rows or self._bytes >= MAX_FRAME_BYTES

    def batches(self, *, last: bool = False) -> Iterator[Batch]:
        """The collected parts in as few batches as possible, and held rows of complete files.

        The last call also counts the files without entries.
        """
        parts, texts = self._tables, self._texts
        self._texts, self._tables, self._rows, self._bytes = [], [], 0, 0
        slices = _in_slices(pl.concat(texts)) if texts else []
        for some in slices[:-1]:
            yield self._combined([*parts, self._read(some)], Counter())
            parts = []
        parts = [*parts, *map(self._read, slices[-1:])]
        empty = sum(not count for count in self._entries.values()) if last else 0
        yield self._combined(parts, +Counter({EMPTY_FILE: empty}))
        for name in [name for name in self._waiting if name not in self._open]:
            for path in self._waiting.pop(name):
                yield batch_of(self._entity, [rewrite(pl.read_ipc(path), self._entity, self._evidence[name])])
                path.unlink()

    def _read(self, texts: pl.DataFrame) -> Batch:
        read = self._reader.read(texts)
        for frame in (read.rows, read.rejected):
            self._entries.update(dict(frame["source_file"].value_counts().iter_rows()))
        return read

    def _combined(self, parts: Sequence[Batch], findings: Counter[str]) -> Batch:
        """Combine the parts into one batch; reject overlong cells and hold rows that are ambiguous."""
        combined = batch_of(
            self._entity,
            [part.rows for part in parts],
            [part.rejected for part in parts],
            sum((part.findings for part in parts), findings),
            sum((part.pages for part in parts), Counter[ListPage]()),
            headers=(header for part in parts for header in part.headers),
        )
        combined = without_long_cells(combined, self._entity, self._bounds)
        return replace(combined, rows=self._without_ambiguous(combined.rows).rechunk())

    def _without_ambiguous(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows with canonical numbers and dates; rows to hold are written to disk instead."""
        if is_canonical(rows, self._entity):
            return rows
        decided = []
        for (name,), part in rows.group_by("source_file", maintain_order=True):
            source_file = str(name)
            evidence = self._evidence.setdefault(source_file, Evidence())
            evidence.add(part, self._entity)
            if source_file in self._open and (waits := ambiguous(part, self._entity, evidence)).any():
                paths = self._waiting.setdefault(source_file, [])
                paths.append(self._scratch / f"waiting-{len(self._evidence)}-{len(paths)}.ipc")
                part.filter(waits).write_ipc(paths[-1])
                part = part.filter(~waits)
            decided.append(rewrite(part, self._entity, evidence))
        return pl.concat(decided)


def _in_slices(texts: pl.DataFrame) -> list[pl.DataFrame]:
    """Split the texts into frames with so few values, counted by commas, that they fit into memory when parsed.

    A value in an envelope counts twice, because it may be an entry.
    """
    weight = 1 + texts["raw"].str.contains_any(_LISTS).cast(pl.Int64)
    values = (texts["raw"].str.count_matches(",", literal=True) * weight).cum_sum()
    if values[-1] < MOST_VALUES_TOGETHER:
        return [texts]
    sliced = texts.with_columns(slice=values // MOST_VALUES_TOGETHER)
    return sliced.partition_by("slice", maintain_order=True, include_key=False)


def file_digest(path: Path) -> str:
    """A digest of a file's content."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.blake2b(digest_size=_DIGEST_BYTES)).hexdigest()


def _parts(
    file: RawFile,
    entity: Entity,
    engine: Engine,
    batch_rows: int,
    scratch: Path,
    mappings: Sequence[SourceMapping],
    bounds: Bounds,
) -> Iterator[_Lines | Batch]:
    """The parts of one file: frames of JSON texts, or batches of tables."""
    if file.problem is not None:
        raise UnreadableFileError(file.problem)
    form = format_of(file.path.name)
    fitting = [mapping for mapping in mappings if mapping.fits_name(file.source_file)]
    with ExitStack() as kept:
        try:
            path = kept.enter_context(file.opened())
        except NotRegularFileError as error:
            raise UnreadableFileError(str(error.strerror)) from error
        except OSError as error:
            raise UnreadableFileError(
                f"The file cannot be opened ({error.strerror}); make it readable or deliver it again."
            ) from error
        yield from _parts_of(path, form, entity, engine, batch_rows, scratch, fitting, bounds)


def _parts_of(
    path: Path,
    form: FileFormat,
    entity: Entity,
    engine: Engine,
    batch_rows: int,
    scratch: Path,
    mappings: Sequence[SourceMapping],
    bounds: Bounds,
) -> Iterator[_Lines | Batch]:
    with path.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
    if not head:
        yield batch_of(entity)
        return
    scratch.mkdir()
    if form.compression:
        path = decompressed(path, form.compression, scratch, bounds)
    if form.name == "parquet":
        yield from read_parquet(path, entity, engine, batch_rows, mappings, bounds)
    elif form.name == "xlsx":
        yield from read_workbook(path, entity, engine, batch_rows, scratch, mappings, bounds)
    else:
        _check_text(path)
        if form.name == "csv":
            yield from read_delimited(path, entity, engine, batch_rows, form.delimiter, mappings, bounds)
            return
        if form.name == "ndjson":
            check_lines(path, entity, engine, scratch, bounds)
            texts = lines_of(path, batch_rows, bounds)
        else:
            texts = document_of(path, engine, batch_rows, scratch, bounds)
        yield from (_Lines(frame, texts.by_entry) for frame in texts.frames)


def _check_text(path: Path) -> None:
    """Reject a binary file; damaged text is rejected line by line."""
    with path.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
    encoding, mark = detect_encoding(head)
    content = binary_content(utf8_head(head) if encoding != "utf-8" else head[mark:])
    if content:
        raise UnreadableFileError(
            f"The file holds {content}, not the text its name promises; nothing of it was read. Give it the ending of "
            "what it holds, or export it again."
        )
