import re

import pytest

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.customer_identity_address import CUSTOMER_IDENTITY_ADDRESS
from cdp_pipeline.entities.customer_identity_email import CUSTOMER_IDENTITY_EMAIL
from cdp_pipeline.entities.registry import ENTITIES


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ({"yob": "abc"}, 'yob: found "abc", expected a year of four digits'),
        ({"customer_id": " "}, "customerId: found nothing, expected an identifier as text"),
        ({"timezone_gmt": "99"}, 'timezoneGmt: found "99", expected whole hours from GMT, -12 to 14'),
        ({"record_status": "Gone"}, 'recordStatus: found "G***" (masked), expected one of Active, Deleted'),
        (
            {"created_at": "05/02/2024 10:00:00"},
            'createdAt: found "##/##/#### ##:##:##" (masked), expected a timestamp in epoch milliseconds; nothing in '
            "its column shows which part is the day and which the month, or there is no such day: write it as "
            "yyyy-MM-dd, or declare its format in the dates of a mapping",
        ),
        (
            {"created_at": "1584507164"},
            'createdAt: found "##########" (masked), expected a timestamp in epoch milliseconds, between 1900 and a '
            "day after loading; this is probably in seconds: multiply it by 1000",
        ),
        (
            {"full_name": '["An"]', "structured": ["full_name"]},
            "fullName: found a JSON list or object, expected a person's name",
        ),
    ],
)
def test_a_message_says_what_was_found_what_was_expected_and_what_to_do(cell, told, validate, an) -> None:
    message = validate(CUSTOMER_IDENTITY, an | cell).rejected["message"].item()
    assert message == f"{told}; correct it"


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (
            {"full_name": None, "first_name": "An"},
            "NAME: fullName and lastName are empty; the field fullName is needed",
        ),
        ({"phone": None, "email": " "}, "PHONE_OR_EMAIL: phone and email are empty; one of phone and email is needed"),
    ],
)
def test_a_rule_across_columns_names_the_empty_fields_and_what_is_needed(cells, message: str, validate, an) -> None:
    (found,) = validate(CUSTOMER_IDENTITY, an | cells).rejected["message"]
    assert found.startswith(message)
    assert found.endswith("; fill what is missing")


def test_an_address_names_only_the_fields_that_its_rule_needs(validate) -> None:
    row = {"customer_id": "C1", "address_type": "Home", "address": "1 Lê Lợi", "city": "Huế"}
    (found,) = validate(CUSTOMER_IDENTITY_ADDRESS, row).rejected["message"]
    assert (
        "ADDRESS_MIN: district and ward are empty; the fields city, address and one of district and ward are" in found
    )


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.object_type)
def test_the_description_of_every_rule_across_columns_names_fields(entity) -> None:
    sources = {column.source for column in entity.columns}
    for check in entity.model.to_schema().checks:
        assert len(sources & set(re.findall(r"\w+", check.description))) > 1, check.name


def test_several_broken_rules_are_told_in_the_order_of_the_columns(validate, an) -> None:
    row = an | {"yob": "abc", "timezone_gmt": "x", "phone": None}
    message = validate(CUSTOMER_IDENTITY, row).rejected["message"].item()
    assert [part.split(":")[0] for part in message.split("; ")[:3]] == ["timezoneGmt", "yob", "PHONE_OR_EMAIL"]
    assert message.endswith("; correct them")


@pytest.mark.parametrize(
    ("cell", "shown"), [({"dob": "15/06/1988"}, '"##/##/####"'), ({"yob": "Nguyễn Văn An"}, '"N*** V*** A***"')]
)
def test_dates_and_years_of_birth_are_masked(cell, shown: str, validate, an) -> None:
    assert f"found {shown} (masked)," in validate(CUSTOMER_IDENTITY, an | cell).rejected["message"].item()


def test_a_malformed_address_is_masked_whatever_it_holds(validate) -> None:
    row = {"customer_id": "C1", "email": "an.nguyen@ 0912345678", "email_type": "Personal"}
    message = validate(CUSTOMER_IDENTITY_EMAIL, row).rejected["message"].item()
    assert message.startswith('email: found "a***.n***@ ##########" (masked), expected an e-mail address')


def test_a_long_cell_is_shortened(validate) -> None:
    row = {"customer_id": "C1", "address_type": "12 " * 200, "city": "Huế", "district": "1", "address": "2 Lê Lợi"}
    message = validate(CUSTOMER_IDENTITY_ADDRESS, row).rejected["message"].item()
    assert f'found "{"## " * 20}…" (masked), expected one of' in message


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ({"created_at": "an.nguyen@example.com"}, '"a***.n***@e***.c***" (masked)'),
        ({"created_at": "Nguyễn Văn An"}, '"N*** V*** A***" (masked)'),
        ({"timezone_gmt": "+84 912 345 678"}, '"+## ### ### ###" (masked)'),
        ({"record_status": "0912345678"}, '"##########" (masked)'),
        ({"record_status": "Nguyễn Văn An"}, '"N*** V*** A***" (masked)'),
        ({"created_at": "0903118264"}, '"##########" (masked)'),
        ({"created_at": "17.05.1990"}, '"##.##.####" (masked)'),
        ({"timezone_gmt": "7.5"}, '"7.5"'),
    ],
)
def test_what_looks_like_a_person_in_the_wrong_column_is_masked_and_marked_so(cell, shown: str, validate, an) -> None:
    assert f"found {shown}," in validate(CUSTOMER_IDENTITY, an | cell).rejected["message"].item()
