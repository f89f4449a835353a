"""A person objects on the command line, becomes one with another record's person, and takes it back."""

import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from cdp_pipeline.commands import Asked, make_request, show_person
from cdp_pipeline.privacy import PrivacyError, RequestLog, read_key, verify_proof

HOA = {"customerId": "C1", "systemName": "CRM", "fullName": "Nguyễn Thị Hoa", "phone": "0912345678"}
HOA_ELSEWHERE = {"customerId": "C2", "systemName": "POS", "fullName": "Nguyễn Thị Hoa", "phone": "0987654321"}
DOCUMENT = {"identityNo": "079190012345"}


def deliver(raw: Path, day: str, *entries: dict[str, Any]) -> None:
    file = raw / "customer-identity" / day / "part.ndjson"
    file.parent.mkdir(parents=True)
    file.write_text("\n".join(json.dumps(entry) for entry in entries), encoding="utf-8")


@pytest.fixture
def world(tmp_path: Path, run_steps: Callable[[Path], Any]) -> Any:
    """Hoa as customer of two systems that have nothing but her name in common."""
    deliver(tmp_path / "raw", "2026-11-16", HOA | DOCUMENT, HOA_ELSEWHERE)
    return run_steps(tmp_path / "raw")


@pytest.fixture
def ask(world: Any) -> Callable[..., tuple[int, str]]:
    def make(kind: Any, key: str, status: int | None = None, **others: Any) -> tuple[int, str]:
        def run() -> int:
            if status is None:
                world.run()
            return status or 0

        out = Console(record=True, width=200, file=io.StringIO())
        return make_request(world.settings, Asked(kind, key, **others), "execute", run, out, out), out.export_text()

    return make


def restricted(world: Any) -> set[tuple[str, str]]:
    return {(row["person_id"], row["purpose"]) for row in world.rows("profile_restrictions")}


def person_of(world: Any, customer: str) -> str:
    return next(row["person_id"] for row in world.rows("profile_records") if row["source_id"] == customer)


@pytest.mark.parametrize("key", ["0912345678", "0987654321"])
def test_an_objection_survives_that_two_persons_become_one_and_ends_by_revocation(world, ask, key: str) -> None:
    assert person_of(world, "C1") != person_of(world, "C2")
    status, printed = ask("object", key, purposes=("marketing", "profiling"))
    assert (status, "holds for marketing, profiling" in printed) == (0, True)
    customer = "C1" if key == HOA["phone"] else "C2"
    assert restricted(world) == {(person_of(world, customer), "marketing"), (person_of(world, customer), "profiling")}

    deliver(world.settings.raw_dir, "2026-11-17", HOA_ELSEWHERE | DOCUMENT)
    world.run()
    one = person_of(world, "C1")
    assert one == person_of(world, "C2")
    assert restricted(world) == {(one, "marketing"), (one, "profiling")}
    out = Console(record=True, width=200, file=io.StringIO())
    assert show_person(world.settings, key, False, out, out) == 0
    assert "marketing: objected to since" in out.export_text()

    (objection,) = RequestLog(world.settings.privacy_dir).requests()
    status, printed = ask("revoke", objection.request_id, reason="agreed again in the shop")
    assert (status, "no longer holds" in printed) == (0, True)
    assert restricted(world) == set()
    states = {request.kind: request.state for request in RequestLog(world.settings.privacy_dir).requests()}
    assert states == {"object": "revoked", "revoke": "done"}


def test_a_proof_counts_what_is_published_and_verifies(world, ask) -> None:
    assert ask("restrict", "0912345678", purposes=("analytics",))[0] == 0
    (request,) = RequestLog(world.settings.privacy_dir).requests()
    key = read_key(world.settings.privacy_key_file)
    assert request.state == "done"
    proof = verify_proof(world.settings.privacy_dir, key, request)
    assert proof.tables == {"profile_restrictions": (0, 1)}


def test_a_run_that_fails_leaves_the_request_open_and_the_next_run_publishes_it(world, ask) -> None:
    status, printed = ask("restrict", "0912345678", status=1, purposes=("analytics",))
    assert (status, "did not publish" in printed, restricted(world)) == (1, True, set())
    (request,) = RequestLog(world.settings.privacy_dir).requests()
    assert request.is_open
    world.run()
    assert restricted(world) == {(person_of(world, "C1"), "analytics")}
    assert ask("restrict", "0912345678", purposes=("analytics",))[0] == 0
    (request,) = RequestLog(world.settings.privacy_dir).requests()
    assert request.state == "done"


def rebuild_from_nothing(world: Any) -> None:
    shutil.rmtree(world.settings.lake_dir)
    shutil.rmtree(Path(world.settings.database_url.removeprefix("sqlite:///")).parent)
    world.run()


def test_an_objection_survives_that_all_person_ids_are_made_again(world, ask) -> None:
    before = person_of(world, "C1")
    assert ask("object", "0912345678", purposes=("marketing",))[0] == 0
    deliver(world.settings.raw_dir, "2026-11-17", HOA_ELSEWHERE | DOCUMENT)
    rebuild_from_nothing(world)
    assert person_of(world, "C1") != before
    assert restricted(world) == {(person_of(world, "C1"), "marketing")}


def test_records_that_join_the_person_later_lead_to_them_too(world, ask) -> None:
    assert ask("object", "0987654321", purposes=("marketing",))[0] == 0
    deliver(world.settings.raw_dir, "2026-11-17", HOA_ELSEWHERE | DOCUMENT)
    world.run()
    deliver(world.settings.raw_dir, "2026-11-18", HOA_ELSEWHERE | {"recordStatus": "Deleted"})
    shutil.rmtree(world.settings.raw_dir / "customer-identity" / "2026-11-17")
    rebuild_from_nothing(world)
    assert restricted(world) == {(person_of(world, "C1"), "marketing")}


def test_what_is_kept_to_find_the_person_holds_hashes_alone_and_grows_by_what_is_new(world, ask) -> None:
    assert ask("object", "0912345678", purposes=("marketing",))[0] == 0
    file = world.settings.privacy_dir / "restricted_records.ndjson"
    before = file.read_text()
    world.run()
    assert file.read_text() == before
    (line,) = map(json.loads, before.splitlines())
    assert line.keys() == {"request_id", "hashes"}
    keys = {row["record_key"] for row in world.rows("profile_records")}
    assert [len(one) for one in line["hashes"]] == [64]
    assert not any(key in before for key in keys)


def test_damaged_hashes_of_records_stop_the_publication(world, ask) -> None:
    assert ask("object", "0912345678", purposes=("marketing",))[0] == 0
    file = world.settings.privacy_dir / "restricted_records.ndjson"
    file.write_text('{"request_id":"r-1"}\n' + file.read_text())
    with pytest.raises(PrivacyError, match="line 1 has no request with hashes of its records"):
        world.run()
