"""A check, what its measure found, and the verdict of both."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from cdp_pipeline.entities.entity import Entity


@dataclass(frozen=True)
class Measured:
    """What a measure found.

    Attributes:
        passed: Whether the check's promise holds.
        numbers: What was counted, under names that are the same everywhere, so that they plot over time.
        found: What breaks the promise, such as the days on which it is broken.
        words: Values that only the check's sentences name.
        is_red: Whether the data is so far from usual that it is not to be trusted, although the check only warns.
    """

    passed: bool
    numbers: Mapping[str, int | float] = field(default_factory=dict)
    found: Sequence[str] = ()
    words: Mapping[str, object] = field(default_factory=dict)
    is_red: bool = False


@dataclass(frozen=True, eq=False, kw_only=True)
class Check:
    """A promise about an asset's data.

    Its sentences are formatted with the counts and limits, and with the numbers, words and `found` of the measure.

    Attributes:
        name: The promise in the present tense; the check's name in Dagster.
        asset: The asset it stands on, `<layer>/<table>`; `<entity>` stands for each entity's.
        promise: A sentence for the reader of the catalog.
        effect: What a broken promise does: it stops the run, as an error; holds a delivery, as an error that stops
            nothing else; or warns.
        measure: A function of those counts and limits that its parameters name.
        limits: The limits that hold for all entities; those of an entity are its `Thresholds`.
        begins: What both sentences begin with.
        holds: The sentence when the promise holds.
        broken: The sentence when it does not: what was found, what was expected, what to do. No personal data.
        applies: Whether an entity has columns to check.
    """

    name: str
    asset: str
    promise: str
    effect: Literal["stops", "holds", "warns"] = "warns"
    measure: Callable[..., Measured]
    limits: Mapping[str, Any] = field(default_factory=dict)
    begins: str = ""
    holds: str = ""
    broken: str
    applies: Callable[[Entity], bool] = lambda _: True

    @property
    def stops(self) -> bool:
        """Whether a broken promise stops what follows."""
        return self.effect == "stops"

    def evaluate(self, **counts: Any) -> Verdict:
        """The verdict on these counts; the measure gets those that it names, the sentences get all."""
        given = {**counts, **self.limits}
        found = self.measure(**{name: given[name] for name in inspect.signature(self.measure).parameters})
        words = {**given, **found.numbers, **found.words, "found": listed(found.found)}
        text = self.begins + (self.holds if found.passed else self.broken)
        return Verdict(**vars(found), check=self, message=text.format(**words))


@dataclass(frozen=True, kw_only=True)
class Verdict(Measured):
    """What a check found.

    Attributes:
        check: The check.
        message: What was found, what was expected and, when it does not hold, what to do. No personal data.
    """

    check: Check
    message: str


def listed(items: Sequence[str], most: int = 5) -> str:
    """The first few of many, and how many more there are."""
    more = f" and {len(items) - most:,} more" if len(items) > most else ""
    return f"{'; '.join(items[:most])}{more}"
