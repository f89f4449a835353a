import random
from itertools import combinations

import pytest

from cdp_pipeline.generator import people
from cdp_pipeline.generator.names import name_tokens
from cdp_pipeline.generator.people import HOUSEHOLD_SIZES, Household, Registrar


def households(count: int = 1500, seed: int = 1) -> list[Household]:
    draw, registrar = random.Random(seed).random, Registrar(seed, 10_000)
    sizes = [HOUSEHOLD_SIZES[int(draw() * 100)] for _ in range(count)]
    return [registrar.household(draw, n, 6 * n, size) for n, size in enumerate(sizes)]


def test_no_given_name_is_part_of_another_members_name() -> None:
    for household in households():
        for one, other in combinations(household.members, 2):
            assert one.namesake or not {one.name.given} & set(other.name.full.split())


def test_children_bear_their_fathers_family_name_and_wives_their_own() -> None:
    wives = 0
    for household in households():
        by_role = {person.role: person for person in household.members}
        for person in household.members:
            assert person.role != "child" or person.name.family == by_role["father"].name.family
        wives += "mother" in by_role and by_role["mother"].name.family != by_role["father"].name.family
    assert wives > 300


def test_parents_are_at_least_twenty_years_older_than_their_children() -> None:
    for household in households():
        births = {person.role: person.birth.year for person in household.members}
        assert "child" not in births or births["child"] - births["father"] >= 20


def test_some_siblings_are_twins() -> None:
    twins = [
        (one, other)
        for household in households()
        for one, other in combinations(household.members, 2)
        if one.birth == other.birth
    ]
    assert twins
    assert all(name_tokens(one.name) != name_tokens(other.name) for one, other in twins)


def test_everybody_can_be_reached_somehow() -> None:
    for household in households():
        assert all(person.phone or person.email or household.phone for person in household.members)


def test_no_two_people_own_the_same_phone_or_address() -> None:
    everybody = [person for household in households() for person in household.members]
    for owned in ([p.phone for p in everybody if p.phone], [p.email for p in everybody if p.email]):
        assert len(set(owned)) == len(owned)


def test_a_namesake_is_a_son_with_his_fathers_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "NAMESAKE_SHARE", 1.0)
    pairs = [[p for p in household.members if p.namesake] for household in households(200)]
    found = [pair for pair in pairs if pair]
    assert found
    assert all({p.role for p in pair} == {"father", "child"} and pair[0].name == pair[1].name for pair in found)
