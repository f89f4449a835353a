"""A check, and the verdict of a check on data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Check:
    """A promise about an asset's data.

    Attributes:
        name: The promise in the present tense; the check's name in Dagster.
        asset: The asset it stands on, `<layer>/<table>`; `<entity>` stands for each entity's.
        promise: A sentence for the reader of the catalog.
        effect: What a broken promise does: it stops the run, as an error; holds a delivery, as an error that stops
            nothing else; or warns.
    """

    name: str
    asset: str
    promise: str
    effect: Literal["stops", "holds", "warns"] = "warns"

    @property
    def stops(self) -> bool:
        """Whether a broken promise stops what follows."""
        return self.effect == "stops"


@dataclass(frozen=True)
class Verdict:
    """What a check found.

    Attributes:
        check: The check.
        passed: Whether its promise holds.
        message: What was found, what was expected and, when it does not hold, what to do. No personal data.
        numbers: What was counted, under names that are the same everywhere, so that they plot over time.
        is_red: Whether what a check that warns found is so far from usual that the data is not to be trusted.
    """

    check: Check
    passed: bool
    message: str
    numbers: Mapping[str, int | float] = field(default_factory=dict)
    is_red: bool = False


def listed(items: Sequence[str], most: int = 5) -> str:
    """The first few of many, and how many more there are."""
    more = f" and {len(items) - most:,} more" if len(items) > most else ""
    return f"{'; '.join(items[:most])}{more}"
