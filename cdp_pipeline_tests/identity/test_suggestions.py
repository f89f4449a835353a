import polars as pl

from cdp_pipeline.identity.agreement import FEATURES
from cdp_pipeline.identity.overrides import Decisions
from cdp_pipeline.identity.rules import read_rules
from cdp_pipeline.identity.suggestions import Probable, find_probable, suggested_links

PAIR = {"node_a": pl.UInt32, "node_b": pl.UInt32}
NODES = {"node": pl.UInt32, "birth_date": pl.Date, "birth_year": pl.Int64}


def described(**numbers: list[str | None]) -> pl.DataFrame:
    count = 4
    schema = {"node": pl.UInt32, **{c: NODES.get(c, pl.String) for c in FEATURES}}
    return pl.DataFrame({"node": range(count), **{c: numbers.get(c, [None] * count) for c in FEATURES}}, schema=schema)


def suggest(
    persons: list[str], different: tuple[tuple[int, int], ...] = (), **numbers: list[str | None]
) -> list[tuple[str, str]]:
    """What is suggested of the pairs 0-1 and 2-3, which the model finds probable."""
    schema = {**PAIR, "match_weight": pl.Float64, "match_probability": pl.Float64}
    pairs = pl.DataFrame([(0, 1, 9.0, 0.97), (2, 3, 8.0, 0.95)], schema=schema, orient="row")
    people = pl.DataFrame(
        {"node": range(4), "record_key": list("abcd"), "person_id": persons, "is_published": [True] * 4},
        schema_overrides={"node": pl.UInt32},
    )
    said = Decisions(
        pl.DataFrame(schema=PAIR), pl.DataFrame(list(different), schema=PAIR, orient="row"), pl.DataFrame()
    )
    probable = Probable(pairs, pl.DataFrame())
    return suggested_links(probable, described(**numbers), people, said).select("record_key_a", "record_key_b").rows()


def test_probable_pairs_of_different_people_are_suggested_the_most_probable_first() -> None:
    assert suggest(["P1", "P2", "P3", "P4"]) == [("a", "b"), ("c", "d")]


def test_who_is_one_person_already_is_not_suggested() -> None:
    assert suggest(["P1", "P1", "P3", "P4"]) == [("c", "d")]


def test_whom_a_person_called_different_is_not_suggested_again() -> None:
    assert suggest(["P1", "P2", "P3", "P4"], different=((2, 3),)) == [("a", "b")]


def test_a_vetoed_pair_is_not_suggested() -> None:
    assert suggest(["P1", "P2", "P3", "P4"], identity_no=["1", "2", None, None]) == [("c", "d")]


def test_nothing_is_compared_when_matching_is_off() -> None:
    found = find_probable(described(), "off", read_rules(None))
    assert (found.pairs.height, found.links.height) == (0, 0)
