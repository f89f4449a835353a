from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.lead_information import LEAD_INFORMATION
from cdp_pipeline.entities.table import Table
from cdp_pipeline.profiles.activities.activities import PROFILE_ACTIVITIES
from cdp_pipeline.profiles.addresses.relationships import PROFILE_RELATIONSHIPS
from cdp_pipeline.profiles.records.findings import AnomalyInputs, find_anomalies
from cdp_pipeline.profiles.records.records import PROFILE_RECORDS


def at(day: int) -> datetime:
    return datetime(2026, 1, day, tzinfo=UTC)


def table(declared: Table, *rows: dict[str, Any]) -> pl.LazyFrame:
    return pl.LazyFrame([{name: row.get(name) for name in declared.schema} for row in rows], schema=declared.schema)


def odd(records, activities=(), relationships=(), known=()) -> list[tuple[str, str, int]]:
    parts = AnomalyInputs(
        table(PROFILE_RECORDS, *known),
        table(PROFILE_ACTIVITIES, *activities),
        table(PROFILE_RELATIONSHIPS, *relationships),
    )
    found = find_anomalies(records.current, records.record_persons, parts)
    turned = records.reversed()
    assert found.equals(find_anomalies(turned.current, turned.record_persons, parts))
    return found.rows()


@pytest.mark.parametrize(
    ("one", "other", "rule"),
    [
        ({"gender": "male"}, {"gender": "female"}, "gender"),
        ({"gender": "male"}, {"gender": "undefined"}, None),
        ({"birth_date": date(1990, 1, 2)}, {"birth_date": date(1990, 2, 1)}, "birthDate"),
        ({"birth_date": date(1990, 1, 2)}, {"birth_date": None}, None),
        ({"name_match": "an minh nguyen"}, {"name_match": "lan nguyen"}, "name"),
        ({"name_match": "an minh nguyen"}, {"name_match": "an nguyen"}, None),
        ({"name_match": "an minh nguyen"}, {"name_match": "an m nguyen"}, None),
        ({"name_match": "an nguyen"}, {"name_match": None}, None),
    ],
)
def test_people_whose_records_contradict_each_other_are_counted(records, one, other, rule):
    records.add(CUSTOMER_IDENTITY, **one)
    records.add(LEAD_INFORMATION, **other)
    assert odd(records) == ([("customer-identity", f"contradiction:{rule}", 1)] if rule else [])


def test_two_people_may_differ_as_they_like(records):
    records.add(CUSTOMER_IDENTITY, person="P1", gender="male", name_match="an nguyen")
    records.add(CUSTOMER_IDENTITY, person="P2", gender="female", name_match="lan tran")
    assert odd(records) == []


def test_a_review_older_than_all_else_known_of_its_person_is_counted(records):
    review = {"person_id": "P1", "object_type": "customer-product-review", "occurred_at": at(1)}
    identity = {"person_id": "P1", "object_type": "customer-identity", "first_seen_at": at(2)}
    itself = {"person_id": "P1", "object_type": "customer-product-review", "first_seen_at": at(1)}
    assert odd(records, [review], known=[identity, itself]) == [("customer-product-review", "early:reviewedAt", 1)]
    assert odd(records, [{**review, "occurred_at": at(3)}], known=[identity, itself]) == []
    assert odd(records, [review], known=[itself]) == []


def test_an_answer_to_a_comment_that_never_came_is_counted(records):
    answer = {"person_id": "P1", "object_type": "customer-product-comment", "parent_problem": "missing"}
    assert odd(records, [answer]) == [("customer-product-comment", "orphan:parentCommentId", 1)]


def test_a_relationship_that_leads_back_to_the_person_is_counted(records):
    assert odd(records, relationships=[{"person_id": "P1", "related_problem": "self"}]) == [
        ("customer-relationship", "self:related", 1)
    ]


def test_prices_without_a_currency_are_counted_by_entity(records):
    priced = [
        {"object_type": "customer-product-activity", "price": 5.0},
        {"object_type": "customer-product-activity", "price": None},
        {"object_type": "customer-product-comment", "price_4_sale": 4.0},
    ]
    assert odd(records, priced) == [
        ("customer-product-activity", "missing:currency", 1),
        ("customer-product-comment", "missing:currency", 1),
    ]
