"""Requests on the command line: what is previewed, entered, executed, listed, answered and verified."""

import io
import json
import sqlite3
import stat
import zipfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from rich.console import Console

from cdp_pipeline.cli import cdp
from cdp_pipeline.commands import Asked, act_on_request, list_requests, make_request
from cdp_pipeline.commands.request import Mode
from cdp_pipeline.privacy import KINDS, RequestLog, new_request, read_key
from cdp_pipeline.privacy.kinds import Outcome, Revocation
from cdp_pipeline.settings import Settings

Told = tuple[int, str]

FILES: dict[str, list[dict[str, Any]]] = {
    "customer-identity": [
        {"customerId": "C-100201", "fullName": "Nguyễn Thị Hoa", "phone": "0912345678", "email": "hoa@example.com"},
        {"customerId": "C-100202", "fullName": "Trần Quốc Bình", "phone": "0987654321"},
    ],
    "customer-relationship": [
        {
            "customerId": "C-100201",
            "relationshipId": "R-1",
            "relationship": "husband",
            "fullName": "Trần Quốc Bình",
            "phone": "0987654321",
        },
        {"customerId": "C-100201", "relationshipId": "R-2", "customerPhone": "0912 345 678"},
    ],
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, run_steps: Callable[[Path], Any]) -> Settings:
    """Hoa, who names her husband Bình in a relationship, Bình himself, and a rejected row with Hoa's phone."""
    raw = tmp_path_factory.mktemp("raw")
    for kind, entries in FILES.items():
        folder = raw / kind / "2026-11-16"
        folder.mkdir(parents=True)
        lines = [json.dumps({"systemName": "CRM", "internalCompanyId": "ORG1", **entry}) for entry in entries]
        (folder / "part.ndjson").write_text("\n".join(lines), encoding="utf-8")
    settings: Settings = run_steps(raw).settings
    return settings


@pytest.fixture
def settings(world: Settings, tmp_path: Path) -> Settings:
    """The world, with requests of its own."""
    return world.model_copy(update={"privacy_dir": tmp_path / "privacy", "privacy_key_file": tmp_path / "privacy.key"})


@pytest.fixture
def ask(settings: Settings) -> Callable[..., Told]:
    """Makes a request; returns the exit status and what was printed."""

    def make(mode: Mode, key: str = "0912345678", kind: str = "export", **others: Any) -> Told:
        out = Console(record=True, width=200, file=io.StringIO())
        asked = Asked(kind, key, **others)  # type: ignore[arg-type]
        return make_request(settings, asked, mode, lambda: 0, out, out), out.export_text()

    return make


def listed(settings: Settings) -> str:
    out = Console(record=True, width=200, file=io.StringIO())
    assert list_requests(settings, out, out) == 0
    return out.export_text()


def act(settings: Settings, action: Any, request_id: str, reason: str | None = None) -> Told:
    out = Console(record=True, width=200, file=io.StringIO())
    return act_on_request(settings, action, request_id, reason, out, out), out.export_text()


def files_of(settings: Settings) -> dict[Path, bytes]:
    folders = (settings.privacy_dir.parent, settings.lake_dir.parent)
    return {path: path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file()}


def test_a_preview_names_what_it_concerns_masked_and_changes_nothing(settings: Settings, ask) -> None:
    before = files_of(settings)
    status, printed = ask("preview")
    assert status == 0
    assert "N*** T*** H***" in printed
    assert "1  customer-relationship" in printed
    assert "1  customer-identity/2026-11-16/part.ndjson" in printed
    assert "1  profile_contacts" not in printed
    assert "2  profile_contacts" in printed
    assert "Rejected rows that hold one of their identifiers:\n        1  customer-relationship" in printed
    assert "Nothing is changed." in printed
    for value in ("Hoa", "0912345678", "hoa@example.com", "Bình", "0987654321"):
        assert value not in printed
    assert files_of(settings) == before


def test_an_erasure_names_other_people_who_are_erased_too_before_it_is_executed(
    settings: Settings, ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, printed = ask("preview", kind="erase")
    assert "other people" not in printed
    hoa = printed.split()[1]
    monkeypatch.setattr("cdp_pipeline.commands.request.find_erased_with", lambda *_: {"P0123456789abcdef0123": 3})
    status, printed = ask("preview", kind="erase")
    assert status == 0
    assert (
        "Records of other people that are erased too, as they state the same values:\n"
        "        3  P0123456789abcdef0123\n"
        "Find out whether they are the same person before you go on; with --yes they are erased too:\n"
        f"  cdp explain {hoa} P0123456789abcdef0123  what they have in common\n"
    ) in printed


def test_an_export_is_an_archive_of_its_owner_with_a_proof_that_holds(settings: Settings, ask) -> None:
    status, printed = ask("execute", received_on=date(2026, 11, 16), reason="letter of Hoa, 0912345678")
    assert (status, "Written: " in printed) == (0, True)
    (request,) = RequestLog(settings.privacy_dir).requests()
    assert (request.kind, request.state, request.received_on) == ("export", "done", date(2026, 11, 16))
    assert request.reason == "letter of H***, ##########"
    file = settings.privacy_dir / "exports" / f"{request.request_id}.zip"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with zipfile.ZipFile(file) as zipped:
        text = "".join(zipped.read(name).decode() for name in zipped.namelist())
    assert "Nguyễn Thị Hoa" in text
    assert "+84912345678" in text
    assert "husband" in text
    for value in ("Trần", "Bình", "0987654321", "+84987654321"):
        assert value not in text
    status, verified = act(settings, "verify", request.request_id)
    assert status == 0
    assert "is as it was signed" in verified
    proof = settings.privacy_dir / "proofs" / f"{request.request_id}.json"
    proof.write_text(proof.read_text().replace('"export"', '"erase"'))
    assert act(settings, "verify", request.request_id)[0] == 1


def test_log_and_proof_hold_no_personal_value(settings: Settings, ask) -> None:
    ask("execute", reason="Hoa called")
    (request,) = RequestLog(settings.privacy_dir).requests()
    kept = (settings.privacy_dir / "requests.ndjson").read_text() + (
        settings.privacy_dir / "proofs" / f"{request.request_id}.json"
    ).read_text()
    for value in ("Hoa", "912345678", "hoa@", "C-100201"):
        assert value not in kept


def test_a_request_that_is_entered_waits_and_the_same_call_executes_it(settings: Settings, ask) -> None:
    assert ask("enter", received_on=date(2026, 11, 2))[0] == 0
    (entered,) = RequestLog(settings.privacy_dir).requests()
    assert entered.state == "received"
    assert "1 request, 1 open, 1 overdue." in listed(settings)
    assert "received, OVERDUE" in listed(settings)
    assert ask("execute")[0] == 0
    (done,) = RequestLog(settings.privacy_dir).requests()
    assert (done.request_id, done.state, done.received_on) == (entered.request_id, "done", date(2026, 11, 2))
    assert "1 request, 0 open, 0 overdue." in listed(settings)


def test_the_first_answer_and_a_refusal_are_recorded_for_open_requests_alone(settings: Settings, ask) -> None:
    ask("enter")
    (request,) = RequestLog(settings.privacy_dir).requests()
    assert act(settings, "answer", request.request_id)[0] == 0
    assert f"answered {settings.today}"[:8] in listed(settings)
    status, printed = act(settings, "refuse", request.request_id, "not NGUYEN THI HOA; called from 0912345678")
    assert (status, "is kept as: not N*** T*** H***; called from ##########" in printed) == (0, True)
    (request,) = RequestLog(settings.privacy_dir).requests()
    assert request.state == "refused"
    kept = (settings.privacy_dir / "requests.ndjson").read_text()
    assert [word for word in ("0912345678", "HOA", "NGUYEN") if word in kept] == []
    status, printed = act(settings, "answer", request.request_id)
    assert (status, "is refused; expected an open request" in printed) == (1, True)
    assert act(settings, "answer", "r-unknown") == (
        1,
        "There is no request r-unknown; `cdp requests` lists them.\n",
    )


@pytest.mark.parametrize("key", ["nobody", "Nguyễn Thị Hoa"])
def test_a_key_of_no_person_and_a_name_do_nothing(settings: Settings, ask, key: str) -> None:
    status, printed = ask("execute", key=key)
    assert (status, "nothing was done" in printed) == (1, True)
    assert not settings.privacy_dir.exists()


def test_a_revocation_is_asked_for_by_the_id_of_a_request(
    settings: Settings, ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = Outcome("Revoked.", "done")
    revocable = replace(KINDS["export"], revocation=Revocation(lambda request, context: done, "withdraws it."))
    monkeypatch.setitem(KINDS, "export", revocable)  # type: ignore[arg-type]
    ask("enter")
    (request,) = RequestLog(settings.privacy_dir).requests()
    assert ask("execute", key="r-unknown", kind="revoke")[0] == 1
    assert "The same call with --yes withdraws it." in ask("preview", key=request.request_id, kind="revoke")[1]
    status, printed = ask("execute", key=request.request_id, kind="revoke", reason="Hòa agreed, C-100201")
    assert (status, "Revoked." in printed) == (0, True)
    assert RequestLog(settings.privacy_dir).requests()[1].reason == "H*** agreed, ***"
    assert [r.state for r in RequestLog(settings.privacy_dir).requests()] == ["revoked", "done"]


def test_a_request_goes_on_under_the_id_that_its_person_got_by_a_merge(settings: Settings, ask, tmp_path: Path) -> None:
    (copy := tmp_path / "copy.db").write_bytes(Path(settings.database_url.removeprefix("sqlite:///")).read_bytes())
    with closing(sqlite3.connect(copy)) as database:
        (hoa,) = database.execute("SELECT person_id FROM profiles WHERE display_name LIKE '%Hoa'").fetchone()
        row = ("P-before", hoa, "merged", "same phone", "2026-11-17 00:00:00")
        database.execute("INSERT INTO person_id_history VALUES (?, ?, ?, ?, ?)", row)
        database.commit()
    merged = settings.model_copy(update={"database_url": f"sqlite:///{copy}"})
    read_key(settings.privacy_key_file)
    log = RequestLog(settings.privacy_dir)
    log.append(new_request("export", "P-before", date(2026, 11, 16)).event("received"))
    out = Console(record=True, width=200, file=io.StringIO())
    assert make_request(merged, Asked("export", "0912345678"), "execute", lambda: 0, out, out) == 0
    (request,) = log.requests()
    assert (request.state, request.person_id, request.received_on) == ("done", hoa, date(2026, 11, 16))


def test_a_request_whose_person_is_not_published_any_more_is_not_done(settings: Settings, ask) -> None:
    log = RequestLog(settings.privacy_dir)
    log.append(new_request("export", "P-gone", date(2026, 11, 2)).event("received"))
    status, printed = ask("execute", key="P-gone")
    assert (status, "No person has that person id" in printed) == (1, True)
    assert [request.state for request in log.requests()] == ["received"]


def test_without_its_key_nothing_is_entered(settings: Settings, ask) -> None:
    ask("enter")
    settings.privacy_key_file.unlink()
    status, printed = ask("execute", key="0987654321")
    assert (status, "privacy.key is missing" in printed) == (1, True)
    assert len(RequestLog(settings.privacy_dir).requests()) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["request", "delete", "--key", "x"], "'delete' is not"),
        (["request", "correct", "--key", "x", "--value", "y", "--reason", "z"], "correct needs --attribute"),
        (["request", "correct", "--key", "x", "--attribute", "gender", "--value", "y"], "correct needs --reason"),
        (["request", "export"], "Missing option '--key'"),
        (["request", "export", "--key", "x", "--purpose", "marketing"], "--purpose means nothing to export"),
        (["request", "export", "--key", "x", "--yes", "--enter"], "Choose one of --enter and --yes."),
        (["request", "export", "--key", "x", "--received", "2999-01-01"], "--received lies ahead; today is"),
        (["request", "export", "--key", "x", "--received", "1/2/26"], "'1/2/26' is not a date; expected YYYY-MM-DD"),
        (["requests", "verify"], "verify needs the ID of a request"),
        (["requests", "refuse", "r-1"], "refuse needs --reason"),
    ],
)
def test_wrong_usage_is_explained(arguments: list[str], message: str) -> None:
    result = CliRunner().invoke(cdp, arguments)
    assert result.exit_code == 2
    assert message in result.output


def test_without_requests_the_list_is_empty(settings: Settings) -> None:
    assert listed(settings) == "There are no requests.\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["export", "--key", "0912345678", "--rewrite-raw", "--yes"], "--rewrite-raw means nothing to export"),
        (["erase", "--key", "0912345678", "--rewrite-raw"], "--rewrite-raw needs --yes"),
    ],
)
def test_raw_files_are_rewritten_only_by_the_execution_of_an_erasure(arguments: list[str], words: str) -> None:
    result = CliRunner().invoke(cdp, ["request", *arguments])
    assert result.exit_code == 2
    assert words in result.output


def test_the_preview_names_the_rows_of_delivered_files(ask) -> None:
    _, text = ask("preview", kind="erase")
    assert "2026-11-16/part.ndjson: row 1" in text
