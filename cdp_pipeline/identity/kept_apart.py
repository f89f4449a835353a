"""Groups of nodes that grow by joining, some of which must never become one.

A union-find that also knows which groups are kept apart and which lines of a file say so. Whose statements these are
and which goes first is settled in `overrides.py`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

_MOST_LINES: Final = 5
"""So many lines are named as the reason; a person needs to find one, not all."""


def refused_joins(
    joins: Iterable[tuple[int, int, int]], apart: Iterable[tuple[int, int, int]]
) -> Iterator[tuple[int, tuple[int, ...]]]:
    """The line of each join that is refused, with the lines that forbid it; the joins given first go first.

    A loop in Python: each join depends on those applied before it, and people write thousands of lines at most.

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
    """Nodes joined so far, and for each group the groups it is kept from with the first lines that say so."""

    parent: dict[int, int] = field(default_factory=dict)
    kept_from: dict[int, dict[int, tuple[int, ...]]] = field(default_factory=dict)

    def find(self, node: int) -> int:
        """The group of a node."""
        while (above := self.parent.get(node, node)) != node:
            self.parent[node] = node = self.parent.get(above, above)
        return node

    def keep_apart(self, a: int, b: int, lines: tuple[int, ...]) -> None:
        """Say that two groups are different people."""
        for one, other in ((a, b), (b, a)):
            apart = self.kept_from.setdefault(one, {})
            apart[other] = tuple(sorted({*apart.get(other, ()), *lines})[:_MOST_LINES])

    def join(self, a: int, b: int) -> tuple[int, ...]:
        """Join the groups of two nodes, or give the lines that forbid it."""
        big, small = self.find(a), self.find(b)
        if big == small:
            return ()
        if forbidding := self.kept_from.get(big, {}).get(small):
            return forbidding
        # The shorter list moves, so that a node's statements move at most a logarithm of times.
        if len(self.kept_from.get(big, ())) < len(self.kept_from.get(small, ())):
            big, small = small, big
        self.parent[small] = big
        for other, lines in self.kept_from.pop(small, {}).items():
            del self.kept_from[other][small]
            self.keep_apart(big, other, lines)
        return ()
