"""Custom fields that are declared to tell a place of birth or an occupation, from the landing folder to the links."""

from dataclasses import replace
from pathlib import Path

import pytest

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.pipeline.current import update_current
from cdp_pipeline.pipeline.identity import read_choices, update_persons
from cdp_pipeline_tests.pipeline.test_identity import DAY, NEXT_DAY

RULES = """
[traits.customer-identity]
birth_place = ["customFieldTexts.customField01"]
occupation = ["customFieldTexts.customField02"]
"""


def poet(number: int, place: str, work: str = "poet") -> dict[str, object]:
    return {
        "customerId": f"C{number}",
        "systemName": f"S{number}",
        "internalCompanyId": "ORG1",
        "fullName": "Jonathan Milford",
        "dob2": "1951-03-04",
        "email": f"r{number}@example.com",
        "customFieldTexts": {"customField01": place, "customField02": work},
        "createdAt": 1767502800000,
        "updatedAt": 1767502800000 + number,
    }


@pytest.fixture
def resolved(place, now, tmp_path: Path):
    """What speaks for the pairs of these records, with the rules or without."""

    def resolve(day: str, *entries: dict[str, object], rules: str | None = RULES) -> list[str]:
        place.drop(CUSTOMER_IDENTITY, day, *entries)
        place.process(CUSTOMER_IDENTITY, day)
        for entity in ENTITIES:
            update_current(place.lake, entity)
        path = tmp_path / "rules.toml"
        path.write_text(rules or "", encoding="utf-8")
        choices = read_choices(place.settings.model_copy(update={"identity_rules": path}))
        update_persons(place.lake, ENTITIES, replace(choices, suggest_probability=0.0), now)
        links = place.lake.scan("identity", "links").select("evidence").collect()
        return links["evidence"].drop_nulls().to_list()

    return resolve


def test_a_declared_field_is_compared_and_one_that_is_not_says_nothing(resolved) -> None:
    people = [poet(1, "Marston Moretaine"), poet(2, "marston-moretaine")]
    (undeclared,) = resolved(DAY, *people, rules=None)
    assert "place of birth" not in undeclared
    (declared,) = resolved(DAY, *people)
    assert "same place of birth" in declared
    assert "same occupation" in declared


def test_a_field_that_changes_alone_is_compared_anew(resolved) -> None:
    (before,) = resolved(DAY, poet(1, "Woburn"), poet(2, "Woburn"))
    assert "same place of birth" in before
    (after,) = resolved(NEXT_DAY, {**poet(2, "Willington"), "updatedAt": 1767502900000})
    assert "different places of birth" in after
