import itertools
import random
from collections import defaultdict, deque

import polars as pl
import pytest

from cdp_pipeline.identity.clusters import find_clusters


def breadth_first(edges: list[tuple[int, int]], nodes: int) -> list[int]:
    neighbours = defaultdict(set)
    for a, b in edges:
        neighbours[a].add(b)
        neighbours[b].add(a)
    cluster = [-1] * nodes
    for start in range(nodes):
        if cluster[start] < 0:
            queue = deque([start])
            while queue:
                node = queue.popleft()
                if cluster[node] < 0:
                    cluster[node] = start
                    queue.extend(neighbours[node])
    return cluster


def edges_frame(edges: list[tuple[int, int]]) -> pl.DataFrame:
    return pl.DataFrame(edges, schema={"a": pl.UInt32, "b": pl.UInt32}, orient="row")


@pytest.mark.parametrize("seed", range(40))
def test_clusters_equal_a_breadth_first_search(seed: int) -> None:
    dice = random.Random(seed)
    nodes = dice.randint(1, 60)
    edges = [(dice.randrange(nodes), dice.randrange(nodes)) for _ in range(dice.randint(0, 70))]
    assert find_clusters(edges_frame(edges), nodes).to_list() == breadth_first(edges, nodes)


def test_the_order_and_direction_of_links_do_not_matter() -> None:
    edges = [(0, 3), (5, 3), (1, 2), (4, 4)]
    turned = [(b, a) for a, b in reversed(edges)] + edges
    assert find_clusters(edges_frame(edges), 6).to_list() == find_clusters(edges_frame(turned), 6).to_list()


def test_a_chain_of_a_hundred_thousand_records_is_one_cluster() -> None:
    order = list(range(100_000))
    random.Random(7).shuffle(order)
    clusters = find_clusters(edges_frame(list(itertools.pairwise(order))), 100_000)
    assert clusters.n_unique() == 1


def test_a_record_without_links_is_a_cluster_of_its_own() -> None:
    assert find_clusters(edges_frame([]), 3).to_list() == [0, 1, 2]
