"""Requests for erasure and their revocation: the executors, what is counted before, and the proof of what is left.

The erasing itself is the daily run with a longer suppression list: it begins in `pipeline/erasing.py`, and there ends
with the purge. Here is what the run needs of requests.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cdp_pipeline.privacy.kinds import Context, Outcome
from cdp_pipeline.privacy.private_files import write_private
from cdp_pipeline.privacy.requests import ERASE, IN_FORCE, Request, RequestLog
from cdp_pipeline.privacy.suppression_list import SuppressionList

_BEFORE: Final = "before"


@dataclass(frozen=True)
class Before:
    """What was a person's when the erasing began.

    Attributes:
        started_at: When it began.
        tables: Rows by published table.
        files: Rows by layer and entity of the lake.
    """

    started_at: datetime
    tables: Mapping[str, int]
    files: Mapping[str, int]


def confirmed_erasures(log: RequestLog) -> list[Request]:
    """The requests for erasure that were confirmed, also those that are done; none that was revoked."""
    return [r for r in log.requests() if r.kind == ERASE and r.state in IN_FORCE]


def keep_before(folder: Path, request_id: str, tables: Mapping[str, int], files: Mapping[str, int]) -> None:
    """Keep the counts from which a request began, unless they are there: a killed run counts once."""
    file = _before_file(folder, request_id)
    if not file.exists():
        content = {"started_at": datetime.now(UTC).isoformat(), "tables": dict(tables), "files": dict(files)}
        write_private(file, json.dumps(content).encode())


def read_before(folder: Path, request_id: str) -> Before:
    """The counts from which a request began; none of a request that was never applied."""
    file = _before_file(folder, request_id)
    if not file.exists():
        return Before(datetime.now(UTC), {}, {})
    content = json.loads(file.read_bytes())
    return Before(datetime.fromisoformat(content["started_at"]), content["tables"], content["files"])


def clear_before(folder: Path, request_id: str) -> None:
    """Remove the counts, which stand in the proof."""
    _before_file(folder, request_id).unlink(missing_ok=True)


def differences(before: Mapping[str, int], after: Mapping[str, int]) -> dict[str, tuple[int, int]]:
    """Before and after by name, sorted."""
    return {name: (before.get(name, 0), after.get(name, 0)) for name in sorted(before.keys() | after.keys())}


def erase_person(request: Request, context: Context) -> Outcome:
    """Run the daily job, which erases the person of each confirmed request, purges, and writes proof and events."""
    status = context.run()
    after = context.log.request(request.request_id)
    if after is not None and after.state == "done":
        return Outcome(f"Erased. Proof: `cdp requests verify {request.request_id}`.", exit_status=0)
    return Outcome(
        f"{request.request_id} is not finished: the run ended before its purge. The next `cdp run` goes on.",
        exit_status=status or 1,
    )


def revoke_erasure(request: Request, context: Context) -> Outcome:
    """Lift the suppression of an erased person; the next delivery, or reading a date again, brings the person.

    A request that was only entered is withdrawn: nothing was erased.
    """
    assert request.revokes is not None, "a request to revoke names another one"
    revoked = context.log.request(request.revokes)
    SuppressionList(context.folder).revoke(request.revokes, request.person_id, datetime.now(UTC).date())
    if revoked is not None and revoked.state == "received":
        return Outcome(f"{request.revokes} is withdrawn; nothing had been erased for it.", event="done")
    return Outcome(
        f"The suppression of {request.revokes} is lifted. The person comes back with the next delivery, or with "
        "`cdp run --date` for a date whose files are still there.",
        event="done",
    )


def _before_file(folder: Path, request_id: str) -> Path:
    return folder / _BEFORE / f"{request_id}.json"


def left_over(after: Mapping[str, int], kept: Sequence[str]) -> list[str]:
    """What is left of a person, in words; tables in `kept` may hold the person's id without values."""
    return [f"{count:,} of {name}" for name, count in sorted(after.items()) if count and name not in kept]
