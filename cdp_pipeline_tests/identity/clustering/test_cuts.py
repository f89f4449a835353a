import itertools
import random
from collections.abc import Sequence
from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings, strategies as st

from cdp_pipeline.identity.clustering.cuts import DECIDED_DIFFERENT, TOO_LARGE, Cut, cut_clusters
from cdp_pipeline.identity.clustering.vetoes import vetoed_pairs
from cdp_pipeline.identity.matching.agreement import FEATURES

FATHER, SON = date(1960, 5, 1), date(1988, 6, 15)
DATES = ("birth_date",)
NUMBERS = ("birth_year",)


def described(*people: dict[str, Any]) -> pl.DataFrame:
    schema = {
        "node": pl.UInt32,
        **{c: pl.Date if c in DATES else pl.Int64 if c in NUMBERS else pl.String for c in FEATURES},
    }
    rows = [
        {"node": n, **p, "birth_year": p["birth_date"].year if p.get("birth_date") else None}
        for n, p in enumerate(people)
    ]
    return pl.DataFrame(rows, schema=schema)


def cut(
    people: Sequence[dict[str, Any]],
    links: Sequence[tuple[int, int, str, str]],
    different: Sequence[tuple[int, int]] = (),
    largest: int = 200,
) -> Cut:
    """Links are (a, b, kind, value); phones and e-mails are medium, `override` certain, other kinds strong."""
    strength = {"phone": "medium", "email": "medium", "zalo_id": "medium", "override": "certain", "alike": "weak"}
    rows = [
        (a, b, "-", f"same_{kind}", kind, value, strength.get(kind, "strong"), 1.0)
        for a, b, kind, value in links
        if a < b
    ]
    names = ("node_a", "node_b", "scope", "rule", "kind", "value", "strength", "weight")
    types = (pl.UInt32, pl.UInt32, pl.String, pl.String, pl.String, pl.String, pl.String, pl.Float64)
    told = pl.DataFrame(list(different), schema={"node_a": pl.UInt32, "node_b": pl.UInt32}, orient="row")
    frame = pl.DataFrame(rows, schema=dict(zip(names, types, strict=True)), orient="row")
    return cut_clusters(frame, described(*people), told, largest)


def judged(found: Cut) -> list[tuple[int, int, str, str | None]]:
    return sorted(found.links.select("node_a", "node_b", "status", "reason").rows())


AN = {"name_match": "an nguyen van", "identity_no": "079088001111"}
LAN = {"name_match": "lan thi tran", "identity_no": "079188002222"}
NOBODY: dict[str, Any] = {}


def test_links_that_hold_together_are_all_used() -> None:
    found = cut([AN, NOBODY, AN], [(0, 1, "phone", "p"), (1, 2, "email", "e")])
    assert found.cluster.to_list() == [0, 0, 0]
    assert found.cut_components == 0


def test_a_chain_between_two_documents_is_cut_at_its_weakest_link() -> None:
    found = cut([AN, NOBODY, LAN], [(0, 1, "email", "e"), (1, 2, "phone", "p")])
    assert found.cluster.to_list() == [0, 0, 2]
    assert judged(found) == [(0, 1, "used", None), (1, 2, "cut", "identity_numbers_differ")]


def test_even_a_strong_link_is_cut_between_people_who_cannot_be_one() -> None:
    father = {"name_match": "hung tran", "birth_date": FATHER}
    son = {"name_match": "nam tran", "birth_date": SON}
    found = cut([father, son], [(0, 1, "customer_id", "-|CRM|1")])
    assert judged(found) == [(0, 1, "cut", "births_differ")]


def test_who_is_cut_off_the_first_holder_joins_the_next_one_he_agrees_with() -> None:
    found = cut([AN, LAN, LAN], [(0, 1, "customer_id", "c"), (0, 2, "customer_id", "c")])
    assert found.cluster.to_list() == [0, 1, 1]
    assert (1, 2, "used", None) in judged(found)


def test_a_persons_word_beats_a_veto() -> None:
    found = cut([AN, LAN], [(0, 1, "override", "")])
    assert found.cluster.to_list() == [0, 0]


def test_a_persons_word_parts_what_a_strong_link_joins() -> None:
    found = cut([AN, AN, AN], [(0, 1, "customer_id", "c"), (0, 2, "phone", "p")], different=[(0, 1)])
    assert found.cluster.to_list() == [0, 1, 0]
    assert (0, 1, "cut", DECIDED_DIFFERENT) in judged(found)


def test_two_numbers_that_all_the_rest_shows_to_be_one_persons_part_nobody() -> None:
    renewed = AN | {"identity_no": "079088009999"}
    found = cut([AN, renewed, AN, renewed], [(0, 1, "alike", "-"), (0, 2, "phone", "p"), (1, 3, "email", "e")])
    assert found.cluster.to_list() == [0, 0, 0, 0]


def test_who_differs_in_name_and_birth_is_no_witness_for_a_wrong_birth_date() -> None:
    father, son = {"name_match": "hung tran", "birth_date": FATHER}, {"name_match": "nam tran", "birth_date": SON}
    assert cut([father, son], [(0, 1, "alike", "-")]).cluster.to_list() == [0, 1]


def test_a_chain_of_too_many_phones_is_cut_to_size() -> None:
    people = [{"name_match": "an nguyen"}] * 50
    found = cut(people, [(n, n + 1, "phone", str(n)) for n in range(49)], largest=10)
    assert found.cluster.value_counts()["count"].max() <= 11
    assert {reason for _, _, status, reason in judged(found) if status == "cut"} == {TOO_LARGE}


def test_a_thousand_forms_of_one_name_and_phone_are_one_person() -> None:
    people = [{"name_match": "an nguyen"}] * 1000
    assert cut(people, [(0, n, "phone", "p") for n in range(1, 1000)]).cluster.n_unique() == 1


def test_a_chain_of_a_hundred_thousand_records_is_cut_and_ends() -> None:
    people = [{"name_match": "an nguyen"}] * 100_000
    found = cut(people, [(n, n + 1, "phone", str(n)) for n in range(99_999)])
    assert found.cluster.value_counts()["count"].max() <= 201


names = st.sampled_from([None, "an nguyen", "binh nguyen", "nguyen", "lan tran", "minhhoang tran", "minhhoag tran"])
births = st.sampled_from([None, date(1960, 5, 1), date(1988, 6, 15), date(1988, 6, 16), date(1961, 7, 2)])
person = st.fixed_dictionaries(
    {
        "name_match": names,
        "birth_date": births,
        "gender": st.sampled_from([None, "male", "female"]),
        "identity_no": st.sampled_from([None, None, "1001", "1002", "2999"]),
    }
)
link = st.tuples(
    st.integers(0, 14),
    st.integers(0, 14),
    # A customer id is the sender's own word, which excuses a birth date.
    st.sampled_from(["phone", "email", "facebook_id", "zalo_id"]),
    st.sampled_from("pqr"),
)


@settings(max_examples=60)
@given(people=st.lists(person, min_size=15, max_size=15), links=st.lists(link, max_size=30), largest=st.integers(2, 20))
def test_no_cluster_ever_holds_a_vetoed_pair_or_is_too_large(people: Any, links: Any, largest: int) -> None:
    found = cut(people, links, largest=largest)
    everyone = described(*people).with_columns(cluster=found.cluster)
    other = everyone.rename({c: f"{c}_b" for c in everyone.columns})
    within = everyone.join(other, left_on="cluster", right_on="cluster_b").filter(pl.col("node") < pl.col("node_b"))
    assert vetoed_pairs(within).is_empty()
    descriptions = everyone.group_by("cluster").agg(pl.struct(FEATURES).n_unique().alias("descriptions"))
    assert descriptions["descriptions"].max() <= largest


@pytest.mark.parametrize("seed", range(20))
def test_the_order_of_links_does_not_matter(seed: int) -> None:
    dice = random.Random(seed)
    people = [dice.choice([AN, LAN, NOBODY, {"name_match": "an"}]) for _ in range(12)]
    pairs = list(itertools.combinations(range(12), 2))
    links = [
        (*dice.choice(pairs), dice.choice(["phone", "email", "customer_id"]), dice.choice("pq")) for _ in range(15)
    ]
    shuffled = dice.sample(links, len(links))
    assert judged(cut(people, links, largest=4)) == judged(cut(people, shuffled, largest=4))
