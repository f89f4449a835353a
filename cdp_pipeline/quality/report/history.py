"""What was open when a page was made, and what changed since the page of the day before."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class OpenState:
    """The open numbers and names of a page, kept for the pages of later days.

    Attributes:
        people: How many people are published.
        held: The held deliveries, each as entity and drop date.
        rejected: Open rejected rows by entity.
        checks: The checks that do not hold, each as asset, name and drop date.
        stopped: Whether the last run had stopped.
        published_at: When the database was published.
        published_until: The newest drop date of what is published.
    """

    people: int = 0
    held: tuple[str, ...] = ()
    rejected: Mapping[str, int] = field(default_factory=dict)
    checks: tuple[str, ...] = ()
    stopped: bool = False
    published_at: str = ""
    published_until: str = ""

    def stored(self) -> dict[str, Any]:
        """The state as it is kept."""
        return asdict(self)


def open_state(stored: Mapping[str, Any]) -> OpenState:
    """A state as `stored` gave it."""
    return OpenState(**{**stored, "held": tuple(stored["held"]), "checks": tuple(stored["checks"])})


def changes_between(before: OpenState, now: OpenState) -> tuple[str, ...]:
    """What changed from one page to a later one, a sentence each; none where all is as it was."""
    changes = []
    if now.stopped != before.stopped:
        changes.append("The last run stopped." if now.stopped else "Runs go through again.")
    if now.people != before.people:
        changes.append(f"People: {now.people:,}, {now.people - before.people:+,}.")
    changes += _came_and_went("Held deliveries", before.held, now.held)
    changes += _came_and_went("Checks that do not hold", before.checks, now.checks)
    for kind in sorted({*before.rejected, *now.rejected}):
        then, there = before.rejected.get(kind, 0), now.rejected.get(kind, 0)
        if then != there:
            changes.append(f"Open rejected rows of {kind}: {there:,}, {there - then:+,}.")
    return tuple(changes)


def _came_and_went(what: str, before: tuple[str, ...], now: tuple[str, ...]) -> list[str]:
    came = [name for name in now if name not in before]
    went = [name for name in before if name not in now]
    return [
        *([f"{what}, new: {', '.join(came)}."] if came else []),
        *([f"{what}, no more: {', '.join(went)}."] if went else []),
    ]
