"""Files that make each check of who is who fail, read and resolved as a run does it, and what is said of them then."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.customer_membership import CUSTOMER_MEMBERSHIP
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.pipeline.anomalies import count_anomalies
from cdp_pipeline.pipeline.current import update_current
from cdp_pipeline.pipeline.identity import read_choices, update_persons
from cdp_pipeline.pipeline.run import bring_up_to_date
from cdp_pipeline.pipeline.verdicts import evaluate_persons, evaluate_profiles

DAY, NEXT_DAY = "2026-11-16", "2026-11-17"


@pytest.fixture
def judged(place: Any) -> Callable[..., dict[str, str]]:
    """Drops entries by entity on a day and resolves who is who: what the checks say that fail, by name."""

    def judge(day: str, dropped: dict[Any, list[dict[str, Any]]], **settings: Any) -> dict[str, str]:
        for entity, entries in dropped.items():
            place.drop(entity, day, *entries)
            place.process(entity, day)
        for entity in ENTITIES:
            update_current(place.lake, entity)
        choices = read_choices(place.settings.model_copy(update=settings))
        report = update_persons(place.lake, ENTITIES, choices, datetime.fromisoformat(day).replace(tzinfo=UTC))
        return {v.check.name: v.message for v in evaluate_persons(place.lake, report) if not v.passed}

    return judge


def strangers(customer: Callable[..., dict[str, Any]], *numbers: int, **columns: Any) -> list[dict[str, Any]]:
    return [customer(number, fullName=f"Nguyễn Văn {chr(65 + number)}", **columns) for number in numbers]


def test_an_ordinary_day_passes_every_check(judged: Any, customer: Any) -> None:
    assert judged(DAY, {CUSTOMER_IDENTITY: strangers(customer, *range(20))}) == {}
    assert judged(NEXT_DAY, {CUSTOMER_IDENTITY: strangers(customer, 20, 21)}) == {}


def test_a_record_that_stands_in_two_places_is_seen(judged: Any, place: Any, customer: Any) -> None:
    judged(DAY, {CUSTOMER_IDENTITY: strangers(customer, *range(20))})
    placed = place.lake.scan("identity", "record_persons").collect()
    place.lake.write("identity", "record_persons", pl.concat([placed, placed[:1]]))
    found = judged(DAY, {})
    assert set(found) == {"every_record_has_one_person"}
    assert "19 of 20 records stand in exactly one place" in found["every_record_has_one_person"]


def test_cards_of_customers_nobody_sent_are_seen(judged: Any, customer: Any) -> None:
    issued = {"systemName": "CRM", "membershipIssuedAt": 1_760_000_000_000}
    cards = [{"customerId": f"C{n}", "membershipId": f"M{n}", **issued} for n in range(15, 25)]
    found = judged(DAY, {CUSTOMER_IDENTITY: strangers(customer, *range(20)), CUSTOMER_MEMBERSHIP: cards})
    assert set(found) == {"references_resolve"}
    assert "customer-membership names 5 of 10 unknown" in found["references_resolve"]


def test_people_who_are_merged_in_bulk_are_seen(judged: Any, customer: Any) -> None:
    assert judged(DAY, {CUSTOMER_IDENTITY: strangers(customer, *range(20))}) == {}
    pairs = [
        customer(n, fullName=f"Nguyễn Văn {chr(65 + n // 2)}", identityNo=f"0790800012{n // 2:02}") for n in range(12)
    ]
    found = judged(NEXT_DAY, {CUSTOMER_IDENTITY: pairs})
    assert set(found) == {"persons_are_steady"}
    assert "Of 20 people 6 were merged" in found["persons_are_steady"]


def test_a_person_made_of_more_records_than_anybody_has_is_seen(judged: Any, customer: Any) -> None:
    found = judged(DAY, {CUSTOMER_IDENTITY: [customer(n, identityNo="079080001234") for n in range(60)]})
    assert set(found) == {"clusters_are_small"}
    assert "CDP_IDENTITY_RULES" in found["clusters_are_small"]


def test_placeholders_that_people_type_in_are_seen(judged: Any, customer: Any) -> None:
    people = strangers(customer, *range(15)) + strangers(customer, *range(15, 20), email="noemail@shop.vn")
    found = judged(DAY, {CUSTOMER_IDENTITY: people})
    assert set(found) == {"few_identifiers_are_nobodys"}
    assert "are placeholders, of 1 distinct value " in found["few_identifiers_are_nobodys"]


def test_a_line_of_the_overrides_that_names_no_record_is_seen(judged: Any, customer: Any, tmp_path: Path) -> None:
    file = tmp_path / "overrides.csv"
    file.write_text(
        "record_key_a,record_key_b,decision,by,why,when\nx,y,same,Mai,phoned,2026-11-16\n", encoding="utf-8"
    )
    people = {CUSTOMER_IDENTITY: strangers(customer, *range(20))}
    found = judged(DAY, people, identity_overrides=file)
    assert set(found) == {"every_override_holds"}
    assert found["every_override_holds"].startswith("line 2: ")


def test_people_whose_records_contradict_each_other_are_seen(judged: Any, place: Any, customer: Any) -> None:
    people = strangers(customer, *range(20), gender="male")
    also = [person | {"systemName": "POS", "gender": "female"} for person in people[:2]]
    judged(DAY, {CUSTOMER_IDENTITY: people + also})
    bring_up_to_date(place.lake, place.settings, datetime(2026, 11, 18, tzinfo=UTC), upto="anomalies")
    consistent, *_ = evaluate_profiles(place.lake, count_anomalies(place.lake), accept_fewer=False, returned=0)
    assert (consistent.check.name, consistent.passed) == ("people_are_consistent", False)
    assert consistent.message.startswith("Of 20 people 2 have records that contradict each other")
