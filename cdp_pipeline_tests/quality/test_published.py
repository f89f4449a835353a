"""Each check of profiles and of the database: numbers that break it, what it says then, and the same numbers whole."""

import pytest

from cdp_pipeline.quality.checks import BY_NAME

WHOLE = {"name": 100, "contact": 95, "birth": 80, "gender": 80}


def test_people_whose_records_contradict_each_other_warn() -> None:
    odd = {"customer-identity": {"contradiction:name": 3}, "customer-product-review": {"early:reviewedAt": 50}}
    verdict = BY_NAME["people_are_consistent"].evaluate(
        people=100, anomalies=odd, contradictions=["contradiction:name"]
    )
    assert (verdict.passed, verdict.check.stops) == (False, False)
    assert (
        "Of 100 people 3 have records that contradict each other in one attribute (warning above 2%)" in verdict.message
    )
    assert "CDP_IDENTITY_OVERRIDES" in verdict.message
    assert verdict.numbers["customer-product-review/early:reviewedAt"] == 50
    assert (
        BY_NAME["people_are_consistent"]
        .evaluate(people=150, anomalies=odd, contradictions=["contradiction:name"])
        .passed
    )


def test_a_table_that_lost_a_large_part_is_an_error_that_says_what_to_do() -> None:
    verdict = BY_NAME["people_have_not_collapsed"].evaluate(
        built={"profiles": 75, "profile_leads": 50},
        published={"profiles": 100, "profile_leads": 50},
        accepts_fewer=False,
        expired={},
    )
    assert (verdict.passed, verdict.check.stops) == (False, True)
    assert "profiles: 75 rows, published are 100; expected at least 80%" in verdict.message
    assert "`cdp run --accept-fewer-people`" in verdict.message
    assert verdict.numbers == {"tables_collapsed": 1, "people": 75}


def test_fewer_people_are_published_when_a_person_says_so() -> None:
    verdict = BY_NAME["people_have_not_collapsed"].evaluate(
        built={"profiles": 75}, published={"profiles": 100}, accepts_fewer=True, expired={}
    )
    assert verdict.passed
    assert "Accepted by accept_fewer_people: profiles: 75 rows" in verdict.message


@pytest.mark.parametrize(("built", "published"), [(80, {"profiles": 100}), (1, {"profiles": 11}), (5, {})])
def test_a_few_who_go_and_a_first_time_are_no_collapse(built: int, published: dict[str, int]) -> None:
    assert (
        BY_NAME["people_have_not_collapsed"]
        .evaluate(built={"profiles": built}, published=published, accepts_fewer=False, expired={})
        .passed
    )


def test_records_whose_retention_ended_may_be_missing_and_no_more() -> None:
    check, published = BY_NAME["people_have_not_collapsed"], {"profiles": 100}
    expired = {"profiles": 50, "profile_activities": 9000}
    assert check.evaluate(built={"profiles": 50}, published=published, accepts_fewer=False, expired=expired).passed
    assert not check.evaluate(built={"profiles": 30}, published=published, accepts_fewer=False, expired=expired).passed


@pytest.mark.parametrize(
    ("part", "having", "least"), [("name", 89, "90%"), ("contact", 79, "80%"), ("birth", 39, "40%")]
)
def test_profiles_without_what_makes_one_warn(part: str, having: int, least: str) -> None:
    verdict = BY_NAME["profiles_are_complete"].evaluate(people=100, having={**WHOLE, part: having})
    assert (verdict.passed, verdict.check.stops) == (False, False)
    assert f"{having} of 100 have a {part}, expected {least}" in verdict.message
    assert "`contacts_are_usable`" in verdict.message
    assert verdict.numbers[f"{part}_share"] == having / 100


def test_whole_profiles_and_a_handful_of_people_are_complete() -> None:
    assert BY_NAME["profiles_are_complete"].evaluate(people=100, having=WHOLE).passed
    assert BY_NAME["profiles_are_complete"].evaluate(people=0, having=dict.fromkeys(WHOLE, 0)).passed
    assert BY_NAME["profiles_are_complete"].evaluate(people=5, having=dict.fromkeys(WHOLE, 0)).passed


@pytest.mark.parametrize(
    ("database", "differing", "told"),
    [
        ({"profiles": 99, "run_ledger": 5}, [], "profiles: 99 rows, in the lake 100"),
        ({"profiles": 101, "run_ledger": 5}, [], "profiles: 101 rows, in the lake 100"),
        ({"profiles": 100}, [], "run_ledger: 0 rows, in the lake 5"),
        ({"profiles": 100, "run_ledger": 5}, ["gender"], "columns gender of 50 profiles looked at differ"),
    ],
)
def test_a_database_that_is_not_the_lake_is_an_error(database: dict[str, int], differing: list[str], told: str) -> None:
    verdict = BY_NAME["published_equals_lake"].evaluate(
        lake={"profiles": 100, "run_ledger": 5},
        database=database,
        growing=["run_ledger"],
        differing=differing,
        probed=50,
    )
    assert (verdict.passed, verdict.check.stops) == (False, True)
    assert told in verdict.message
    assert "expected the same" in verdict.message
    assert "`cdp run`" in verdict.message


def test_a_ledger_may_remember_more_than_the_lake() -> None:
    assert (
        BY_NAME["published_equals_lake"]
        .evaluate(
            lake={"profiles": 1, "run_ledger": 5},
            database={"profiles": 1, "run_ledger": 9},
            growing=["run_ledger"],
            differing=[],
            probed=1,
        )
        .passed
    )
