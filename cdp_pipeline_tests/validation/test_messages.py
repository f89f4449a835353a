import pytest

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.customer_identity_address import CUSTOMER_IDENTITY_ADDRESS
from cdp_pipeline.entities.customer_identity_email import CUSTOMER_IDENTITY_EMAIL


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
            "its column tells its day from its month, or there is no such day: write it as yyyy-MM-dd, or declare its "
            "format in the dates of a mapping",
        ),
        (
            {"created_at": "1584507164"},
            'createdAt: found "##########" (masked), expected a timestamp in epoch milliseconds, between 1900 and a '
            "day after loading; this is probably in seconds: multiply it by 1000",
        ),
        (
            {"phone": None},
            "PHONE_OR_EMAIL: found a row that does not meet it, expected that phone or e-mail is present",
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
