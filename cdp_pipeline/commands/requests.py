"""`cdp requests`: the requests with their dates, and their first answers, refusals and proofs; nothing personal.

Making a request belongs to `request.py`. Tables and entities are loaded only to mask the reason of a refusal.
"""

from datetime import date
from typing import Literal

from rich.console import Console
from rich.table import Table

from cdp_pipeline.commands.printing import print_text, printable
from cdp_pipeline.privacy import Policy, PrivacyError, Request, RequestLog, read_key, read_policy, verify_proof
from cdp_pipeline.serving import ServingError
from cdp_pipeline.settings import Settings
from cdp_pipeline.values.display_text import count_of

Action = Literal["answer", "refuse", "verify"]

_COLUMNS = ("id", "kind", "received", "answer due", "done due", "state", "by")


def list_requests(settings: Settings, out: Console, err: Console) -> int:
    """Print all requests, the open ones first by what is due next; returns the exit status."""
    try:
        policy = read_policy(settings.privacy_policy)
        requests = RequestLog(settings.privacy_dir).requests()
    except PrivacyError as error:
        print_text(err, str(error))
        return 1
    if not requests:
        print_text(out, "There are no requests.")
        return 0
    today = settings.today
    table = Table(*_COLUMNS, box=None, padding=(0, 1, 0, 0))
    for request in sorted(requests, key=lambda r: (not r.is_open, policy.next_due(r) or date.max, r.received_at)):
        table.add_row(*(printable(text) for text in _cells(request, policy, today)))
    out.print(table)
    overdue = sum(policy.is_overdue(request, today) for request in requests)
    is_open = sum(request.is_open for request in requests)
    print_text(out, f"{count_of(len(requests), 'request')}, {is_open:,} open, {overdue:,} overdue.")
    years = {policy.done_due(request).year for request in requests if request.is_open}
    for year in sorted(year for year in years if not policy.lists_holidays_of(year)):
        print_text(
            out, f"No holidays of {year} are listed, so dates of it may be too early; add them in CDP_PRIVACY_POLICY."
        )
    return 0


def act_on_request(
    settings: Settings, action: Action, request_id: str, reason: str | None, out: Console, err: Console
) -> int:
    """Record a first answer or a refusal, or verify a proof; returns the exit status."""
    try:
        log = RequestLog(settings.privacy_dir)
        request = log.request(request_id)
        if request is None:
            print_text(err, f"There is no request {request_id}; `cdp requests` lists them.")
            return 1
        if action == "verify":
            _verify(settings, request, out)
            return 0
        if not request.is_open:
            print_text(err, f"{request_id} is {request.state}; expected an open request. Nothing was written.")
            return 1
        if action == "refuse" and request.state != "received":
            print_text(
                err,
                f"{request_id} is {request.state}: it is being carried out. Finish it with `cdp run`, then revoke it.",
            )
            return 1
        if reason:
            reason = _masked(settings, request, reason)
            print_text(out, f"The reason is kept as: {reason}")
        log.append(request.event("answered" if action == "answer" else "refused", reason))
    except (PrivacyError, ServingError) as error:
        print_text(err, str(error))
        return 1
    done_due = read_policy(settings.privacy_policy).done_due(request)
    print_text(
        out,
        f"The first answer to {request_id} is recorded; it is to be done by {done_due}."
        if action == "answer"
        else f"{request_id} is refused.",
    )
    return 0


def _masked(settings: Settings, request: Request, reason: str) -> str:
    from cdp_pipeline.commands.request import masked_reason

    return masked_reason(settings, request, reason)


def _cells(request: Request, policy: Policy, today: date) -> tuple[str, ...]:
    answer = f"answered {request.answered_at:%Y-%m-%d}" if request.answered_at else f"{policy.answer_due(request)}"
    return (
        request.request_id,
        f"{request.kind} {request.attribute}" if request.attribute else request.kind,
        f"{request.received_on}",
        answer,
        f"{policy.done_due(request)}",
        request.state + (", OVERDUE" if policy.is_overdue(request, today) else ""),
        request.by,
    )


def _verify(settings: Settings, request: Request, out: Console) -> None:
    key = read_key(settings.privacy_key_file, settings.privacy_dir)
    proof = verify_proof(settings.privacy_dir, key, request)
    print_text(out, f"The proof of {request.request_id} is as it was signed: {proof.kind}, by {proof.code_version}.")
    print_text(out, f"Begun {proof.started_at:%Y-%m-%d %H:%M} UTC, done {proof.finished_at:%Y-%m-%d %H:%M} UTC.")
    for name, (before, after) in sorted({**proof.tables, **proof.files}.items()):
        print_text(out, f"  {before:>7,}  before, {after:>7,}  after: {name}")
