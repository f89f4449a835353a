"""What the entities find odd about a row that they accept."""

import pytest

from cdp_pipeline.entities.registry import BY_OBJECT_TYPE, ENTITIES

NOON = 1_751_342_400_000
DAY = 24 * 60 * 60 * 1000

ODD = [
    ("customer-membership", {"earn_point": 5000, "redeem_point": 1200, "loyalty_point": 3500}, "loyaltyPoint"),
    ("customer-membership", {"earn_point": 5000, "redeem_point": 1200, "loyalty_point": 3800}, None),
    ("customer-membership", {"earn_point": 5000, "loyalty_point": 3500}, None),
    ("customer-identity-address", {"district": "Tân Phú", "start_time": NOON, "end_time": NOON - 1}, "endTime"),
    ("customer-identity-address", {"district": "Tân Phú", "start_time": NOON, "end_time": NOON}, None),
    ("customer-identity-address", {"district": " ", "country": "France"}, "district"),
    ("email-interaction", {"event_at": NOON, "action_at": NOON - DAY - 1}, "actionAt"),
    ("email-interaction", {"event_at": NOON, "action_at": NOON - DAY}, None),
    ("sms-interaction", {"event_at": NOON, "action_at": NOON - DAY - 1}, "actionAt"),
    ("sms-interaction", {"event_at": NOON}, None),
    ("customer-product-review", {"rating": 6}, "rating"),
    ("customer-product-review", {"rating": 5}, None),
    ("customer-product-activity", {"price": -1.0}, "price"),
    ("customer-product-activity", {"price": 0.0}, None),
    ("customer-product-comment", {"product_price": -1.0}, "productPrice"),
    ("customer-product-comment", {"product_price_4_sale": -1.0}, "productPrice4Sale"),
    ("customer-product-review", {"product_price": -1.0}, "productPrice"),
    ("customer-product-review", {"product_price_4_sale": -1.0}, "productPrice4Sale"),
    ("customer-relationship", {"customer_id": "C1", "relationship_id": "C1"}, "relationshipId"),
    ("customer-relationship", {"customer_id": "C1", "relationship_id": "C2"}, None),
    ("moego-lead", {"email": "lan@example.com"}, "phone"),
    ("moego-lead", {"phone": "+84912345678"}, None),
]


@pytest.mark.parametrize(("object_type", "values", "field"), ODD)
def test_an_odd_row_is_found_by_the_field_that_is_odd(typed_row, object_type, values, field):
    entity = BY_OBJECT_TYPE[object_type]
    row = typed_row(entity, **values)
    found = [finding.rule for finding in entity.findings if row.filter(finding.found).height]
    assert [rule.split(":")[1] for rule in found] == ([field] if field else [])


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.object_type)
def test_every_finding_names_a_field_of_its_entity_and_those_of_an_entity_are_all_tried_here_or_none(entity):
    declared = {finding.rule.split(":")[1] for finding in entity.findings}
    assert declared <= {column.source for column in entity.columns}
    assert {field for object_type, _, field in ODD if object_type == entity.object_type and field} in (declared, set())


def test_entities_can_be_kept_in_sets():
    assert len(set(ENTITIES)) == len(ENTITIES)
