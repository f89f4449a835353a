"""Bytes of a text file in UTF-8 or UTF-16 -> frames of physical lines, numbered from 1 as in an editor.

A line ends with LF, CRLF or a lone CR. Text that cannot be decoded becomes bytes that are not UTF-8, so that only its
own line is rejected. The readers of the formats parse the lines.
"""

import codecs
from collections.abc import Iterable, Iterator
from typing import BinaryIO

import polars as pl

from cdp_pipeline.ingest.bounds import USUAL

HEAD_BYTES = 64 * 1024
_CHUNK_BYTES = 8 * 1024 * 1024
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# This byte never occurs in UTF-8, so the line with it is rejected.
_NO_UTF8 = b"\xff"


def detect_encoding(head: bytes) -> tuple[str, int]:
    """Detect the encoding by the first bytes; also return the length of the byte order marks.

    Without a byte order mark, UTF-16 is recognised by the zeros in every other byte of Latin letters and punctuation.
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if head.startswith(mark):
            # A second program may add its own byte order mark.
            length = len(mark)
            while head.startswith(mark, length):
                length += len(mark)
            return encoding, length
    sample = head[: 2 * (min(len(head), 4096) // 2)]
    even_zeros, uneven_zeros = sample[0::2].count(0), sample[1::2].count(0)
    if uneven_zeros > len(sample) // 4 and even_zeros * 10 < uneven_zeros:
        return "utf-16-le", 0
    if even_zeros > len(sample) // 4 and uneven_zeros * 10 < even_zeros:
        return "utf-16-be", 0
    return "utf-8", 0


def utf8_head(head: bytes) -> bytes:
    """The first bytes of a file as UTF-8, without byte order mark; a character cut at the end is removed."""
    encoding, mark = detect_encoding(head)
    if encoding == "utf-8":
        return head[mark:]
    return head[mark:].decode(encoding, "ignore").encode()


def is_plain_utf8(head: bytes) -> bool:
    """Whether the file is UTF-8 without byte order mark."""
    return detect_encoding(head) == ("utf-8", 0)


def utf8_chunks(stream: BinaryIO) -> Iterator[bytes]:
    """The stream as UTF-8, in chunks of some megabytes that may end within a line."""
    head = stream.read(HEAD_BYTES)
    encoding, mark = detect_encoding(head)
    pieces = _pieces(head[mark:], stream)
    return pieces if encoding == "utf-8" else _transcoded(pieces, encoding)


def _pieces(first: bytes, stream: BinaryIO) -> Iterator[bytes]:
    if first:
        yield first
    while piece := stream.read(_CHUNK_BYTES):
        yield piece


def _transcoded(pieces: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    # Half a surrogate pair passes both codecs and becomes three bytes that are not UTF-8.
    decoder = codecs.getincrementaldecoder(encoding)("surrogatepass")
    for piece in pieces:
        yield decoder.decode(piece).encode("utf-8", "surrogatepass")
    try:
        rest = decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        yield _NO_UTF8
    else:
        yield rest.encode("utf-8", "surrogatepass")


LINES = pl.Schema(
    {"source_row": pl.Int64(), "raw": pl.String(), "is_damaged": pl.Boolean(), "is_too_long": pl.Boolean()}
)
"""`raw` is the line without its end, with U+FFFD for bytes that are not UTF-8. If a line is too long, `raw` is only its
beginning, and it counts as damaged as well."""

MAX_FRAME_BYTES = 32 * 1024 * 1024
"""A frame holds at most this much text, unless a single line is longer."""

_KEPT_BYTES = 64 * 1024


def line_frames(
    chunks: Iterable[bytes], max_rows: int, max_line_bytes: int = USUAL.entry_bytes
) -> Iterator[pl.DataFrame]:
    """Frames of `LINES` with at most `max_rows` lines each, blank lines included.

    A line of more than `max_line_bytes` is cut, so that a file without line ends cannot fill the memory.
    """
    return gathered(_numbered(chunks, max_line_bytes), max_rows)


def gathered(frames: Iterable[pl.DataFrame], max_rows: int) -> Iterator[pl.DataFrame]:
    """Regroup the rows of frames that hold `raw` into frames of at most `max_rows` rows.

    A frame is larger than `MAX_FRAME_BYTES` only if one of the incoming frames is.
    """
    waiting: list[pl.DataFrame] = []
    rows = size = 0
    for frame in frames:
        waiting.append(frame)
        rows, size = rows + frame.height, size + int(frame["raw"].str.len_bytes().sum())
        if rows >= max_rows or size >= MAX_FRAME_BYTES:
            together = pl.concat(waiting, rechunk=True)
            whole = rows if size >= MAX_FRAME_BYTES else rows - rows % max_rows
            for start in range(0, whole, max_rows):
                yield together[start : min(start + max_rows, whole)]
            waiting, rows = [together[whole:]], rows - whole
            size = int(waiting[0]["raw"].str.len_bytes().sum())
    if rows:
        yield pl.concat(waiting, rechunk=True)


def _numbered(chunks: Iterable[bytes], most: int) -> Iterator[pl.DataFrame]:
    next_line = 1
    for body, is_cut in _whole_lines(_with_lf(chunks), most):
        frame = _lines(body, next_line, most, is_cut=is_cut)
        next_line += frame.height
        yield frame


def _with_lf(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Replace CRLF and lone CR by LF."""
    held = b""
    for chunk in chunks:
        piece = held + chunk
        # The LF of a CRLF may come with the next chunk.
        held = b"\r" if piece.endswith(b"\r") else b""
        piece = piece[: len(piece) - len(held)]
        yield piece.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in piece else piece
    if held:
        yield b"\n"


def _whole_lines(chunks: Iterable[bytes], most: int) -> Iterator[tuple[bytes, bool]]:
    """Chunks that end at the end of a line, and whether a chunk is the beginning of one overlong line."""
    begun: list[bytes] = []
    length = 0
    for chunk in chunks:
        end = chunk.rfind(b"\n") + 1
        if not end:
            begun.append(chunk)
            length += len(chunk)
            if length > most:
                # Cut with each further chunk, so that the line takes no more memory than one chunk.
                begun = [b"".join(begun)[:_KEPT_BYTES]]
            continue
        if length > most:
            yield b"".join(begun) + b"\n", True
            begun, first = [], chunk.index(b"\n") + 1
        else:
            first = 0
        if body := b"".join([*begun, chunk[first:end]]):
            yield body, False
        begun, length = [chunk[end:]], len(chunk) - end
    if any(begun):
        rest = b"".join(begun)
        yield rest[:_KEPT_BYTES] if length > most else rest, length > most


def _lines(body: bytes, first: int, most: int, *, is_cut: bool) -> pl.DataFrame:
    sent = body.removesuffix(b"\n").split(b"\n")
    if is_cut:
        lengths = [most + 1]
    elif len(body) > most:
        lengths = [len(line) for line in sent]
        sent = [line if len(line) <= most else line[:_KEPT_BYTES] for line in sent]
    else:
        lengths = []
    too_long = pl.Series([length > most for length in lengths] or [False] * len(sent), dtype=pl.Boolean)
    try:
        raw = pl.Series(sent, dtype=pl.Binary).cast(pl.String)
        damaged = too_long
    except pl.exceptions.ComputeError:
        # Polars fails on the whole chunk for one invalid byte, so Python decodes the lines one by one.
        raw = pl.Series([line.decode("utf-8", "replace") for line in sent])
        damaged = too_long | pl.Series(
            [text.encode() != line for text, line in zip(raw, sent, strict=True)], dtype=pl.Boolean
        )
    numbers = pl.int_range(first, first + raw.len(), eager=True, dtype=pl.Int64)
    columns = {"source_row": numbers, "raw": raw, "is_damaged": damaged, "is_too_long": too_long}
    return pl.DataFrame(columns, schema=LINES)
