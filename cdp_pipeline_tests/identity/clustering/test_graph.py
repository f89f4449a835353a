"""Buckets of nodes that have no bearing on each other: components against a naive search, and the people in them."""

import random
from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest

from cdp_pipeline.backend.local import Workspace
from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.customer_product_activity import CUSTOMER_PRODUCT_ACTIVITY
from cdp_pipeline.identity.clustering.graph import label_components
from cdp_pipeline.values import hashes as buckets


def searched(edges: list[tuple[int, int]]) -> dict[int, int]:
    """The smallest node that each node reaches, by breadth-first search."""
    near: dict[int, set[int]] = defaultdict(set)
    for a, b in edges:
        near[a].add(b)
        near[b].add(a)
    found: dict[int, int] = {}
    for start in sorted(near):
        front = [start] if start not in found else []
        while front:
            node = front.pop()
            if node not in found:
                found[node] = start
                front.extend(near[node])
    return found


def components(work: Workspace, edges: list[tuple[int, int]]) -> dict[int, int]:
    work.write("edges", pl.DataFrame(edges, schema={"a": pl.Int64, "b": pl.Int64}, orient="row"))
    label_components(work)
    return dict(work.scan("labels").collect().iter_rows())


@pytest.mark.parametrize("seed", range(5))
def test_components_are_those_of_a_naive_search(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    edges = [(dice.randrange(80), dice.randrange(80)) for _ in range(dice.choice([0, 30, 60, 200]))]
    expected = {node: component for node, component in searched(edges).items() if node != component}
    assert components(Workspace(tmp_path), edges) == expected


def test_a_long_chain_in_any_order_is_one_component(tmp_path: Path) -> None:
    nodes = list(range(2_000))
    random.Random(1).shuffle(nodes)
    found = components(Workspace(tmp_path), list(pairwise(nodes)))
    assert set(found.values()) == {0}
    assert len(found) == 1_999


@pytest.mark.parametrize("rows", [40, 400])
def test_people_and_their_ids_do_not_depend_on_the_size_of_buckets(world, monkeypatch, rows: int) -> None:
    for number in range(30):
        of_one = {
            "full_name": f"Trịnh Công {['Ba', 'Tư', 'Năm', 'Sáu'][number % 4]}",
            "phone": f"09123450{number // 2:02}",
        }
        world.add(f"crm {number}", CUSTOMER_IDENTITY, customer_id=f"C{number}", **of_one)
        named = {"customer_name": of_one["full_name"], "customer_phone": of_one["phone"], "system_name": "POS"}
        world.add(f"pos {number}", CUSTOMER_PRODUCT_ACTIVITY, action_id=f"A{number}", **named)
    first = world.resolve()
    monkeypatch.setattr(buckets, "ROWS_AT_ONCE", rows)
    assert world.resolve() == first
    assert world.resolution.changes.unchanged == len(set(first.values()))
    world.resolution = None
    assert world.resolve() == first
