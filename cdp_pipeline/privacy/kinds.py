"""The kinds of requests that can be made, in one table: what carries each out, and what it needs to know.

A kind that is in no entry cannot be asked for. An entry's executor is a function of the request and of what it works
on; it may be called again after a kill, so each of its steps must be repeatable.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from cdp_pipeline.privacy.private_files import PrivacyError
from cdp_pipeline.privacy.requests import EventName, Kind, Request, RequestLog

if TYPE_CHECKING:
    from cdp_pipeline.entities.entity import Entity
    from cdp_pipeline.entities.table import Table
    from cdp_pipeline.privacy.proof import Counts
    from cdp_pipeline.store import Lake

Detail = Literal["purposes", "attribute", "value", "reason"]

PURPOSES: Final = ("marketing", "analytics", "profiling")
"""What data is used for, as restrictions and objections name it."""


@dataclass(frozen=True)
class Context:
    """What an executor works on.

    Attributes:
        log: The events of all requests.
        folder: The folder of requests, for files beside the log.
        key: What values are hashed and proofs are signed with.
        lake: The lake.
        database_url: The published database.
        tables: Its tables.
        entities: The entities of the lake.
        settings_digest: A hash of the settings in force, for the proof.
        named: What was typed to name the person.
        value: For a correction: the right value as text, None if there is none. It is personal and never in the log.
        run: Runs the daily job; returns its exit status.
    """

    log: RequestLog
    folder: Path
    key: bytes
    lake: Lake
    database_url: str
    tables: tuple[Table, ...]
    entities: tuple[Entity, ...]
    settings_digest: str
    named: str
    value: str | None
    run: Callable[[], int]


@dataclass(frozen=True)
class Outcome:
    """What an executor did.

    Attributes:
        message: For the person at the terminal: what was done and where to find it. No personal value.
        event: The event to write; with `done` the proof is signed first. None if the executor, or the run that it
            called, has written its own events and proof, or is to be called again.
        tables: By table, the person's rows before and after, for the proof.
        files: By file of the pipeline's own, the same.
        exit_status: That of the command.
    """

    message: str
    event: EventName | None = None
    tables: Counts = field(default_factory=dict)
    files: Counts = field(default_factory=dict)
    exit_status: int = 0


Executor = Callable[[Request, Context], Outcome]


@dataclass(frozen=True)
class Revocation:
    """How requests of a kind are revoked; its key is the id of the earlier request.

    Attributes:
        execute: The executor, called with the request of kind `revoke`, which names the earlier one.
        promise: A sentence for the preview: what `--yes` does.
    """

    execute: Executor
    promise: str


@dataclass(frozen=True)
class RequestKind:
    """How requests of a kind are carried out.

    Attributes:
        execute: The executor.
        promise: A sentence for the preview: what `--yes` does.
        details: What must be given beside the key; all but a reason is refused for other kinds.
        revocation: How it is revoked; None if it cannot be.
    """

    execute: Executor
    promise: str
    details: frozenset[Detail] = frozenset()
    revocation: Revocation | None = None


def _export(request: Request, context: Context) -> Outcome:
    # The executors' modules are imported by their calls, as the command line has to be quick.
    from cdp_pipeline.privacy.export import export_person

    return export_person(request, context)


def _restrict(request: Request, context: Context) -> Outcome:
    from cdp_pipeline.privacy.restrictions import restrict_person

    return restrict_person(request, context)


def _erase(request: Request, context: Context) -> Outcome:
    from cdp_pipeline.privacy.erasure import erase_person

    return erase_person(request, context)


def _lift(request: Request, context: Context) -> Outcome:
    from cdp_pipeline.privacy.erasure import revoke_erasure

    return revoke_erasure(request, context)


def _correct(request: Request, context: Context) -> Outcome:
    from cdp_pipeline.privacy.correcting import correct_person

    return correct_person(request, context)


def _end_correction(request: Request, context: Context) -> Outcome:
    from cdp_pipeline.privacy.correcting import end_correction

    return end_correction(request, context)


_END: Final = Revocation(_restrict, "ends the earlier request and publishes that.")


KINDS: Final[Mapping[Kind, RequestKind]] = {
    "export": RequestKind(
        _export,
        "writes all that is kept of this person into one archive, as JSON and as a page to read.",
    ),
    "erase": RequestKind(
        _erase,
        "erases the person from lake, database, copies and pages by the daily run, and suppresses what is delivered "
        "of them from now on. It cannot be undone; files in the raw folder are their sender's, and are listed with the "
        "rows, or with --rewrite-raw rewritten without them.",
        revocation=Revocation(_lift, "lifts the suppression, so that the next delivery brings the person back."),
    ),
    "restrict": RequestKind(
        _restrict,
        "publishes that the person's data is not used for these purposes.",
        details=frozenset({"purposes"}),
        revocation=_END,
    ),
    "object": RequestKind(
        _restrict,
        "publishes that the person objects to these purposes, whose views leave them out.",
        details=frozenset({"purposes"}),
        revocation=_END,
    ),
    "correct": RequestKind(
        _correct,
        "publishes this value in place of what is sent, whatever is delivered later. Records stay as they are sent.",
        details=frozenset({"attribute", "value", "reason"}),
        revocation=Revocation(_end_correction, "removes the corrected value, so that what is sent is published again."),
    ),
}
"""By name, in the order in which they are offered; `revoke` follows from the kinds that can be revoked."""


def revocable_kinds() -> tuple[Kind, ...]:
    """The kinds that can be revoked."""
    return tuple(name for name, kind in KINDS.items() if kind.revocation)


def offered_kinds() -> tuple[Kind, ...]:
    """The kinds that can be asked for."""
    return (*KINDS, "revoke") if revocable_kinds() else (*KINDS,)


def carried_out_by(kind: Kind, revoked: Request | None) -> RequestKind | Revocation:
    """What carries out a request of a kind.

    Args:
        kind: The kind.
        revoked: For a revocation, the request that it revokes.

    Raises:
        PrivacyError: Requests of that kind cannot be carried out, or revoked, by this version.
    """
    found = KINDS.get(revoked.kind if revoked else kind)
    found_for = found.revocation if found and revoked else found
    if found_for is None:
        of = f" of {revoked.kind}" if revoked else ""
        raise PrivacyError(
            f"A request of kind {kind}{of} cannot be carried out by this version; expected one of "
            f"{', '.join(offered_kinds())}."
        )
    return found_for
