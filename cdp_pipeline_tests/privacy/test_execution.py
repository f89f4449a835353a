"""Carrying out a request: events and proof in order, whatever its executor is, and again after a kill."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from cdp_pipeline.privacy import Context, PrivacyError, Request, RequestLog, carry_out, new_request, verify_proof
from cdp_pipeline.privacy.kinds import KINDS, Executor, Outcome, RequestKind, Revocation, offered_kinds
from cdp_pipeline.store import Lake


@pytest.fixture
def context(tmp_path: Path) -> Context:
    folder = tmp_path / "privacy"
    return Context(
        log=RequestLog(folder),
        folder=folder,
        key=b"k" * 32,
        lake=Lake(tmp_path / "lake"),
        database_url="sqlite:///none.db",
        tables=(),
        entities=(),
        settings_digest="digest",
        named="0912345678",
        value=None,
        run=lambda: 0,
    )


@pytest.fixture
def entered(context: Context, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Request]:
    """Registers a made-up executor for erasures and their revocations, and enters a request for it."""

    def enter(execute: Executor, revokes: str | None = None) -> Request:
        made_up = RequestKind(execute, "is tried.", revocation=Revocation(execute, "is tried."))
        monkeypatch.setitem(KINDS, "erase", made_up)  # type: ignore[arg-type]
        request = new_request("revoke" if revokes else "erase", "p-an", date(2026, 11, 2), revokes=revokes)
        context.log.append(request.event("received", "asked by phone"))
        return request

    return enter


def state(context: Context, request: Request) -> str:
    found = context.log.request(request.request_id)
    assert found is not None
    return found.state


def test_what_is_done_is_confirmed_first_and_has_a_proof(context: Context, entered) -> None:
    seen = []

    def execute(request: Request, given: Context) -> Outcome:
        seen.append(state(given, request))
        return Outcome("Erased.", "done", tables={"profiles": (1, 0)})

    request = entered(execute)
    assert carry_out(request, context).message == "Erased."
    assert (seen, state(context, request)) == (["confirmed"], "done")
    assert verify_proof(context.folder, context.key, request).tables == {"profiles": (1, 0)}
    found = context.log.request(request.request_id)
    assert found is not None
    assert found.reason == "asked by phone"


def test_an_executor_may_leave_the_end_to_the_run_that_it_calls(context: Context, entered) -> None:
    request = entered(lambda request, given: Outcome("The run goes on.", exit_status=given.run()))
    assert carry_out(request, context).exit_status == 0
    assert state(context, request) == "confirmed"
    assert not (context.folder / "proofs").exists()


def test_a_kill_within_leaves_it_confirmed_and_it_is_carried_out_again(context: Context, entered) -> None:
    calls = []

    def execute(request: Request, given: Context) -> Outcome:
        calls.append(request.state)
        if len(calls) == 1:
            raise KeyboardInterrupt
        return Outcome("Erased.", "done")

    request = entered(execute)
    with pytest.raises(KeyboardInterrupt):
        carry_out(request, context)
    (again,) = context.log.requests()
    assert again.state == "confirmed"
    carry_out(again, context)
    assert state(context, request) == "done"


def test_a_revocation_closes_the_request_that_it_revokes(context: Context, entered) -> None:
    erased = entered(lambda request, given: Outcome("Erased.", "done"))
    carry_out(erased, context)
    revocation = entered(lambda request, given: Outcome("Revoked.", "done"), revokes=erased.request_id)
    carry_out(revocation, context)
    assert (state(context, erased), state(context, revocation)) == ("revoked", "done")


@pytest.mark.parametrize(
    ("before", "told"),
    [
        (["received"], "is withdrawn; nothing had been erased for it."),
        (["received", "confirmed", "applied", "done"], "The person comes back with the next delivery"),
    ],
)
def test_the_revocation_of_an_erasure_says_whether_anything_was_erased(context: Context, before, told: str) -> None:
    erased = new_request("erase", "p-an", date(2026, 11, 2))
    for event in before:
        context.log.append(erased.event(event))
    revocation = new_request("revoke", "p-an", date(2026, 11, 3), revokes=erased.request_id)
    context.log.append(revocation.event("received"))
    assert told in carry_out(revocation, context).message
    assert (state(context, erased), state(context, revocation)) == ("revoked", "done")


def test_a_revocation_of_an_unknown_request_is_not_done(context: Context, entered) -> None:
    revocation = entered(lambda request, given: Outcome("Revoked.", "done"), revokes="r-lost")
    with pytest.raises(PrivacyError, match="revokes r-lost, which is not in the log"):
        carry_out(revocation, context)
    assert state(context, revocation) == "received"


def test_a_request_of_a_kind_without_executor_changes_nothing(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(KINDS, "correct", raising=False)  # type: ignore[arg-type]
    request = new_request("correct", "p-an", date(2026, 11, 2))
    context.log.append(request.event("received"))
    with pytest.raises(PrivacyError, match="kind correct cannot be carried out by this version"):
        carry_out(request, context)
    assert state(context, request) == "received"


def test_revocations_are_offered_as_soon_as_a_kind_can_be_revoked(entered, monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in [kind for kind in KINDS if KINDS[kind].revocation]:
        monkeypatch.delitem(KINDS, kind)  # type: ignore[arg-type]
    assert "revoke" not in offered_kinds()
    entered(lambda request, given: Outcome("Erased.", "done"))
    assert {"erase", "revoke"} <= set(offered_kinds())


def test_a_later_event_may_name_the_person_by_another_id(context: Context, entered) -> None:
    request = entered(lambda request, given: Outcome("Erased.", "done"))
    carry_out(replace(request, person_id="p-merged"), context)
    (done,) = context.log.requests()
    assert done.person_id == "p-merged"
