"""What a cluster's own links prove of values that a veto takes for two people's."""

from datetime import date
from typing import Any

import pytest

from cdp_pipeline_tests.identity.clustering.test_cuts import cut

BORN, OTHER = date(1973, 2, 1), date(1981, 11, 27)


def who(name: str, born: date | None = BORN, gender: str | None = None) -> dict[str, Any]:
    return {"name_match": name, "birth_date": born, "gender": gender}


def clusters(people: list[dict[str, Any]], links: list[tuple[int, int]], kind: str = "alike") -> list[int]:
    return cut(people, [(a, b, kind, "-") for a, b in links]).cluster.to_list()


def test_two_names_of_one_birth_date_explain_a_third_record_of_another_birth_date() -> None:
    people = [who("burgess josip"), who("burgess joseph"), who("burgess joseph", OTHER)]
    assert clusters(people, [(0, 1), (1, 2)]) == [0, 0, 0]


def test_names_are_one_persons_one_after_the_other() -> None:
    names = ("burgess josip", "burgess jozef", "burgess joseph", "burgess josef")
    people = [who(name) for name in names] + [who("burgess josef", OTHER)]
    assert clusters(people, [(0, 1), (1, 2), (2, 3), (3, 4)]) == [0] * 5


def test_two_names_of_one_gender_explain_a_wrong_tick() -> None:
    people = [
        who("robert smith", gender="male"),
        who("rodrigo smith", gender="male"),
        who("rodrigo smith", gender="female"),
    ]
    assert clusters(people, [(0, 1), (1, 2)]) == [0, 0, 0]


def test_a_slip_in_a_name_is_the_same_name_whatever_was_ticked() -> None:
    names = ("robert smith", "rodrigo smith", "rodriggo smith")
    people = [who(name, gender=gender) for name, gender in zip(names, ("male", "male", "female"), strict=True)]
    assert clusters(people, [(0, 1), (1, 2)]) == [0, 0, 0]


def test_two_names_are_not_one_because_a_shorter_one_is_part_of_both() -> None:
    people = [who("anton joseph schmidt"), who("joseph schmidt", None), who("joseph karl schmidt", OTHER)]
    assert len(set(clusters(people, [(0, 1), (1, 2)]))) == 2


@pytest.mark.parametrize("between", ["h schmidt", "schmidt"])
def test_a_name_that_could_be_either_twins_proves_nothing(between: str) -> None:
    people = [who("hans schmidt", gender="male"), who(between, gender="male"), who("hilde schmidt", gender="female")]
    assert clusters(people, [(0, 1), (1, 2)]) == [0, 0, 2]


def test_a_record_without_a_gender_is_no_proof_that_twins_are_one() -> None:
    people = [who("hans schmidt", gender="male"), who("hans schmidt"), who("hilde schmidt", gender="female")]
    assert clusters(people, [(0, 1), (1, 2)]) == [0, 0, 2]


def test_a_record_without_a_birth_date_is_no_proof_of_two_names() -> None:
    people = [who("hung tran"), who("nam tran", None), who("nam tran", OTHER)]
    assert clusters(people, [(0, 1), (1, 2)]) == [0, 0, 2]


def test_one_name_written_in_two_ways_does_not_make_one_of_father_and_son() -> None:
    son = who("burgess joseph", date(1999, 7, 15))
    people = [who("burgess josip"), who("burgess joseph"), who("burgess joseph", None), son]
    assert len(set(clusters(people, [(0, 1), (1, 2), (2, 3)]))) == 2


def test_a_shared_phone_is_no_proof_of_two_names() -> None:
    people = [who("burgess josip"), who("burgess joseph"), who("burgess joseph", OTHER)]
    assert len(set(clusters(people, [(0, 1), (1, 2)], "phone"))) == 2


def test_two_valid_documents_are_two_peoples_whatever_their_names() -> None:
    numbers = ({}, {"identity_no": "079088001111"}, {"identity_no": "079188002222"})
    people = [
        {**who(name), **number} for name, number in zip(("an le", "an le van", "an le van"), numbers, strict=True)
    ]
    assert len(set(clusters(people, [(0, 1), (0, 2)]))) == 2


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2)])
def test_the_order_of_records_does_not_matter(order: tuple[int, ...]) -> None:
    people = [who("burgess josip"), who("burgess joseph"), who("burgess joseph", OTHER)]
    places = [order.index(place) for place in range(3)]
    links = [tuple(sorted((places[a], places[b]))) for a, b in ((0, 1), (1, 2))]
    assert clusters([people[place] for place in order], links) == [0, 0, 0]
