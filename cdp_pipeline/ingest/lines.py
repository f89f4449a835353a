"""UTF-8 bytes -> frames of physical lines, numbered from 1 as an editor numbers them.

A line ends with LF, CRLF or a lone CR. Nothing is parsed here; what a line holds is its format's business.
"""

from collections.abc import Iterable, Iterator

import polars as pl

LINES = pl.Schema({"source_row": pl.Int64(), "raw": pl.String(), "is_damaged": pl.Boolean()})
"""`raw` is the line without its end; in a damaged one U+FFFD stands for what is no UTF-8."""

MAX_FRAME_BYTES = 32 * 1024 * 1024
"""A frame holds no more text than this, unless a single line is longer."""

MAX_LINE_BYTES = 256 * 1024 * 1024
"""A longer line is cut and marked damaged, so that a file without line ends cannot fill the memory."""

_KEPT_BYTES = 64 * 1024


def line_frames(chunks: Iterable[bytes], max_rows: int) -> Iterator[pl.DataFrame]:
    """Frames of `LINES` with at most `max_rows` lines each, blank lines included."""
    return gathered(_numbered(chunks), max_rows)


def gathered(frames: Iterable[pl.DataFrame], max_rows: int) -> Iterator[pl.DataFrame]:
    """The rows of frames that hold `raw`, in frames that are neither longer than asked for nor too large.

    Only a frame that comes in too large goes out so.
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


def _numbered(chunks: Iterable[bytes]) -> Iterator[pl.DataFrame]:
    next_line = 1
    for body in _whole_lines(_with_lf(chunks)):
        frame = _lines(body, next_line)
        next_line += frame.height
        yield frame


def _with_lf(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The bytes with LF in place of CRLF and lone CR."""
    held = b""
    for chunk in chunks:
        piece = held + chunk
        # The LF of a CRLF may come with the next piece.
        held = b"\r" if piece.endswith(b"\r") else b""
        piece = piece[: len(piece) - len(held)]
        yield piece.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in piece else piece
    if held:
        yield b"\n"


def _whole_lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The bytes in pieces that end where a line ends; an overlong line is cut to its beginning and spoilt."""
    begun: list[bytes] = []
    length = 0
    for chunk in chunks:
        end = chunk.rfind(b"\n") + 1
        if not end:
            begun.append(chunk)
            length += len(chunk)
            if length > MAX_LINE_BYTES:
                begun = [b"".join(begun)[:_KEPT_BYTES] + b"\xff"]
                # From here on the line's bytes are counted no more: they are cut with each further piece.
                length = MAX_LINE_BYTES
            continue
        yield b"".join([*begun, chunk[:end]])
        begun, length = [chunk[end:]], len(chunk) - end
    if any(begun):
        yield b"".join(begun)


def _lines(body: bytes, first: int) -> pl.DataFrame:
    sent = body.removesuffix(b"\n").split(b"\n")
    try:
        raw = pl.Series(sent, dtype=pl.Binary).cast(pl.String)
        damaged = pl.repeat(value=False, n=raw.len(), eager=True)
    except pl.exceptions.ComputeError:
        # Polars refuses the whole piece for one byte that is no UTF-8, so Python tells its lines apart.
        raw = pl.Series([line.decode("utf-8", "replace") for line in sent])
        damaged = pl.Series([text.encode() != line for text, line in zip(raw, sent, strict=True)], dtype=pl.Boolean)
    numbers = pl.int_range(first, first + raw.len(), eager=True, dtype=pl.Int64)
    return pl.DataFrame({"source_row": numbers, "raw": raw, "is_damaged": damaged}, schema=LINES)
