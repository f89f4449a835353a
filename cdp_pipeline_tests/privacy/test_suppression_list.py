"""The list of suppressed hashes is used whole and under its own key, or the run stops."""

from datetime import date
from pathlib import Path

import pytest

from cdp_pipeline.privacy.keys import read_key
from cdp_pipeline.privacy.private_files import PrivacyError
from cdp_pipeline.privacy.requests import RequestLog, new_request
from cdp_pipeline.privacy.suppression import hash_texts
from cdp_pipeline.privacy.suppression_list import SuppressedHash, SuppressionList, read_suppressions


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one erasure that is done, of two hashes."""
    folder = tmp_path / "privacy"
    log = RequestLog(folder)
    request = new_request("erase", "P1", date(2026, 11, 15))
    key = read_key(tmp_path / "privacy.key")
    hashes = [SuppressedHash(hash_texts(key, "phone", s, "+84912345601"), "phone", is_shared=False) for s in ("-", "*")]
    SuppressionList(folder).add(request.request_id, "P1", hashes, date(2026, 11, 15), key)
    for event in ("received", "confirmed", "applied", "done"):
        log.append(request.event(event))
    return folder


def test_the_whole_list_under_its_key_is_in_force(folder: Path) -> None:
    assert read_suppressions(folder, folder.parent / "privacy.key", "company").hashes.height == 2


def test_another_key_is_refused_as_it_would_recognise_no_person(folder: Path) -> None:
    other = folder.parent / "other.key"
    read_key(other)
    with pytest.raises(PrivacyError, match="made with another key"):
        read_suppressions(folder, other, "company")


@pytest.mark.parametrize("lines_kept", [0, 1, 2])
def test_a_list_that_lost_lines_is_refused(folder: Path, lines_kept: int) -> None:
    file = folder / "suppressions.ndjson"
    file.write_bytes(b"".join(file.read_bytes().splitlines(keepends=True)[:lines_kept]))
    with pytest.raises(PrivacyError, match="lacks hashes of"):
        read_suppressions(folder, folder.parent / "privacy.key", "company")


def test_a_list_that_is_gone_is_refused_as_long_as_the_log_names_an_erasure(folder: Path) -> None:
    (folder / "suppressions.ndjson").unlink()
    with pytest.raises(PrivacyError, match="put the file back from a backup"):
        read_suppressions(folder, folder.parent / "privacy.key", "company")


@pytest.mark.parametrize(
    ("line", "symptom"),
    [
        ('{"request_id":"r-1","pers', "is no JSON object"),
        ('{"purpose":"erase","person_id":"P1","hash":"00","kind":"phone","is_shared":false}', "is no hash"),
        (
            '{"purpose":"erase","request_id":"r-1","person_id":"P1","hash":"00","kind":"phone"}',
            "is no hash",
        ),
        (
            '{"purpose":"erase","request_id":"r-1","person_id":"P1","check":"00","count":"2"}',
            "is no hash",
        ),
        ('{"purpose":"erase","request_id":"r-1","person_id":"P1"}', "is no hash"),
    ],
)
def test_a_damaged_line_is_refused_with_its_number_and_what_to_do(folder: Path, line: str, symptom: str) -> None:
    file = folder / "suppressions.ndjson"
    file.write_bytes(file.read_bytes() + line.encode() + b"\n")
    with pytest.raises(PrivacyError, match=rf"{file}: line 4 {symptom}.* restore the file from a backup"):
        read_suppressions(folder, folder.parent / "privacy.key", "company")
