from collections.abc import Iterator

import polars as pl
import pytest
from hypothesis import given, strategies as st

from cdp_pipeline.ingest import lines
from cdp_pipeline.ingest.lines import line_frames


def pieces(content: bytes, size: int) -> Iterator[bytes]:
    return (content[start : start + size] for start in range(0, len(content), size))


def read(content: bytes, size: int = 1000, most: int = 1000) -> list[tuple[int, str, bool]]:
    """The lines: number, text and whether damaged."""
    frames = line_frames(pieces(content, size), 1000, most)
    return [row for frame in frames for row in frame.select("source_row", "raw", "is_damaged").rows()]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_lines_are_numbered_however_they_end(end: bytes) -> None:
    content = end.join([b"An", b"", b"B\xc3\xacnh", b""])
    assert read(content) == [(1, "An", False), (2, "", False), (3, "Bình", False)]


def test_a_line_that_is_no_utf8_is_marked_and_the_others_are_not() -> None:
    assert read(b"An\nNguy\xe1n\nHa") == [(1, "An", False), (2, "Nguy\ufffdn", True), (3, "Ha", False)]


def test_the_sign_for_a_broken_character_may_be_sent() -> None:
    assert read("a\n\ufffd\n".encode() + b"\xff") == [(1, "a", False), (2, "\ufffd", False), (3, "\ufffd", True)]


@given(st.lists(st.sampled_from(["An", "", "Bình", " "]), max_size=9), st.sampled_from(["\n", "\r\n", "\r"]), st.data())
def test_neither_the_size_of_pieces_nor_of_frames_changes_lines(
    texts: list[str], end: str, data: st.DataObject
) -> None:
    content = end.join(texts).encode()
    size, max_rows = data.draw(st.integers(1, 9)), data.draw(st.integers(1, 4))
    frames = list(line_frames(pieces(content, size), max_rows))
    found = [row for frame in frames for row in frame.rows()]
    assert found == [(number, line.decode(), False, False) for number, line in enumerate(content.splitlines(), start=1)]
    assert all(frame.height <= max_rows for frame in frames)


@pytest.mark.parametrize("size", [1, 7, 50, 101, 2000])
@pytest.mark.parametrize("end", [b"\nAn", b"\n\nAn\n", b""])
def test_a_line_too_long_is_cut_and_said_so_however_its_bytes_come(
    monkeypatch: pytest.MonkeyPatch, size: int, end: bytes
) -> None:
    monkeypatch.setattr(lines, "_KEPT_BYTES", 10)
    content = b"x" * 100 + b"\n" + b"y" * 101 + end
    frame = pl.concat(line_frames(pieces(content, size), 1000, max_line_bytes=100))
    assert frame["is_too_long"].to_list()[:2] == [False, True]
    assert not frame["is_too_long"][2:].any()
    assert frame["raw"].to_list()[0] == "x" * 100
    assert frame["raw"].to_list()[1].startswith("y" * 10)
    assert len(frame["raw"][1]) <= 100
    assert [line for line in frame["raw"].to_list()[2:] if line] == (["An"] if end else [])
    assert frame["source_row"].to_list() == list(range(1, frame.height + 1))


def test_a_frame_holds_no_more_text_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "MAX_FRAME_BYTES", 30)
    frames = list(line_frames(pieces(b"0123456789\n" * 12, 22), 1000))
    assert [frame.height for frame in frames] == [4, 4, 4]
