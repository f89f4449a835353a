"""requests + history of person ids + people -> profile_restrictions: what a person's data is not to be used for.

A restriction or objection is a state by purpose: the person and their records stay, and the views of a purpose leave
them out. It is in force from its execution until it is revoked. It follows the person through merges and splits: those
whom a person becomes have all restrictions of that person, as a use that is forbidden for a part is so for the whole.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Final

import polars as pl
from pandera.typing.polars import LazyFrame

from cdp_pipeline.entities.table import ForeignKey, Table, TableModel, column, table_of
from cdp_pipeline.identity import PersonIdHistory
from cdp_pipeline.privacy.kinds import PURPOSES, Context, Outcome
from cdp_pipeline.privacy.publishing import publish_request
from cdp_pipeline.privacy.requests import Kind, Request
from cdp_pipeline.serving import View

RESTRICTING: Final[frozenset[Kind]] = frozenset({"restrict", "object"})
"""Requests that forbid a use."""

_IN_FORCE: Final = ("confirmed", "applied", "done")

_UNPUBLISHED: Final = timedelta(days=1)
"""Changes of ids shortly before a request are followed too: the database may not have shown them yet."""


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


def build_profile_restrictions(
    requests: Iterable[Request], history: LazyFrame[PersonIdHistory], people: pl.LazyFrame
) -> LazyFrame[ProfileRestrictions]:
    """The restrictions and objections in force, of published people.

    Args:
        requests: All requests. One without purposes is about all of them.
        history: The changes of person ids.
        people: Has `person_id` of all published people.
    """
    known = list(requests)
    revoked = {request.revokes for request in known if request.kind == "revoke" and request.state in _IN_FORCE}
    in_force = [
        request
        for request in known
        if request.kind in RESTRICTING and request.state in _IN_FORCE and request.request_id not in revoked
    ]
    if not in_force:
        return PROFILE_RESTRICTIONS.named(PROFILE_RESTRICTIONS.empty().lazy())
    published = set(people.select("person_id").collect().to_series())
    changes = _changes(history)
    rows = [
        (person, purpose, request.kind, request.received_on, request.request_id)
        for request in in_force
        for person in sorted(_now(request, changes, published))
        for purpose in dict.fromkeys(request.purposes or PURPOSES)
    ]
    frame = pl.DataFrame(rows, schema=PROFILE_RESTRICTIONS.schema, orient="row")
    return PROFILE_RESTRICTIONS.named(frame.lazy())


def _changes(history: LazyFrame[PersonIdHistory]) -> dict[str, list[tuple[str, datetime]]]:
    """By former id, which ids it became, and when."""
    columns = history.select("old_person_id", "person_id", "changed_at").unique().sort(pl.all()).collect()
    changes: dict[str, list[tuple[str, datetime]]] = {}
    for former, person, changed_at in columns.iter_rows():
        changes.setdefault(former, []).append((person, changed_at))
    return changes


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
