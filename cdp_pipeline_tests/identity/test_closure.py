import random
from collections import defaultdict

import polars as pl
import pytest

from cdp_pipeline.identity.closure import near, things


def held(*pairs: tuple[str, str]) -> pl.DataFrame:
    return things(pl.DataFrame(pairs, schema=["node", "phone"], orient="row"), "node", "phone", kind="phone")


def names(found: pl.Series | None, *candidates: str) -> set[str]:
    assert found is not None
    hashes = pl.Series(candidates).hash(seed=0)
    return {name for name, one in zip(candidates, hashes, strict=True) if one in set(found)}


def test_who_shares_a_phone_with_a_changed_record_is_near_it_and_so_is_who_shares_one_with_those() -> None:
    pairs = held(("an", "1"), ("binh", "1"), ("binh", "2"), ("cuc", "2"), ("dung", "3"))
    assert names(near(pl.Series(["an"]), [pairs], 9), "an", "binh", "cuc", "dung") == {"an", "binh", "cuc"}


def test_things_of_different_kinds_are_never_one() -> None:
    rows = pl.DataFrame({"node": ["an", "binh"], "value": ["7", "7"]})
    phone = things(rows.head(1), "node", "value", kind="phone")
    card = things(rows.tail(1), "node", "value", kind="card")
    assert names(near(pl.Series(["an"]), [phone, card], 9), "an", "binh") == {"an"}


def test_nothing_held_in_common_brings_nobody_near() -> None:
    rows = pl.DataFrame({"node": ["an", "binh"], "value": [None, None]}, schema={"node": pl.String, "value": pl.String})
    found = near(pl.Series(["an"]), [things(rows, "node", "value", kind="phone")], 9)
    assert names(found, "an", "binh") == {"an"}


def test_where_more_are_near_than_may_be_nothing_is_told() -> None:
    assert near(pl.Series(["an"]), [held(("an", "1"), ("binh", "1"), ("cuc", "1"))], 2) is None


@pytest.mark.parametrize("seed", range(5))
def test_it_is_what_a_plain_search_finds(seed: int) -> None:
    dice = random.Random(seed)
    pairs = [(f"n{dice.randrange(40)}", f"t{dice.randrange(50)}") for _ in range(45)]
    start = f"n{dice.randrange(40)}"
    of_thing, of_node = defaultdict(set), defaultdict(set)
    for node, thing in pairs:
        of_thing[thing].add(node)
        of_node[node].add(thing)
    found, waiting = {start}, [start]
    while waiting:
        for thing in of_node[waiting.pop()]:
            waiting += of_thing[thing] - found
            found |= of_thing[thing]
    everybody = [f"n{number}" for number in range(40)]
    assert names(near(pl.Series([start]), [held(*pairs)], 99), *everybody) == found
