from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdp_pipeline.ingest import lines
from cdp_pipeline.ingest.lines import line_frames


def pieces(content: bytes, size: int) -> Iterator[bytes]:
    return (content[start : start + size] for start in range(0, len(content), size))


def read(content: bytes, size: int = 1000, max_rows: int = 1000) -> list[tuple[int, str, bool]]:
    return [row for frame in line_frames(pieces(content, size), max_rows) for row in frame.rows()]


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
    assert found == [(number, line.decode(), False) for number, line in enumerate(content.splitlines(), start=1)]
    assert all(frame.height <= max_rows for frame in frames)


def test_a_file_without_line_ends_cannot_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "MAX_LINE_BYTES", 100)
    monkeypatch.setattr(lines, "_KEPT_BYTES", 10)
    (first, second) = read(b"x" * 1000 + b"\nAn", size=50)
    assert first[0] == 1
    assert first[2]
    assert len(first[1]) < 200
    assert second == (2, "An", False)


def test_a_frame_holds_no_more_text_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "MAX_FRAME_BYTES", 30)
    frames = list(line_frames(pieces(b"0123456789\n" * 12, 22), 1000))
    assert [frame.height for frame in frames] == [4, 4, 4]
