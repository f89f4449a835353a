"""One raw file -> batches of text rows, whatever its format: the door of this room.

Bad content never raises: what cannot be read is a rejected row. Formats are read in their own modules; what the cells
mean is validation's question.
"""

import hashlib
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.ingest.batch import EMPTY_FILE, Batch, ListPage, UnreadableFileError, batch_of, refused_file
from cdp_pipeline.ingest.delimited import read_delimited
from cdp_pipeline.ingest.encoding import HEAD_BYTES, detect_encoding, utf8_head
from cdp_pipeline.ingest.engine import Engine
from cdp_pipeline.ingest.excel import read_workbook
from cdp_pipeline.ingest.files import RawFile
from cdp_pipeline.ingest.formats import FileFormat, binary_content, format_of
from cdp_pipeline.ingest.json_documents import check_lines, read_document
from cdp_pipeline.ingest.json_lines import read_lines
from cdp_pipeline.ingest.parquet import read_parquet
from cdp_pipeline.ingest.spool import decompressed

_DIGEST_BYTES = 16


def read_file(file: RawFile, entity: Entity, batch_rows: int = 200_000, scratch: Path | None = None) -> Iterator[Batch]:
    """The entries of a file, at least one batch.

    Every non-blank line, row, array element and envelope entry stands in exactly one batch, readable or rejected. A
    misplaced file, and one that cannot be opened, decompressed or parsed at all, is one rejected row; nothing else of
    it is given. Copies go to a temporary folder of their own, which is gone when the last batch was taken.

    Args:
        file: What to read.
        entity: Whose entries it holds.
        batch_rows: Lines or rows per batch; envelopes may give more rows than lines.
        scratch: Where that temporary folder is made; the system's place when null.
    """
    if file.problem is not None:
        yield batch_of(entity, rejected=[refused_file(file.problem)])
        return
    read = 0
    findings: Counter[str] = Counter()
    pages: Counter[ListPage] = Counter()
    with tempfile.TemporaryDirectory(prefix="cdp-ingest-", dir=scratch) as folder:
        try:
            for batch in _batches(file.path, entity, batch_rows, Path(folder)):
                if batch.read:
                    read += batch.read
                    yield replace(batch, findings=batch.findings + findings, pages=batch.pages + pages)
                    findings, pages = Counter(), Counter()
                else:
                    findings += batch.findings
                    pages += batch.pages
        except UnreadableFileError as error:
            read += 1
            yield batch_of(entity, rejected=[refused_file(str(error))], findings=findings, pages=pages)
            findings, pages = Counter(), Counter()
    if findings or pages or not read:
        yield batch_of(entity, findings=findings + Counter({EMPTY_FILE: int(not read)}), pages=pages)


def file_digest(path: Path) -> str:
    """A digest of a file's content: equal contents have equal digests."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.blake2b(digest_size=_DIGEST_BYTES)).hexdigest()


def _batches(path: Path, entity: Entity, batch_rows: int, scratch: Path) -> Iterator[Batch]:
    form = format_of(path.name)
    try:
        with path.open("rb") as stream:
            is_empty = not stream.read(1)
    except OSError as error:
        raise UnreadableFileError(
            f"The file cannot be opened ({error.strerror}); make it readable or drop it again."
        ) from error
    if is_empty:
        return
    plain = decompressed(path, form.compression, scratch) if form.compression else path
    with Engine(scratch) as engine:
        yield from _read(plain, form, entity, engine, batch_rows, scratch)


def _read(
    path: Path, form: FileFormat, entity: Entity, engine: Engine, batch_rows: int, scratch: Path
) -> Iterator[Batch]:
    if form.name == "parquet":
        return read_parquet(path, entity, engine, batch_rows)
    if form.name == "xlsx":
        return read_workbook(path, entity, engine, batch_rows, scratch)
    _check_text(path)
    if form.name == "json":
        return read_document(path, entity, engine, batch_rows, scratch)
    if form.name == "csv":
        return read_delimited(path, entity, engine, batch_rows, form.delimiter)
    check_lines(path, entity, engine, scratch)
    return read_lines(path, entity, engine, batch_rows)


def _check_text(path: Path) -> None:
    """Refuse what is no text at all; damaged text is refused line by line."""
    with path.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
    encoding, mark = detect_encoding(head)
    content = binary_content(utf8_head(head) if encoding != "utf-8" else head[mark:])
    if content:
        raise UnreadableFileError(
            f"The file holds {content}, not the text its name promises; nothing of it was read. Give it the ending of "
            "what it holds, or export it again."
        )
