"""Which rows are of an erased person: one own value, or two that others share; nothing is computed without a list."""

import json
from collections.abc import Callable
from datetime import date

import polars as pl
import pytest

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.customer_identity_address import CUSTOMER_IDENTITY_ADDRESS
from cdp_pipeline.entities.customer_relationship import CUSTOMER_RELATIONSHIP
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.privacy.suppression import (
    HASHES,
    Suppressions,
    hash_texts,
    suppressed_rejected,
    suppressed_rows,
)
from cdp_pipeline.staging import StagingContext
from cdp_pipeline.validation import REJECTED

KEY = b"k" * 32
AN = {"company_id": "ORG1", "system_name": "CRM", "name_match": "an nguyen van"}
CONTEXT = StagingContext("VN", 7, {}, date(2026, 11, 16))


def suppressing(*values: tuple[str, str, str, bool]) -> Suppressions:
    rows = [("r-1", "P1", hash_texts(KEY, kind, scope, value), kind, shared) for kind, scope, value, shared in values]
    return Suppressions(KEY, "company", pl.DataFrame(rows, schema=HASHES, orient="row"))


OWN_PHONE = suppressing(("phone", "ORG1", "+84912345601", False))
HOUSEHOLD = suppressing(
    ("phone", "ORG1", "+84912345601", True),
    ("email", "ORG1", "nha@example.com", True),
    ("name", "ORG1", "an nguyen van", True),
    ("birth", "ORG1", "1990-05-01", True),
)


def test_an_own_phone_suppresses_the_row_within_its_company(staged: Callable[..., pl.DataFrame]) -> None:
    phone = {"phone_e164": "+84912345601"}
    rows = staged(CUSTOMER_IDENTITY, AN | phone, AN, AN | phone | {"company_id": "ORG2"})
    assert suppressed_rows(rows, CUSTOMER_IDENTITY, OWN_PHONE).to_list() == [True, False, False]


def test_the_second_phone_of_a_cell_counts_as_well(staged: Callable[..., pl.DataFrame]) -> None:
    rows = staged(CUSTOMER_IDENTITY, AN | {"phone_e164": "+84900000000", "phone_others_e164": ["+84912345601"]})
    assert suppressed_rows(rows, CUSTOMER_IDENTITY, OWN_PHONE).to_list() == [True]


def test_a_gmail_address_counts_in_any_spelling(staged: Callable[..., pl.DataFrame]) -> None:
    rows = staged(CUSTOMER_IDENTITY, AN | {"email_normalized": "an.nguyen+shop@googlemail.com"})
    gmail = suppressing(("email", "ORG1", "annguyen@gmail.com", False))
    assert suppressed_rows(rows, CUSTOMER_IDENTITY, gmail).to_list() == [True]


@pytest.mark.parametrize(
    ("columns", "is_suppressed"),
    [
        ({"phone_e164": "+84912345601"}, True),  # And the name.
        ({"phone_e164": "+84912345601", "name_match": "binh tran"}, False),
        ({"phone_e164": "+84912345601", "name_match": "binh tran", "email_normalized": "nha@example.com"}, False),
        ({"phone_e164": "+84912345601", "name_match": None, "email_normalized": "nha@example.com"}, True),
        ({"phone_e164": "+84912345601", "name_match": "binh tran", "birth_date": date(1990, 5, 1)}, False),
        # A son of his father's name, who shares the phone.
        ({"phone_e164": "+84912345601", "birth_date": date(2018, 1, 9)}, False),
        # A namesake of the same birth date is another person.
        ({"birth_date": date(1990, 5, 1)}, False),
    ],
)
def test_shared_values_suppress_only_two_at_a_time_with_a_contact_or_id_and_under_no_other_name(
    staged: Callable[..., pl.DataFrame], columns: dict[str, object], is_suppressed: bool
) -> None:
    rows = staged(CUSTOMER_IDENTITY, AN | columns)
    assert suppressed_rows(rows, CUSTOMER_IDENTITY, HOUSEHOLD).to_list() == [is_suppressed]


def test_two_shared_values_of_two_requests_suppress_nothing(staged: Callable[..., pl.DataFrame]) -> None:
    rows = staged(CUSTOMER_IDENTITY, AN | {"phone_e164": "+84912345601"})
    other = HOUSEHOLD.hashes.with_columns(
        request_id=pl.when(pl.col("kind") == "name").then(pl.lit("r-2")).otherwise("request_id")
    )
    assert not suppressed_rows(rows, CUSTOMER_IDENTITY, Suppressions(KEY, "company", other)).any()


def test_a_child_row_is_its_customers_and_a_relatives_row_stays(staged: Callable[..., pl.DataFrame]) -> None:
    of_customer = suppressing(("customer_id", "ORG1|CRM", "C1", False), ("phone", "ORG1", "+84912345601", False))
    addresses = staged(CUSTOMER_IDENTITY_ADDRESS, AN_ID | {"customer_id": "C1"}, AN_ID | {"customer_id": "C2"})
    assert suppressed_rows(addresses, CUSTOMER_IDENTITY_ADDRESS, of_customer).to_list() == [True, False]
    relatives = staged(
        CUSTOMER_RELATIONSHIP,
        AN_ID | {"customer_id": "C1"},
        AN_ID | {"customer_id": "C2", "customer_phone_e164": "+84912345601"},
    )
    assert suppressed_rows(relatives, CUSTOMER_RELATIONSHIP, of_customer).to_list() == [True, False]


AN_ID = {"company_id": "ORG1", "system_name": "CRM"}


def rejected(*rows: tuple[dict[str, object] | None, str]) -> pl.DataFrame:
    parts = [
        {"fields": fields and json.dumps(fields), "raw": raw, "source_file": "f", "source_row": n, "entry_number": 1}
        for n, (fields, raw) in enumerate(rows)
    ]
    return pl.DataFrame(parts, schema=REJECTED.schema)


@pytest.mark.parametrize(
    ("entity", "fields", "raw", "is_suppressed"),
    [
        (CUSTOMER_IDENTITY, {"internal_company_id": "ORG1", "phone": "0912 345 601"}, "{}", True),
        (CUSTOMER_IDENTITY, {"internal_company_id": "ORG1", "gender": "0912 345 601"}, '"0912.345.601"', True),
        (CUSTOMER_IDENTITY, {"internal_company_id": "ORG2", "phone": "0912345601"}, '"0912345601"', False),
        (CUSTOMER_IDENTITY, None, '{"customerId": "X", "phone": "0912345601", "ful', True),
        (CUSTOMER_IDENTITY, None, '{"customerId": "X", "email": "An@Example.com", "ful', True),
        (CUSTOMER_IDENTITY, None, "X;1990-03-12 0912345601;12 Le Loi", True),
        (CUSTOMER_IDENTITY, None, "X;０９１２３４５６０１", True),
        (CUSTOMER_IDENTITY, None, "https://example.com/?email=an@example.com/x", True),
        (CUSTOMER_IDENTITY, None, '{"customerId": "KH-000123", "fullName": "Ngu', True),
        (CUSTOMER_IDENTITY, None, '{"customerId": "KH-000124", "dob": 631152000000, "ful', False),
        (CUSTOMER_RELATIONSHIP, {"internal_company_id": "ORG1", "customer_phone": "0912345601"}, "0912345601", False),
    ],
)
def test_a_rejected_row_is_recognised_by_its_cells_and_by_its_text(
    entity: Entity, fields: dict[str, object] | None, raw: str, is_suppressed: bool
) -> None:
    listed = suppressing(
        *(("phone", scope, "+84912345601", False) for scope in ("ORG1", "*")),
        *(("email", scope, "an@example.com", False) for scope in ("ORG1", "*")),
        ("id", "*", "KH-000123", False),
    )
    assert suppressed_rejected(rejected((fields, raw)), entity, listed, CONTEXT).to_list() == [is_suppressed]


def test_without_a_list_no_column_is_computed() -> None:
    rows = pl.DataFrame({"no_column_of_the_entity": [1, 2]})
    assert suppressed_rows(rows, CUSTOMER_IDENTITY, Suppressions()).to_list() == [False, False]
    assert suppressed_rejected(rows, CUSTOMER_IDENTITY, Suppressions(), CONTEXT).to_list() == [False, False]
