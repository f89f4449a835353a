from pathlib import Path

import duckdb
import polars as pl
import pyarrow.parquet as pq
import pytest

from cdp_pipeline.store.files import (
    BrokenFileError,
    check_ends,
    check_whole,
    make_durable,
    report_of,
    report_text,
    seal,
)

ROWS = pl.DataFrame({"name": ["An", "Bình", None] * 50, "rows": range(150)})


@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    path = tmp_path / "leads.parquet"
    ROWS.write_parquet(path)
    seal(path)
    return path


def test_every_reader_reads_a_sealed_file_as_it_was(sealed: Path) -> None:
    assert pl.read_parquet(sealed).equals(ROWS)
    assert pl.from_arrow(pq.read_table(sealed)).equals(ROWS)
    assert duckdb.sql(f"SELECT * FROM '{sealed}'").pl().equals(ROWS)
    check_whole(sealed)


def test_a_change_of_any_byte_of_a_file_is_seen(sealed: Path) -> None:
    written = sealed.read_bytes()
    unseen = []
    for place in range(len(written)):
        sealed.write_bytes(written[:place] + bytes([written[place] ^ 1]) + written[place + 1 :])
        try:
            check_whole(sealed)
            unseen.append(place)
        except BrokenFileError:
            pass
    # Only the mark of the checksum itself says nothing of the rows.
    assert bytes(written[place] for place in unseen) in (b"", b"cdpcrc32")


@pytest.mark.parametrize("length", [0, 5, 11, 100])
def test_a_file_that_is_cut_off_is_seen_by_its_ends(sealed: Path, length: int) -> None:
    sealed.write_bytes(sealed.read_bytes()[:length])
    with pytest.raises(BrokenFileError, match="cut off"):
        check_ends(sealed)


def test_a_file_that_is_missing_or_a_folder_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(BrokenFileError, match="no such file"):
        check_ends(tmp_path / "leads.parquet")
    with pytest.raises(BrokenFileError, match="is a directory"):
        check_whole(tmp_path)


def test_a_file_of_a_former_version_has_no_checksum_and_is_judged_by_its_footer(tmp_path: Path) -> None:
    ROWS.write_parquet(tmp_path / "leads.parquet")
    check_whole(tmp_path / "leads.parquet")


@pytest.mark.parametrize("report", [{}, {"read": 3, "who": "Nguyễn", "rules": {"required:leadId": 1}}])
def test_a_change_of_any_character_of_a_report_is_seen(report: dict[str, object]) -> None:
    text = report_text(report)
    assert report_of(text) == report
    for place in range(len(text)):
        changed = text[:place] + chr(ord(text[place]) ^ 1) + text[place + 1 :]
        with pytest.raises(BrokenFileError):
            report_of(changed)


def test_a_report_of_a_former_version_is_read_and_one_cut_off_is_not() -> None:
    assert report_of('{\n "read": 3\n}') == {"read": 3}
    with pytest.raises(BrokenFileError, match="cut off"):
        report_of('{\n "read": ')


def test_what_is_gone_meanwhile_needs_not_be_made_durable(tmp_path: Path) -> None:
    (tmp_path / "leads.parquet").write_bytes(b"")
    make_durable([tmp_path / "leads.parquet", tmp_path / "gone.parquet", tmp_path / "gone" / "too.parquet"])
