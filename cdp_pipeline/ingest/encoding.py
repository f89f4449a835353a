"""Bytes of a text file in UTF-8 or UTF-16, with or without byte order mark -> UTF-8 bytes, in chunks.

Text that cannot be decoded becomes bytes that are not UTF-8, so that only its own line is rejected.
"""

import codecs
from collections.abc import Iterator
from typing import BinaryIO

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
