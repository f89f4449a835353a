"""Bytes of a text file in UTF-8 or UTF-16, with or without byte order mark -> UTF-8 bytes, piece by piece.

What cannot be decoded stays visible as bytes that are no UTF-8, so that the line it stands in is refused and no other.
"""

import codecs
from collections.abc import Iterator
from typing import BinaryIO

HEAD_BYTES = 64 * 1024
_CHUNK_BYTES = 8 * 1024 * 1024
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# No byte of UTF-8 text, so the line that holds it is refused.
_NO_UTF8 = b"\xff"


def detect_encoding(head: bytes) -> tuple[str, int]:
    """The encoding of a text by its first bytes, and the length of its byte order marks.

    Without a mark, UTF-16 is recognised by the zeros that Latin letters and punctuation have in every other byte.
    """
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            # A file may be marked again by a second program.
            length = len(mark)
            while head.startswith(mark, length):
                length += len(mark)
            return encoding, length
    sample = head[: 2 * (min(len(head), 4096) // 2)]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if odd > len(sample) // 4 and even * 10 < odd:
        return "utf-16-le", 0
    if even > len(sample) // 4 and odd * 10 < even:
        return "utf-16-be", 0
    return "utf-8", 0


def utf8_head(head: bytes) -> bytes:
    """The first bytes of a file in UTF-8, without a mark; a character cut at the end is left out."""
    encoding, mark = detect_encoding(head)
    if encoding == "utf-8":
        return head[mark:]
    return head[mark:].decode(encoding, "ignore").encode()


def is_plain_utf8(head: bytes) -> bool:
    """Whether a file can be read as UTF-8 from its first byte."""
    return detect_encoding(head) == ("utf-8", 0)


def utf8_chunks(stream: BinaryIO) -> Iterator[bytes]:
    """The stream in UTF-8, in pieces of some megabytes that end anywhere."""
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
    # A half surrogate pair passes both ways and ends as three bytes that are no UTF-8.
    decoder = codecs.getincrementaldecoder(encoding)("surrogatepass")
    for piece in pieces:
        yield decoder.decode(piece).encode("utf-8", "surrogatepass")
    try:
        rest = decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        yield _NO_UTF8
    else:
        yield rest.encode("utf-8", "surrogatepass")
