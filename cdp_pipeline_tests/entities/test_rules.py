"""The conditional rules of the entities, run through the models that name them."""

import pandera.errors
import polars as pl
import pytest

from cdp_pipeline.entities.registry import BY_OBJECT_TYPE

RULES = {
    "lead-information": {"NAME"},
    "customer-identity": {"NAME", "PHONE_OR_EMAIL"},
    "customer-relationship": {"NAME"},
    "customer-membership": {"CUSTOMER_REF"},
    "customer-identity-address": {"ADDRESS_MIN"},
    "customer-product-activity": {"CUSTOMER_PHONE_OR_EMAIL"},
    "customer-product-comment": {"CUSTOMER_PHONE_OR_EMAIL"},
    "customer-product-review": {"CUSTOMER_PHONE_OR_EMAIL"},
    "customer-product-subscriber": {"CUSTOMER_PHONE_OR_EMAIL"},
    "moego-lead": {"PHONE_OR_EMAIL"},
    "lead-status-history": set(),
    "customer-identity-email": set(),
    "customer-identity-photo": set(),
    "email-interaction": set(),
    "sms-interaction": set(),
}


@pytest.fixture
def broken_rules(typed_row):
    """The conditional rules that a row breaks."""

    def find(object_type: str, **values: str) -> set[str]:
        entity = BY_OBJECT_TYPE[object_type]
        try:
            entity.model.to_schema().validate(typed_row(entity, **values), lazy=True)
        except pandera.errors.SchemaErrors as errors:
            return set(errors.failure_cases["check"]) & set().union(*RULES.values())
        return set()

    return find


def entities_with(rule: str) -> list[str]:
    return [object_type for object_type, rules in RULES.items() if rule in rules]


@pytest.mark.parametrize("object_type", RULES)
def test_an_entity_has_the_conditional_rules_of_its_page(object_type, broken_rules):
    assert broken_rules(object_type) == RULES[object_type]


@pytest.mark.parametrize("object_type", entities_with("NAME"))
@pytest.mark.parametrize(
    ("names", "enough"),
    [
        ({"full_name": "Nguyễn Minh Đức"}, True),
        ({"first_name": "Nguyễn", "last_name": "Đức"}, True),
        ({"first_name": "Nguyễn"}, False),
        ({"last_name": "Đức"}, False),
        ({"full_name": " \t", "first_name": "Nguyễn", "last_name": ""}, False),
    ],
)
def test_a_person_has_a_whole_name_or_both_of_its_parts(broken_rules, object_type, names, enough):
    assert ("NAME" not in broken_rules(object_type, **names)) is enough


@pytest.mark.parametrize("object_type", entities_with("PHONE_OR_EMAIL"))
@pytest.mark.parametrize(
    ("contacts", "enough"),
    [
        ({"phone": "0912345678"}, True),
        ({"email": "lan@example.com"}, True),
        ({"phone": "0912 345 xxx"}, True),
        ({"phone": " ", "email": ""}, False),
    ],
)
def test_a_person_can_be_reached_by_phone_or_email(broken_rules, object_type, contacts, enough):
    assert ("PHONE_OR_EMAIL" not in broken_rules(object_type, **contacts)) is enough


@pytest.mark.parametrize("object_type", entities_with("CUSTOMER_PHONE_OR_EMAIL"))
@pytest.mark.parametrize(
    ("contacts", "enough"),
    [
        ({"customer_phone": "0912345678"}, True),
        ({"customer_email": "lan@example.com"}, True),
        ({"customer_id": "C1", "customer_name": "Lan"}, False),
        ({"customer_phone": " ", "customer_email": "\u00a0"}, False),
    ],
)
def test_a_customer_of_a_product_can_be_reached_by_phone_or_email(broken_rules, object_type, contacts, enough):
    assert ("CUSTOMER_PHONE_OR_EMAIL" not in broken_rules(object_type, **contacts)) is enough


@pytest.mark.parametrize(
    ("customer", "enough"),
    [
        ({"customer_id": "C1"}, True),
        ({"customer_email": "lan@example.com"}, True),
        ({"customer_phone": "0912345678"}, True),
        ({"customer_name": "Lan", "membership_id": "M1"}, False),
        ({"customer_id": " ", "customer_email": "", "customer_phone": "\t"}, False),
    ],
)
def test_a_membership_names_its_customer_by_id_email_or_phone(broken_rules, customer, enough):
    assert ("CUSTOMER_REF" not in broken_rules("customer-membership", **customer)) is enough


@pytest.mark.parametrize("missing", ["city", "place", "address"])
@pytest.mark.parametrize("place", ["district", "ward"])
@pytest.mark.parametrize("country", ["", "Việt Nam", "N/A"])
def test_a_vietnamese_address_needs_city_street_and_one_of_district_and_ward(broken_rules, missing, place, country):
    whole = {"country": country, "city": "Hồ Chí Minh", place: "Bến Thành", "address": "278 Hòa Bình"}
    assert broken_rules("customer-identity-address", **whole) == set()
    missing = place if missing == "place" else missing
    assert broken_rules("customer-identity-address", **whole | {missing: " "}) == {"ADDRESS_MIN"}


@pytest.mark.parametrize(
    ("country", "needs_more"),
    [
        ({"country": "Viet Nam"}, True),
        ({"country": "VIỆT NAM"}, True),
        ({"country": "vietnam "}, True),
        ({"country": "Socialist Republic of Viet Nam"}, True),
        ({"country_alpha_code_2": "vn"}, True),
        ({"country_alpha_code_3": "VNM"}, True),
        ({"country": " ", "country_alpha_code_2": "-"}, True),
        ({"country": "Việt Nam", "country_alpha_code_2": "US"}, True),
        ({"country": "N/A"}, True),
        ({"country": "n.a.", "country_alpha_code_3": "none"}, True),
        ({"country": "No"}, True),
        ({"country": "có"}, True),
        ({"country": "không rõ"}, True),
        ({"country": "Other", "country_alpha_code_2": "NO"}, False),
        ({"country_alpha_code_2": "NA"}, False),
        ({"country": "France"}, False),
        ({"country_alpha_code_2": "SG"}, False),
        ({"country_alpha_code_3": "USA"}, False),
    ],
)
def test_an_address_needs_a_district_or_ward_in_vietnam_only(broken_rules, country, needs_more):
    broken = broken_rules("customer-identity-address", city="Lyon", address="3 rue Neuve", **country)
    assert (broken == {"ADDRESS_MIN"}) is needs_more


@pytest.mark.parametrize("missing", ["city", "address"])
def test_an_address_needs_city_and_street_in_every_country(broken_rules, missing):
    abroad = {"country": "France", "city": "Lyon", "address": "3 rue Neuve"}
    assert broken_rules("customer-identity-address", **abroad | {missing: None}) == {"ADDRESS_MIN"}


def test_a_rule_judges_each_row_by_itself(typed_row):
    entity = BY_OBJECT_TYPE["moego-lead"]
    rows = pl.concat(
        [typed_row(entity, id="l1", phone="0912345678"), typed_row(entity, id="l2"), typed_row(entity, id="l3")]
    )
    with pytest.raises(pandera.errors.SchemaErrors) as broken:
        entity.model.to_schema().validate(rows, lazy=True)
    assert set(broken.value.failure_cases["check"]) == {"PHONE_OR_EMAIL"}
