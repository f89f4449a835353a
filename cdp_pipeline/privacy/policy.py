"""The periods and holidays in force: the packaged `privacy.toml`, and a user's file merged over it.

    privacy.toml + user's file -> policy

The packaged numbers are defaults to be checked by a lawyer. How a due date is counted belongs to `deadlines.py`.
"""

import re
from dataclasses import dataclass
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Final, get_args

from pydantic import BeforeValidator, Field

from cdp_pipeline.configuration import Section, WrongValueError, one_of, parse, read_bytes
from cdp_pipeline.privacy.deadlines import Period, Unit, WorkingDays, due_on
from cdp_pipeline.privacy.requests import Kind, Request

_WEEK: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_PERIOD = re.compile(r"(?P<count>[1-9]\d{0,2}) (?P<unit>working day|day|month)s?")
_PACKAGED = "privacy.toml"


def _period(text: object) -> object:
    found = _PERIOD.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise WrongValueError('a period such as "2 working days", "15 days" or "1 month"', repr(text))
    return Period(int(found["count"]), next(unit for unit in get_args(Unit) if unit == f"{found['unit']}s"))


_Period = Annotated[Period, BeforeValidator(_period)]


class _Profile(Section):
    """A section `[profiles.NAME]`; a user's file gives some of its keys."""

    first_answer: _Period | None = None
    erase: _Period | None = None
    export: _Period | None = None
    restrict: _Period | None = None
    object: _Period | None = None
    correct: _Period | None = None
    revoke: _Period | None = None
    weekend: tuple[Annotated[str, one_of(_WEEK)], ...] | None = None
    holidays: tuple[date, ...] = ()


class _File(Section):
    """A whole file."""

    profile: str | None = None
    profiles: dict[str, _Profile] = Field(default_factory=dict)


@dataclass(frozen=True)
class Policy:
    """The profile in force.

    Attributes:
        profile: Its name.
        first_answer: Until when a first answer is due, whatever was asked for.
        periods: By kind of request, until when it is to be done.
        working_days: Weekends and holidays.
    """

    profile: str
    first_answer: Period
    periods: dict[Kind, Period]
    working_days: WorkingDays

    def answer_due(self, request: Request) -> date:
        """Until when a first answer is to be given."""
        return due_on(request.received_on, self.first_answer, self.working_days)

    def done_due(self, request: Request) -> date:
        """Until when it is to be done."""
        return due_on(request.received_on, self.periods[request.kind], self.working_days)

    def next_due(self, request: Request) -> date | None:
        """The next date by which something is due; None if nothing is."""
        if not request.is_open:
            return None
        done_due = self.done_due(request)
        return done_due if request.answered_at else min(self.answer_due(request), done_due)

    def is_overdue(self, request: Request, today: date) -> bool:
        """Whether a date has passed by which something was due and is not done."""
        due = self.next_due(request)
        return due is not None and due < today

    def lists_holidays_of(self, year: int) -> bool:
        """Whether holidays of a year are known; a profile without any names none of any year."""
        years = {day.year for day in self.working_days.holidays}
        return not years or year in years


def read_policy(path: Path | None) -> Policy:
    """The policy of a user's file over the packaged one; the packaged one without a file.

    Raises:
        ConfigurationError: The file cannot be used; the message names the place and what is allowed.
    """
    packaged = parse(_PACKAGED, resources.files(__package__).joinpath(_PACKAGED).read_bytes(), _File)
    given = parse(str(path), read_bytes(path), _File) if path else _File()
    name = given.profile or packaged.profile or ""
    own = given.profiles.get(name, _Profile())
    base = packaged.profiles.get(name, _Profile())
    merged = {**_given(base), **_given(own), "holidays": {*base.holidays, *own.holidays}}
    missing = {"first_answer", "weekend", *get_args(Kind)} - merged.keys()
    if missing:
        known = sorted({*packaged.profiles, *given.profiles})
        raise WrongValueError(
            f"one of {', '.join(known)} with all its periods",
            f"{name!r}, which lacks {', '.join(sorted(missing))}",
            "profile",
        ).of(str(path))
    if len(set(merged["weekend"])) == len(_WEEK):
        raise WrongValueError("a week with a working day", "every day of it", "profiles", name, "weekend").of(str(path))
    return Policy(
        profile=name,
        first_answer=merged["first_answer"],
        periods={kind: merged[kind] for kind in get_args(Kind)},
        working_days=WorkingDays(
            frozenset(_WEEK.index(day) for day in merged["weekend"]), frozenset(merged["holidays"])
        ),
    )


def _given(profile: _Profile) -> dict[str, Any]:
    """The keys that a section has."""
    return {name: getattr(profile, name) for name in profile.model_fields_set}
