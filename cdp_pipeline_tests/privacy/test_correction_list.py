"""The file of corrections: what is in force, what is left of what ended, and which damage is refused."""

import json
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from cdp_pipeline.privacy import PrivacyError, new_request
from cdp_pipeline.privacy.correction_list import Correction, CorrectionList
from cdp_pipeline.privacy.requests import RequestLog

AT = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
BORN = Correction("r-1", "birth_date", "1990-01-02", AT, ("k-hoa", "k-hoa-2"))
NAMED = Correction("r-2", "display_name", "Nguyễn Thị Lan", AT, ("k-lan", "k-hoa-2"))


@pytest.fixture
def listed(tmp_path: Path) -> CorrectionList:
    made = CorrectionList(tmp_path / "privacy")
    made.add(BORN)
    made.add(NAMED)
    return made


def text(tmp_path: Path) -> str:
    return (tmp_path / "privacy" / "corrections.ndjson").read_text(encoding="utf-8")


def test_corrections_are_read_as_they_were_added_and_are_their_owners_alone(listed, tmp_path: Path) -> None:
    assert CorrectionList(tmp_path / "privacy").corrections() == [BORN, NAMED]
    assert stat.S_IMODE((tmp_path / "privacy" / "corrections.ndjson").stat().st_mode) == 0o600
    assert listed.frame().rows() == [
        ("r-1", "birth_date", "1990-01-02", AT, ["k-hoa", "k-hoa-2"]),
        ("r-2", "display_name", "Nguyễn Thị Lan", AT, ["k-lan", "k-hoa-2"]),
    ]


def test_without_a_file_nothing_is_corrected(tmp_path: Path) -> None:
    assert CorrectionList(tmp_path / "privacy").frame().is_empty()
    assert not (tmp_path / "privacy").exists()


def test_the_newest_line_of_a_request_holds(listed) -> None:
    again = Correction("r-1", "birth_date", "1990-02-01", AT, ("k-hoa",))
    listed.add(again)
    assert listed.corrections() == [again, NAMED]


def test_of_an_ended_correction_no_value_and_no_record_is_left(listed, tmp_path: Path) -> None:
    listed.end(["r-1", "r-unknown"])
    assert listed.corrections() == [NAMED]
    assert [word for word in ("1990", 'k-hoa"') if word in text(tmp_path)] == []
    assert json.loads(text(tmp_path).splitlines()[-1]) == {"request_id": "r-1", "ended": True}


def test_a_correction_goes_with_its_first_record_and_loses_the_keys_of_others(listed, tmp_path: Path) -> None:
    listed.remove_records({"k-hoa", "k-hoa-2"})
    assert listed.corrections() == [Correction("r-2", "display_name", "Nguyễn Thị Lan", AT, ("k-lan",))]
    assert "k-hoa" not in text(tmp_path)


def test_a_line_that_is_appended_while_the_file_is_rewritten_is_not_lost(listed) -> None:
    more = [Correction(f"r-{n}", "gender", "female", AT, (f"k-{n}",)) for n in range(10, 60)]
    with ThreadPoolExecutor() as threads:
        [*threads.map(lambda one: (listed.add(one), listed.end([f"r-{int(one.request_id[2:]) - 10}"])), more)]
    known = {correction.request_id for correction in listed.corrections()}
    assert {one.request_id for one in more[-10:]} <= known
    assert "r-1" not in known


def test_a_torn_last_line_counts_for_nothing(listed, tmp_path: Path) -> None:
    with (tmp_path / "privacy" / "corrections.ndjson").open("a") as file:
        file.write('{"request_id":"r-3","column_na')
    assert listed.corrections() == [BORN, NAMED]
    listed.end(["r-2"])
    assert listed.corrections() == [BORN]


@pytest.mark.parametrize(
    "line",
    [
        '{"request_id":"r-3"}',
        '{"request_id":"r-3","column_name":"gender","value":"male","corrected_at":"today","record_keys":["k"]}',
        '{"request_id":"r-3","column_name":"shoe","value":"37","corrected_at":"2026-11-20","record_keys":["k"]}',
        '{"request_id":"r-3","column_name":"gender","value":"male","corrected_at":"2026-11-20","record_keys":[]}',
        "[]",
    ],
)
def test_a_line_that_is_no_correction_is_refused_with_its_number(listed, tmp_path: Path, line: str) -> None:
    with (tmp_path / "privacy" / "corrections.ndjson").open("a") as file:
        file.write(line + "\n")
    with pytest.raises(PrivacyError, match="line 3 .* Restore the file from a backup"):
        listed.corrections()


def test_a_file_that_lost_a_correction_is_refused_unless_that_has_ended(listed, tmp_path: Path) -> None:
    log = RequestLog(tmp_path / "privacy")
    requests = [new_request("correct", "p-hoa", date(2026, 11, 20), attribute="birth_date") for _ in range(3)]
    for request in requests:
        log.append(request.event("received"))
    kept, ended, lost = (request.request_id for request in requests)
    for request_id in (kept, ended):
        listed.add(Correction(request_id, "birth_date", "1990-01-02", AT, ("k-hoa",)))
    listed.end([ended])
    for request in requests[:2]:
        log.append(request.event("done"))
    listed.check(log.requests())
    log.append(requests[2].event("done"))
    with pytest.raises(PrivacyError, match=f"lacks {lost}, which corrected values of persons"):
        listed.check(log.requests())
    log.append(requests[2].event("revoked"))
    listed.check(log.requests())
