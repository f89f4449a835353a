"""The log of requests: what events add up to, what a kill leaves, and who may read it."""

import json
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import pytest

from cdp_pipeline.privacy import PrivacyError, RequestLog
from cdp_pipeline.privacy.requests import REQUESTS_FILE, Event, new_request_id

RECEIVED = Event("r-1", "received", "erase", "p-an", date(2026, 11, 2), reason="asked by phone", by="lan")


@pytest.fixture
def log(tmp_path: Path) -> RequestLog:
    return RequestLog(tmp_path / "privacy")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "privacy" / REQUESTS_FILE


def test_without_a_file_there_is_no_request(log: RequestLog) -> None:
    assert log.requests() == []


def test_events_add_up_to_a_request_with_its_state_and_dates(log: RequestLog) -> None:
    log.append(RECEIVED)
    (request,) = log.requests()
    log.append(request.event("answered"))
    log.append(request.event("confirmed"))
    (request,) = log.requests()
    assert (request.state, request.is_open, request.by, request.reason) == ("confirmed", True, "lan", "asked by phone")
    assert request.answered_at is not None
    log.append(request.event("done"))
    (request,) = log.requests()
    assert (request.state, request.is_open) == ("done", False)
    assert request.closed_at is not None
    assert request.closed_at >= request.received_at


def test_the_first_answer_counts_and_leaves_the_state(log: RequestLog) -> None:
    log.append(RECEIVED)
    (request,) = log.requests()
    for day in (3, 4):
        at = datetime(2026, 11, day, tzinfo=UTC)
        log.append(Event("r-1", "answered", "erase", "p-an", date(2026, 11, 2), at=at))
    (request,) = log.requests()
    assert (request.state, request.answered_at) == ("received", datetime(2026, 11, 3, tzinfo=UTC))


def test_purposes_and_the_request_that_is_revoked_are_kept(log: RequestLog) -> None:
    log.append(Event("r-2", "received", "object", "p-an", date(2026, 11, 2), purposes=("marketing", "profiling")))
    log.append(Event("r-3", "received", "revoke", "p-an", date(2026, 11, 9), revokes="r-2"))
    first, second = log.requests()
    assert first.purposes == ("marketing", "profiling")
    assert second.revokes == "r-2"


@pytest.mark.parametrize("kept", [1, 40, -1])
def test_a_last_line_torn_by_a_kill_never_happened_and_the_next_append_cuts_it_off(
    log: RequestLog, file: Path, kept: int
) -> None:
    log.append(RECEIVED)
    whole = file.read_bytes()
    file.write_bytes(whole + whole[:kept])
    assert [request.state for request in log.requests()] == ["received"]
    (request,) = log.requests()
    log.append(request.event("done"))
    assert [request.state for request in log.requests()] == ["done"]
    assert [json.loads(line)["event"] for line in file.read_text().splitlines()] == ["received", "done"]


def test_a_file_of_a_torn_first_line_holds_no_request(log: RequestLog, file: Path) -> None:
    log.append(RECEIVED)
    file.write_bytes(file.read_bytes()[:-1])
    assert log.requests() == []


@pytest.mark.parametrize(
    ("line", "symptom"),
    [
        ('{"request_id":"r-1","eve', "line 1 is no JSON object"),
        ('{"request_id":"r-1"}', "line 1 lacks a field of an event"),
        (
            '{"request_id":"r-1","event":"lost","kind":"erase","person_id":"p","received_on":"2026-11-02",'
            '"at":"2026-11-02T00:00:00+00:00","by":"lan"}',
            "line 1 has 'lost'; expected one of received",
        ),
        (
            '{"request_id":"r-1","event":"done","kind":"erase","person_id":"p","received_on":"2026-11-02",'
            '"at":"2026-11-02T00:00:00+00:00","by":"lan"}',
            "line 1 has done of a request that was never received",
        ),
        (
            '{"request_id":1,"event":"received","kind":"erase","person_id":"p","received_on":"2026-11-02",'
            '"at":"2026-11-02T00:00:00+00:00","by":"lan"}',
            "line 1 has a value of a form that no event has",
        ),
        (
            '{"request_id":"r-1","event":"received","kind":"object","person_id":"p","received_on":"2026-11-02",'
            '"purposes":"marketing","at":"2026-11-02T00:00:00+00:00","by":"lan"}',
            "line 1 has a value of a form that no event has",
        ),
        (
            '{"request_id":"r-1","event":"received","kind":"erase","person_id":"p","received_on":"2026-11-02",'
            '"at":"2026-11-02T00:00:00","by":"lan"}',
            "line 1 has a value of a form that no event has",
        ),
    ],
)
def test_a_damaged_line_before_the_last_is_an_error_and_never_ignored(
    log: RequestLog, file: Path, line: str, symptom: str
) -> None:
    log.append(RECEIVED)
    file.write_text(line + "\n" + file.read_text())
    with pytest.raises(PrivacyError, match=symptom):
        log.requests()


def test_a_log_that_did_not_change_is_parsed_once(log: RequestLog, monkeypatch: pytest.MonkeyPatch) -> None:
    log.append(RECEIVED)
    before = log.requests()
    with monkeypatch.context() as patch:
        patch.setattr("cdp_pipeline.privacy.requests.read_lines", lambda _: pytest.fail("it is parsed again"))
        assert log.requests() == before
    log.append(before[0].event("confirmed"))
    assert [request.state for request in log.requests()] == ["confirmed"]


def test_a_folder_that_others_may_read_is_refused_with_the_command_that_corrects_it(
    log: RequestLog, file: Path
) -> None:
    log.append(RECEIVED)
    file.parent.chmod(0o755)
    with pytest.raises(PrivacyError, match=f"mode 0755.*chmod 700 {file.parent}"):
        log.requests()


def test_only_the_owner_may_read_the_log(log: RequestLog, file: Path) -> None:
    log.append(RECEIVED)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_log_that_others_may_read_is_refused_with_the_command_that_corrects_it(log: RequestLog, file: Path) -> None:
    log.append(RECEIVED)
    file.chmod(0o644)
    with pytest.raises(PrivacyError, match=f"mode 0644.*chmod 600 {file}"):
        log.requests()
    file.chmod(0o600)
    file.parent.chmod(0o750)
    with pytest.raises(PrivacyError, match=f"mode 0750.*chmod 700 {file.parent}"):
        log.append(RECEIVED)


def _append_many(folder: Path, name: str) -> None:
    for number in range(50):
        RequestLog(folder).append(Event(f"{name}-{number}", "received", "export", "p-an", date(2026, 11, 2)))


def test_writers_at_the_same_time_lose_no_event(log: RequestLog, file: Path) -> None:
    # Each opens the file by itself, as processes do.
    with ThreadPoolExecutor(2) as writers:
        list(writers.map(partial(_append_many, file.parent), ("r-a", "r-b")))
    assert len(log.requests()) == 100


def test_ids_are_short_and_differ() -> None:
    ids = {new_request_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert {len(request_id) for request_id in ids} == {12}
