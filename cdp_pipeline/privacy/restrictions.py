"""requests + people -> profile_restrictions: what a person's data is not to be used for.

A restriction or objection is a state by purpose: the person and their records stay, and the views of a purpose leave
them out. It is in force from its execution until it is revoked. It follows the person through merges and splits: those
whom a person becomes have all restrictions of that person, as a use that is forbidden for a part is so for the whole.

The person of a request is found by the records, whose keyed hashes are kept beside the log from the first publication
on: whoever holds one of them has the restriction, also where all person ids were made again. Each publication adds the
records that joined since. Before the first, the person id of the request counts, and the history of ids.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Final

import polars as pl
from pandera.typing.polars import LazyFrame

from cdp_pipeline.entities.table import ForeignKey, Table, TableModel, column, table_of
from cdp_pipeline.identity import PersonIdHistory
from cdp_pipeline.privacy.keys import read_key
from cdp_pipeline.privacy.kinds import PURPOSES, Context, Outcome
from cdp_pipeline.privacy.private_files import append_line, damaged_line, read_lines
from cdp_pipeline.privacy.publishing import publish_request
from cdp_pipeline.privacy.record_hashes import persons_by_record, record_hashes
from cdp_pipeline.privacy.requests import IN_FORCE, Kind, Request, RequestLog
from cdp_pipeline.serving import View
from cdp_pipeline.store import Lake

RESTRICTING: Final[frozenset[Kind]] = frozenset({"restrict", "object"})
"""Requests that forbid a use."""

_UNPUBLISHED: Final = timedelta(days=1)
"""Changes of ids shortly before a request are followed too: the database may not have shown them yet."""

RECORDS_FILE: Final = "restricted_records.ndjson"
"""Beside the log: a line per request and publication with the hashes of the records that its person has gained."""


class ProfileRestrictions(
    TableModel,
    key=("person_id", "purpose", "kind", "request_id"),
    foreign_keys=(ForeignKey(("person_id",), "profiles", ("person_id",)),),
):
    """One row per person, purpose and request by which their data is not to be used for that purpose."""

    person_id: str = column("The person, see profiles; also who the person of the request became.", nullable=False)
    purpose: str = column("marketing, analytics or profiling.", nullable=False)
    kind: str = column("restrict or object.", nullable=False)
    since: date = column("The day on which the request was received.", nullable=False)
    request_id: str = column("The request, see `cdp requests`.", nullable=False)


PROFILE_RESTRICTIONS = table_of(ProfileRestrictions)


@dataclass(frozen=True)
class RequestFiles:
    """Where the requests of people are kept, and the key of their hashes."""

    folder: Path
    key_file: Path


def restrictions_in_force(
    files: RequestFiles, lake: Lake, history: LazyFrame[PersonIdHistory], people: pl.LazyFrame
) -> LazyFrame[ProfileRestrictions]:
    """The restrictions and objections in force; nothing is changed.

    Args:
        files: Where the requests are kept.
        lake: The lake in which the holders of their records are looked up.
        history: The changes of person ids.
        people: Has `person_id` of the people who may be named.

    Raises:
        PrivacyError: The requests, the hashes or the key cannot be read.
    """
    in_force = _in_force(RequestLog(files.folder).requests())
    if not in_force:
        return PROFILE_RESTRICTIONS.named(PROFILE_RESTRICTIONS.empty().lazy())
    key = read_key(files.key_file, files.folder)
    kept = _kept_hashes(files.folder)
    hashes = {one for request in in_force for one in kept.get(request.request_id, ())}
    holders = persons_by_record(lake, hashes, key, _reached(in_force, _changes(in_force, history)))
    known = {request: {holders[one] for one in hashes & holders.keys()} for request, hashes in kept.items()}
    return build_profile_restrictions(in_force, history, people, known)


def keep_restricted_records(files: RequestFiles, lake: Lake, found: LazyFrame[ProfileRestrictions]) -> None:
    """Keep hashes of the records that people with a restriction or objection have gained.

    Args:
        files: Where the requests are kept.
        lake: The lake that is about to be published.
        found: What `restrictions_in_force` gave of published people.

    Raises:
        PrivacyError: The hashes or the key cannot be read.
    """
    persons = dict(found.group_by("request_id").agg(pl.col("person_id").unique()).collect().iter_rows())
    if not persons:
        return
    kept = _kept_hashes(files.folder)
    key = read_key(files.key_file, files.folder)
    records = record_hashes(lake, {person for these in persons.values() for person in these}, key)
    for request, these in sorted(persons.items()):
        if gained := {one for person in these for one in records.get(person, ())} - kept.get(request, set()):
            append_line(files.folder / RECORDS_FILE, {"request_id": request, "hashes": sorted(gained)})


def _kept_hashes(folder: Path) -> dict[str, set[str]]:
    kept: dict[str, set[str]] = {}
    file = folder / RECORDS_FILE
    for number, line in read_lines(file):
        request, hashes = line.get("request_id"), line.get("hashes")
        if not (isinstance(request, str) and isinstance(hashes, list) and all(isinstance(one, str) for one in hashes)):
            raise damaged_line(file, number, "has no request with hashes of its records")
        kept.setdefault(request, set()).update(hashes)
    return kept


def build_profile_restrictions(
    requests: Iterable[Request],
    history: LazyFrame[PersonIdHistory],
    people: pl.LazyFrame,
    known: Mapping[str, Collection[str]] = MappingProxyType({}),
) -> LazyFrame[ProfileRestrictions]:
    """The restrictions and objections in force, of published people.

    Args:
        requests: All requests. One without purposes is about all of them.
        history: The changes of person ids.
        people: Has `person_id` of all published people.
        known: By request id the people who hold its records now; of others the person id and the history count.
    """
    in_force = _in_force(requests)
    changes = _changes(in_force, history)
    named = _reached(in_force, changes).union(*known.values())
    published = set(people.select("person_id").filter(pl.col("person_id").is_in(sorted(named))).collect().to_series())
    rows = [
        (person, purpose, request.kind, request.received_on, request.request_id)
        for request in in_force
        for person in sorted(
            published.intersection(known[request.request_id])
            if known.get(request.request_id)
            else _now(request, changes, published)
        )
        for purpose in dict.fromkeys(request.purposes or PURPOSES)
    ]
    frame = pl.DataFrame(rows, schema=PROFILE_RESTRICTIONS.schema, orient="row")
    return PROFILE_RESTRICTIONS.named(frame.lazy())


def _in_force(requests: Iterable[Request]) -> list[Request]:
    known = list(requests)
    revoked = {request.revokes for request in known if request.kind == "revoke" and request.state in IN_FORCE}
    return [
        request
        for request in known
        if request.kind in RESTRICTING and request.state in IN_FORCE and request.request_id not in revoked
    ]


def _changes(requests: Sequence[Request], history: LazyFrame[PersonIdHistory]) -> dict[str, list[tuple[str, datetime]]]:
    """By former id, which ids it became, and when; of the persons of requests and whomever they became."""
    changes: dict[str, list[tuple[str, datetime]]] = {}
    seen: set[str] = set()
    former = {request.person_id for request in requests}
    while former:
        seen |= former
        of_former = history.filter(pl.col("old_person_id").is_in(sorted(former)))
        columns = of_former.select("old_person_id", "person_id", "changed_at").unique().sort(pl.all()).collect()
        for old, person, changed_at in columns.iter_rows():
            changes.setdefault(old, []).append((person, changed_at))
        former = set(columns["person_id"]) - seen
    return changes


def _reached(requests: Iterable[Request], changes: Mapping[str, Sequence[tuple[str, datetime]]]) -> set[str]:
    """The persons of requests, and whomever they became."""
    return {request.person_id for request in requests} | {person for these in changes.values() for person, _ in these}


def _now(request: Request, changes: dict[str, list[tuple[str, datetime]]], published: set[str]) -> set[str]:
    """The published people that the person of a request is now.

    A part that was split off before the request was another person already, so only later changes count; all of them
    if they lead to no person at all.
    """
    since = request.received_at - _UNPUBLISHED
    return _successors(request.person_id, changes, since) & published or (
        _successors(request.person_id, changes, None) & published
    )


def _successors(person: str, changes: dict[str, list[tuple[str, datetime]]], since: datetime | None) -> set[str]:
    found, waiting = {person}, [person]
    while waiting:
        for successor, changed_at in changes.get(waiting.pop(), []):
            if successor not in found and (since is None or changed_at >= since):
                found.add(successor)
                waiting.append(successor)
    return found


def purpose_views(profiles: Table) -> tuple[View, ...]:
    """The views `profiles_for_<purpose>`: the profiles that may be used for it.

    For marketing a consent is needed too: a person without a contact whose channel is allowed is left out, and a
    contact is shown only if its channel is allowed.
    """
    return tuple(
        View(f"profiles_for_{use}", _marketing(profiles) if use == "marketing" else _unrestricted(profiles, use))
        for use in PURPOSES
    )


_CHANNEL_OF: Final = {"primary_email": "can_email", "primary_phone": "can_sms"}
"""The main contacts of a profile, and the consent that each needs."""


def _unrestricted(profiles: Table, purpose: str, shown: Sequence[str] = ()) -> str:
    columns = shown or [f"p.{declared.name}" for declared in profiles.columns]
    return (
        f"SELECT {', '.join(columns)} FROM {profiles.name} AS p WHERE NOT EXISTS (SELECT 1 "
        f"FROM {PROFILE_RESTRICTIONS.name} AS r WHERE r.person_id = p.person_id AND r.purpose = '{purpose}')"
    )


def _marketing(profiles: Table) -> str:
    shown = [
        f"CASE WHEN p.{_CHANNEL_OF[name]} THEN p.{name} END AS {name}" if name in _CHANNEL_OF else f"p.{name}"
        for name in (declared.name for declared in profiles.columns)
    ]
    reachable = " OR ".join(f"(p.{consent} AND p.{name} IS NOT NULL)" for name, consent in _CHANNEL_OF.items())
    return f"{_unrestricted(profiles, 'marketing', shown)} AND ({reachable})"


def restrict_person(request: Request, context: Context) -> Outcome:
    """Publish a restriction or objection, or its end; the log is where it is kept."""
    restriction = request.revokes or request.request_id
    state = "no longer holds" if request.revokes else f"holds for {', '.join(request.purposes or PURPOSES)}"
    return publish_request(
        request,
        PROFILE_RESTRICTIONS,
        context,
        f"Published: {restriction} {state}. `cdp show` and table {PROFILE_RESTRICTIONS.name} name what is in force.",
    )
