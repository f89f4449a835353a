import io

import pytest

from cdp_pipeline.ingest.lines import detect_encoding, utf8_chunks, utf8_head

TEXT = '{"fullName":"Nguyễn 😀"}\n'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_text_becomes_utf8_without_a_mark(encoding: str) -> None:
    assert b"".join(utf8_chunks(io.BytesIO(TEXT.encode(encoding)))) == TEXT.encode()


def test_utf8_of_other_scripts_is_not_taken_for_utf16() -> None:
    assert detect_encoding("Đỗ Thị Ước, 東京\n".encode() * 50) == ("utf-8", 0)


def test_half_a_surrogate_pair_spoils_its_own_line_only() -> None:
    broken = "An\n\ud800\nHà\n".encode("utf-16-le", "surrogatepass")
    before, bad, after, _ = b"".join(utf8_chunks(io.BytesIO(b"\xff\xfe" + broken))).split(b"\n")
    assert (before, after.decode()) == (b"An", "Hà")
    with pytest.raises(UnicodeDecodeError):
        bad.decode()


def test_a_file_cut_within_a_character_shows_it() -> None:
    assert b"".join(utf8_chunks(io.BytesIO("An".encode("utf-16") + b"\x00"))) == b"An\xff"


def test_the_head_leaves_out_a_character_cut_at_its_end() -> None:
    assert utf8_head("Hà".encode("utf-16")[:-1]) == b"H"
