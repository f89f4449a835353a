"""`cdp request`: what a person's request concerns, and with `--yes` its execution; prints values masked.

The preview changes nothing. What each kind of request does belongs to its executor in `privacy/`.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Literal

import polars as pl
from rich.console import Console

from cdp_pipeline.commands.cells import cell
from cdp_pipeline.commands.printing import print_command, print_text, print_verbatim, progress
from cdp_pipeline.commands.raw_rows import MOST_FILES, rows_in_words, settle_raw_rows
from cdp_pipeline.commands.show import MOST_PEOPLE, find_by_key, people_table
from cdp_pipeline.deliveries import limits_of, staging_context_of
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.pipeline import PUBLISHED_TABLES, find_erased_with
from cdp_pipeline.privacy import (
    ERASE,
    Context,
    CorrectionList,
    Kind,
    PersonRows,
    Policy,
    PrivacyError,
    Request,
    RequestLog,
    carried_out_by,
    carry_out,
    column_of,
    digest_settings,
    find_person_rows,
    impersonal,
    new_request,
    read_key,
    read_policy,
    read_value,
    revocable_kinds,
    texts_of_person,
)
from cdp_pipeline.profiles.golden import PROFILES
from cdp_pipeline.serving import Row, ServingError, database_tables, find_person_ids, read_best_known, reading
from cdp_pipeline.settings import Settings
from cdp_pipeline.store import Lake
from cdp_pipeline.values.display_text import count_of

Mode = Literal["preview", "enter", "execute"]
"""Change nothing; write the request into the log; execute it too."""


@dataclass(frozen=True)
class Asked:
    """What was typed.

    Attributes:
        kind: What is asked for.
        key: The person, or for a revocation the request.
        received_on: When it was received; today without.
        reason: Why.
        purposes: What a restriction or objection is about.
        attribute: What a correction changes.
        value: Its right value; blank if there is none.
        rewrite_raw: Whether an erasure rewrites raw files without the person's rows.
    """

    kind: Kind
    key: str
    received_on: date | None = None
    reason: str | None = None
    purposes: tuple[str, ...] = ()
    attribute: str | None = None
    value: str | None = None
    rewrite_raw: bool = False


def make_request(
    settings: Settings, asked: Asked, mode: Mode, run: Callable[[], int], out: Console, err: Console
) -> int:
    """Preview a request, enter it, or enter and execute it.

    Args:
        settings: Where database, lake and requests lie.
        asked: What was typed.
        mode: What is done.
        run: Runs the daily job, for requests that need it; returns its exit status.
        out: Where the result goes.
        err: Where errors go.

    Returns:
        The exit status: 0 when that is done; 1 when the key fits nothing or several, or it could not be done.
    """
    try:
        policy = read_policy(settings.privacy_policy)
        log = RequestLog(settings.privacy_dir)
        requests = log.requests()
        erased = next((r for r in requests if r.request_id == asked.key and r.kind == asked.kind == ERASE), None)
        if erased is not None and erased.state == "done":
            is_rewritten = asked.rewrite_raw and mode == "execute"
            return settle_raw_rows(settings, erased, out, err, is_rewritten=is_rewritten)
        if asked.attribute is not None:
            asked = _corrected(settings, asked, asked.attribute)
        wanted = _find(settings, asked, requests, out, err)
        if wanted is None:
            return 1
        request = _entered(settings, requests, wanted) or wanted
        with progress(out, "Finding what it concerns"):
            profile, rows = _concerned(settings, request)
            erased_with = find_erased_with(Lake(settings.lake_dir), settings, request) if request.kind == ERASE else {}
        _print_preview(request, profile, rows, policy, out)
        _print_erased_with(request, erased_with, out)
        if request.attribute and not request.revokes:
            _print_correction(request.attribute, asked.value, profile, out)
        if mode == "preview":
            print_text(
                out,
                f"Nothing is changed. The same call with --yes {_promise(request, requests)} With --enter it only has "
                "the dates watched.",
            )
            return 0
        # Read before anything is entered: without it no request could be finished.
        key = read_key(settings.privacy_key_file, settings.privacy_dir)
        if request is wanted:
            reason = asked.reason and _impersonal(settings, request, rows, asked.reason, asked.value)
            log.append(request.event("received", reason))
            if reason:
                print_text(out, f"Its reason is kept as: {reason}")
        if mode == "enter":
            print_text(out, f"Entered as {request.request_id}; `cdp requests` lists it.")
            return 0
        print_text(out, f"Executing {request.request_id}; if it is interrupted, the same call goes on with it.")
        outcome = carry_out(request, _context(settings, asked, log, key, run))
        print_text(out, outcome.message)
        finished = log.request(request.request_id)
        if request.kind == ERASE and finished is not None and finished.state == "done":
            return settle_raw_rows(settings, finished, out, err, is_rewritten=asked.rewrite_raw)
        return outcome.exit_status
    except (PrivacyError, ServingError) as error:
        print_text(err, str(error))
        return 1


def _find(settings: Settings, asked: Asked, requests: Sequence[Request], out: Console, err: Console) -> Request | None:
    """The request that is asked for, not entered yet; None if the key fits nothing or several, which is printed."""
    received_on = asked.received_on or settings.today
    if asked.kind == "revoke":
        revocable = revocable_kinds()
        found = [r for r in requests if asked.key in (r.request_id, r.person_id) and r.kind in revocable]
        found = [r for r in found if r.state not in ("refused", "revoked")]
        if len(found) == 1:
            return new_request(
                asked.kind,
                found[0].person_id,
                received_on,
                purposes=found[0].purposes,
                revokes=found[0].request_id,
                attribute=found[0].attribute,
            )
        if not found:
            print_text(err, f"No request that can be revoked ({', '.join(revocable)}) has that id or person id.")
        for request in found:
            print_command(out, f"request {asked.kind} --key {request.request_id}", f"{request.kind}, {request.state}")
        return None
    tables = database_tables(PUBLISHED_TABLES)
    with reading(settings.database_url) as connection:
        people = find_by_key(connection, tables, asked.key, settings.default_region)
        profiles = read_best_known(connection, tables, MOST_PEOPLE, people)
    if len(people) == 1:
        return new_request(asked.kind, people[0], received_on, purposes=asked.purposes, attribute=asked.attribute)
    if not people:
        print_text(
            err, "No person has that person id, phone, e-mail, customer id, lead id or membership id; nothing was done."
        )
        return None
    print_text(out, f"{count_of(len(people), 'person')} fit, so nothing was done; choose one by id:", style="bold")
    out.print(people_table(profiles, unmask=False))
    return None


def _entered(settings: Settings, requests: Sequence[Request], wanted: Request) -> Request | None:
    """The open request that asks for the same, with the person's present id; None if there is none."""
    same = [
        known
        for known in requests
        if known.is_open
        and all(getattr(known, name) == getattr(wanted, name) for name in ("kind", "purposes", "revokes", "attribute"))
    ]
    with reading(settings.database_url) as connection:
        tables = database_tables(PUBLISHED_TABLES)
        for known in same:
            # People may have been merged since.
            present = find_person_ids(connection, tables, known.person_id)
            if wanted.person_id in (known.person_id, *present):
                return replace(known, person_id=wanted.person_id)
    return None


def _promise(request: Request, requests: Sequence[Request]) -> str:
    revoked = next((known for known in requests if known.request_id == request.revokes), None)
    return carried_out_by(request.kind, revoked).promise


def masked_reason(settings: Settings, request: Request, reason: str) -> str:
    """A reason as the log keeps it, without what is known of the person of a request.

    Raises:
        ServingError: The person cannot be found out, as the database cannot be read.
    """
    _, rows = _concerned(settings, request)
    return _impersonal(settings, request, rows, reason)


def _impersonal(settings: Settings, request: Request, rows: PersonRows, reason: str, value: str | None = None) -> str:
    """The reason without what the rows of the person, or a correction that is meant, state of them."""
    corrected = CorrectionList(settings.privacy_dir).values().get(request.revokes or request.request_id)
    known = texts_of_person(rows, PUBLISHED_TABLES, ENTITIES)
    return impersonal(reason, known.union(text for text in (value, corrected) if text))


def _corrected(settings: Settings, asked: Asked, attribute: str) -> Asked:
    """What was typed with the column of the attribute, and its value as the profile would show it."""
    column = column_of(attribute)
    limits, context = limits_of(settings, datetime.now(UTC)), staging_context_of(settings, settings.today)
    return replace(asked, attribute=column, value=read_value(column, asked.value or "", limits, context))


def _concerned(settings: Settings, request: Request) -> tuple[Row | None, PersonRows]:
    """The profile and all rows of the person; none and no rows if the person is not published any more."""
    with reading(settings.database_url) as connection:
        profiles = read_best_known(connection, database_tables(PUBLISHED_TABLES), 1, [request.person_id])
        lake = Lake(settings.lake_dir)
        rows = find_person_rows(connection, PUBLISHED_TABLES, lake, ENTITIES, request.person_id)
    return (profiles[0] if profiles else None), rows


def _print_preview(request: Request, profile: Row | None, rows: PersonRows, policy: Policy, out: Console) -> None:
    name = cell("profiles", "display_name", profile, False) if profile else "not published now"
    purposes = f" for {', '.join(request.purposes)}" if request.purposes else ""
    revoked = f" of {request.revokes}" if request.revokes else ""
    print_text(out, f"{request.kind}{revoked}{purposes}: {request.person_id} {name}".rstrip(), style="bold")
    print_text(
        out,
        f"Received {request.received_on}: first answer due {policy.answer_due(request)}, done due "
        f"{policy.done_due(request)}. These dates are defaults to be checked by a lawyer.",
    )
    files: dict[str, list[int]] = {}
    for row in rows.deliveries:
        files.setdefault(row["source_file"], []).append(row["source_row"])
    _print_counts("Records", {kind: len(found) for kind, found in rows.records.items()}, out)
    _print_counts("Rows of tables", {table: len(found) for table, found in rows.tables.items()}, out)
    named = {f"{name}: {rows_in_words(of)}": len(of) for name, of in sorted(files.items())[:MOST_FILES]}
    _print_counts("Rows of delivered files", named, out)
    if len(files) > MOST_FILES:
        print_text(out, f"  and {count_of(len(files) - MOST_FILES, 'file')} more")
    _print_counts("Rejected rows that hold one of their identifiers", rows.rejected, out)


def _print_erased_with(request: Request, others: Mapping[str, int], out: Console) -> None:
    """Print of whom else records would be erased: most likely the same human being, whose records are not linked."""
    if not others:
        return
    _print_counts("Records of other people that are erased too, as they state the same values", others, out)
    print_text(out, "Find out whether they are the same person before you go on; with --yes they are erased too:")
    for person_id in others:
        print_command(out, f"explain {request.person_id} {person_id}", "what they have in common")


def _print_correction(column: str, value: str | None, profile: Row | None, out: Console) -> None:
    """The value that is published and the right one, both masked."""
    is_list = isinstance(PROFILES.schema[column], pl.List)
    right = {column: json.loads(value) if value and is_list else value}
    before, after = (
        cell(PROFILES.name, column, row, False) or "no value" for row in (profile or {column: None}, right)
    )
    print_text(out, f"{column}: {before} becomes {after}")


def _print_counts(title: str, counts: Mapping[str, int], out: Console) -> None:
    if counts:
        print_text(out, f"{title}:")
    for name, count in counts.items():
        print_verbatim(out, [f"  {count:>7,}  {name}"])


def _context(settings: Settings, asked: Asked, log: RequestLog, key: bytes, run: Callable[[], int]) -> Context:
    return Context(
        log=log,
        folder=settings.privacy_dir,
        key=key,
        lake=Lake(settings.lake_dir),
        database_url=settings.database_url,
        tables=PUBLISHED_TABLES,
        entities=ENTITIES,
        settings_digest=digest_settings(settings.without_secrets),
        named=asked.key,
        value=asked.value,
        run=run,
    )
