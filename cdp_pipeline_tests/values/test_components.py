import itertools
import random
from collections import defaultdict, deque

import polars as pl
import pytest

from cdp_pipeline.values.components import find_components


def breadth_first(edges: list[tuple[int, int]], nodes: int) -> list[int]:
    neighbours = defaultdict(set)
    for a, b in edges:
        neighbours[a].add(b)
        neighbours[b].add(a)
    component = [-1] * nodes
    for start in range(nodes):
        if component[start] < 0:
            queue = deque([start])
            while queue:
                node = queue.popleft()
                if component[node] < 0:
                    component[node] = start
                    queue.extend(neighbours[node])
    return component


def edges_frame(edges: list[tuple[int, int]]) -> pl.DataFrame:
    return pl.DataFrame(edges, schema={"a": pl.UInt32, "b": pl.UInt32}, orient="row")


@pytest.mark.parametrize("seed", range(40))
def test_components_equal_a_breadth_first_search(seed: int) -> None:
    dice = random.Random(seed)
    nodes = dice.randint(1, 60)
    edges = [(dice.randrange(nodes), dice.randrange(nodes)) for _ in range(dice.randint(0, 70))]
    assert find_components(edges_frame(edges), nodes).to_list() == breadth_first(edges, nodes)


def test_the_order_and_direction_of_edges_do_not_matter() -> None:
    edges = [(0, 3), (5, 3), (1, 2), (4, 4)]
    turned = [(b, a) for a, b in reversed(edges)] + edges
    assert find_components(edges_frame(edges), 6).to_list() == find_components(edges_frame(turned), 6).to_list()


def test_a_chain_of_a_hundred_thousand_nodes_is_one_component() -> None:
    order = list(range(100_000))
    random.Random(7).shuffle(order)
    components = find_components(edges_frame(list(itertools.pairwise(order))), 100_000)
    assert components.n_unique() == 1


def test_a_node_without_edges_is_a_component_of_its_own() -> None:
    assert find_components(edges_frame([]), 3).to_list() == [0, 1, 2]
