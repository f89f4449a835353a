import random

import pytest

from cdp_pipeline.identity.clustering.cuts import Groups


def reached(start: int, joined: list[tuple[int, int]]) -> set[int]:
    """All nodes that joins lead to, by plain search."""
    found, waiting = {start}, [start]
    while waiting:
        node = waiting.pop()
        beside = {b if a == node else a for a, b in joined if node in (a, b)} - found
        found |= beside
        waiting.extend(beside)
    return found


@pytest.mark.parametrize("seed", range(30))
def test_a_join_is_refused_exactly_when_a_search_finds_two_nodes_kept_apart(seed: int) -> None:
    chance = random.Random(seed)
    groups = Groups()
    apart = {tuple(sorted(chance.sample(range(25), 2))): line for line in range(1, 12)}
    for (a, b), line in apart.items():
        groups.keep_apart(a, b, (line,))
    joined: list[tuple[int, int]] = []
    for _ in range(60):
        a, b = chance.sample(range(25), 2)
        left, right = reached(a, joined), reached(b, joined)
        expected = sorted(
            line for (x, y), line in apart.items() if (x in left and y in right) or (y in left and x in right)
        )
        assert groups.join(a, b) == tuple(expected[:5])
        if not expected:
            joined.append((a, b))
    assert {node: groups.sets.root(node) == groups.sets.root(0) for node in range(25)} == {
        node: node in reached(0, joined) for node in range(25)
    }
