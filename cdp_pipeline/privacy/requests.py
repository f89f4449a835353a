"""Requests of people as events in `requests.ndjson`, and what they add up to: a request, its state, its dates.

Here stand ids, dates and kinds; never a phone, e-mail address, name or the key that was typed. A file is kept, and not
a table of the lake, so that a lake that is restored or rebuilt knows what was asked for.
"""

import getpass
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Literal, get_args

from cdp_pipeline.privacy.private_files import append_line, damaged_line, read_lines, refuse_others

EventName = Literal["received", "confirmed", "applied", "done", "refused", "revoked", "answered"]
Kind = Literal["erase", "export", "restrict", "object", "correct", "revoke"]
State = Literal["received", "confirmed", "applied", "done", "refused", "revoked"]

REQUESTS_FILE: Final = "requests.ndjson"
CLOSED: Final = frozenset[State]({"done", "refused", "revoked"})
"""The states after which nothing is due."""

EXECUTED: Final = frozenset[State]({"applied", "done"})
"""The states in which what was asked for is in effect, at least in the lake."""

IN_FORCE: Final = EXECUTED | {"confirmed"}
"""The states from which on a run carries a request out, or has done so."""

ERASE: Final[Kind] = "erase"

_ID_BYTES: Final = 5
"""Ten hexadecimal digits: short enough to type; a thousand requests a year collide once in two million years."""


def new_request_id() -> str:
    """A short random id, such as `r-4f1c09ab73`."""
    return f"r-{secrets.token_hex(_ID_BYTES)}"


@dataclass(frozen=True)
class Event:
    """What happened to a request; `received` carries what was asked for, the others carry the request's id and kind.

    Attributes:
        request_id: The request.
        event: What happened.
        kind: What was asked for.
        person_id: The person as the database names them then; a later event may have another id, after a merge.
        received_on: The day on which the request was received, from which deadlines run.
        purposes: The purposes that a restriction or objection is about.
        reason: Why, without personal values.
        revokes: The request that a request of kind `revoke` takes back.
        attribute: The column of profiles that a correction is about; never its value.
        at: When it was written.
        by: The user of the operating system.
    """

    request_id: str
    event: EventName
    kind: Kind
    person_id: str
    received_on: date
    purposes: tuple[str, ...] = ()
    reason: str | None = None
    revokes: str | None = None
    attribute: str | None = None
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    by: str = field(default_factory=getpass.getuser)


@dataclass(frozen=True)
class Request:
    """A request as its events leave it.

    Attributes:
        person_id: The person as the newest event that changed the state names them.
        state: The last event, but for `answered`, which is a date of its own.
        received_at: When it was entered.
        answered_at: When the first answer was given; None if that is not recorded.
        closed_at: When it was done, refused or revoked; None as long as it is open.
    """

    request_id: str
    kind: Kind
    person_id: str
    received_on: date
    purposes: tuple[str, ...]
    reason: str | None
    revokes: str | None
    by: str
    state: State
    received_at: datetime
    answered_at: datetime | None = None
    closed_at: datetime | None = None
    attribute: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether something is still to be done."""
        return self.state not in CLOSED

    def event(self, name: EventName, reason: str | None = None) -> Event:
        """The next event of this request."""
        return Event(
            self.request_id,
            name,
            self.kind,
            self.person_id,
            self.received_on,
            self.purposes,
            reason,
            self.revokes,
            self.attribute,
        )


def new_request(
    kind: Kind,
    person_id: str,
    received_on: date,
    *,
    purposes: tuple[str, ...] = (),
    reason: str | None = None,
    revokes: str | None = None,
    attribute: str | None = None,
) -> Request:
    """A request that is not in the log yet, made by the user of the operating system."""
    return Request(
        new_request_id(),
        kind,
        person_id,
        received_on,
        purposes,
        reason,
        revokes,
        getpass.getuser(),
        state="received",
        received_at=datetime.now(UTC),
        attribute=attribute,
    )


class RequestLog:
    """The events of all requests, in a file that is only appended to; `private_files` has the rule of torn lines."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / REQUESTS_FILE

    def append(self, event: Event) -> None:
        """Append an event; it is on disk when this returns."""
        written = asdict(event) | {"at": event.at.isoformat(), "received_on": event.received_on.isoformat()}
        append_line(self._file, {name: value for name, value in written.items() if value not in (None, ())})

    def requests(self) -> list[Request]:
        """All requests, in the order in which they were received; none if there is no file.

        Raises:
            PrivacyError: The file cannot be read as events, or others may use it.
        """
        if not self._file.exists():
            return []
        # The mode may change without the content.
        refuse_others(self._file.parent)
        refuse_others(self._file)
        found = self._file.stat()
        return list(_read(self._file, found.st_size, found.st_mtime_ns))

    def request(self, request_id: str) -> Request | None:
        """One request; None if there is none of that id."""
        return next((request for request in self.requests() if request.request_id == request_id), None)


# A run asks for each day of an entity; the size and time tell one file from the next.
@lru_cache(maxsize=4)
def _read(file: Path, _size: int, _modified_ns: int) -> tuple[Request, ...]:
    found: dict[str, Request] = {}
    for number, content in read_lines(file):
        event = _event(file, number, content)
        before = found.get(event.request_id)
        if before is None and event.event != "received":
            raise damaged_line(file, number, f"has {event.event} of a request that was never received")
        found[event.request_id] = _received(event) if before is None else _after(before, event)
    return tuple(found.values())


def _event(file: Path, number: int, content: dict[str, Any]) -> Event:
    purposes = content.get("purposes", [])
    texts = [value for name, value in content.items() if name != "purposes"]
    texts += purposes if isinstance(purposes, list) else [purposes]
    try:
        at, received_on = datetime.fromisoformat(content["at"]), date.fromisoformat(content["received_on"])
        event = Event(**content | {"purposes": tuple(purposes), "at": at, "received_on": received_on})
    except (KeyError, TypeError, ValueError):
        raise damaged_line(file, number, "lacks a field of an event, or has another one") from None
    if not all(isinstance(text, str) for text in texts) or at.tzinfo is None or not isinstance(purposes, list):
        raise damaged_line(file, number, "has a value of a form that no event has")
    known: Sequence[tuple[str, Any]] = ((event.event, EventName), (event.kind, Kind))
    for value, allowed in known:
        if value not in get_args(allowed):
            raise damaged_line(file, number, f"has {value!r}; expected one of {', '.join(get_args(allowed))}")
    return event


def _received(event: Event) -> Request:
    return Request(
        request_id=event.request_id,
        kind=event.kind,
        person_id=event.person_id,
        received_on=event.received_on,
        purposes=event.purposes,
        reason=event.reason,
        revokes=event.revokes,
        by=event.by,
        state="received",
        received_at=event.at,
        attribute=event.attribute,
    )


def _after(request: Request, event: Event) -> Request:
    if event.event == "answered":
        return replace(request, answered_at=request.answered_at or event.at)
    closed_at = (request.closed_at or event.at) if event.event in CLOSED else None
    return replace(request, state=event.event, closed_at=closed_at, person_id=event.person_id)
