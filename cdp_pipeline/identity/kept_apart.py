"""Union-find over nodes with constraints: some groups must never be joined.

Each constraint keeps the lines of the overrides file that require it. The order of the decisions is settled in
`overrides.py`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from cdp_pipeline.values.components import DisjointSets

_MOST_LINES: Final = 5
"""The most lines reported as the reason; an operator needs one of them, not all."""


def refused_joins(
    joins: Iterable[tuple[int, int, int]], apart: Iterable[tuple[int, int, int]]
) -> Iterator[tuple[int, tuple[int, ...]]]:
    """The line of each refused join, with the lines that forbid it; joins are applied in the given order.

    A loop in Python: each join depends on the earlier ones, and an overrides file has thousands of lines at most.

    Args:
        joins: Two nodes and the line that joins them.
        apart: Two nodes and the line that keeps them apart.
    """
    groups = Groups()
    for a, b, line in apart:
        groups.keep_apart(a, b, (line,))
    for a, b, line in joins:
        if forbidding := groups.join(a, b):
            yield line, forbidding


@dataclass
class Groups:
    """The groups joined so far, and for each group the groups it must stay apart from, with the first such lines."""

    sets: DisjointSets = field(default_factory=DisjointSets)
    apart_from: dict[int, dict[int, tuple[int, ...]]] = field(default_factory=dict)

    def keep_apart(self, a: int, b: int, lines: tuple[int, ...]) -> None:
        """Forbid the join of two groups."""
        for one, other in ((a, b), (b, a)):
            apart = self.apart_from.setdefault(one, {})
            apart[other] = tuple(sorted({*apart.get(other, ()), *lines})[:_MOST_LINES])

    def join(self, a: int, b: int) -> tuple[int, ...]:
        """Join the groups of two nodes; return the lines that forbid it, or an empty tuple."""
        big, small = self.sets.root(a), self.sets.root(b)
        if big == small:
            return ()
        if forbidding := self.apart_from.get(big, {}).get(small):
            return forbidding
        # The shorter list is copied, so a constraint is copied at most a logarithmic number of times.
        if len(self.apart_from.get(big, ())) < len(self.apart_from.get(small, ())):
            big, small = small, big
        self.sets.attach(small, big)
        for other, lines in self.apart_from.pop(small, {}).items():
            del self.apart_from[other][small]
            self.keep_apart(big, other, lines)
        return ()
