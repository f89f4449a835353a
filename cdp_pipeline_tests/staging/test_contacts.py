from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.customer_relationship import CUSTOMER_RELATIONSHIP
from cdp_pipeline.entities.moego_lead import MOEGO_LEAD
from cdp_pipeline.staging.pipeline import Staged


def test_the_value_as_sent_stays_beside_the_normalised_one(stage: Callable[..., Staged]) -> None:
    rows = stage(
        CUSTOMER_IDENTITY,
        {"customer_id": "C1", "phone": "0912 345 678", "email": " An@Example.com", "identity_no": "079 200-001234"},
    ).rows
    assert rows.select("phone", "phone_e164").row(0) == ("0912 345 678", "+84912345678")
    assert rows.select("email", "email_normalized").row(0) == (" An@Example.com", "an@example.com")
    assert rows.select("identity_no", "identity_no_normalized").row(0) == ("079 200-001234", "079200001234")


def test_a_masked_contact_is_kept_as_sent_and_compared_as_nothing(stage: Callable[..., Staged]) -> None:
    rows = stage(CUSTOMER_IDENTITY, {"customer_id": "C1", "phone": "03596856xxx", "passport_no": "BC12xxxxA"}).rows
    assert rows.select("phone", "phone_e164", "passport_no", "passport_no_normalized").row(0) == (
        "03596856xxx",
        None,
        "BC12xxxxA",
        None,
    )


def test_a_phone_is_read_in_the_country_of_its_row_and_else_in_the_default_one(stage: Callable[..., Staged]) -> None:
    rows = stage(
        MOEGO_LEAD,
        {"id": "ldg1", "phone": "(212) 555-0123", "address_country": "United States"},
        {"id": "ldg2", "phone": "0912345678", "address_country": "nowhere"},
        {"id": "ldg3", "phone": "+1 212 555 0123"},
    ).rows
    assert rows["phone_e164"].to_list() == ["+12125550123", "+84912345678", "+12125550123"]


def test_every_contact_of_a_row_is_normalised(stage: Callable[..., Staged]) -> None:
    rows = stage(
        CUSTOMER_RELATIONSHIP,
        {"customer_id": "C1", "relationship_id": "R1", "customer_phone": "0912345678", "phone": "0987654321"},
    ).rows
    assert rows.select("customer_phone_e164", "phone_e164").row(0) == ("+84912345678", "+84987654321")


def test_a_cell_with_two_phones_gives_both_and_one_with_a_single_phone_no_list(stage: Callable[..., Staged]) -> None:
    rows = stage(
        CUSTOMER_IDENTITY,
        {"customer_id": "C1", "phone": "0912 345 678 / 0987654321"},
        {"customer_id": "C2", "phone": "0912345678"},
        {"customer_id": "C3"},
    ).rows
    assert rows["phone"].to_list() == ["0912 345 678 / 0987654321", "0912345678", None]
    assert rows["phone_e164"].to_list() == ["+84912345678", "+84912345678", None]
    assert rows["phone_others_e164"].to_list() == [["+84987654321"], None, None]


def test_a_cell_with_two_addresses_gives_both(stage: Callable[..., Staged]) -> None:
    rows = stage(
        CUSTOMER_IDENTITY,
        {"customer_id": "C1", "email": "Lan <lan@x.vn>; lan@y.vn"},
        {"customer_id": "C2", "email": "an@x.vn."},
    ).rows
    assert rows.select("email_normalized", "email_others_normalized").rows() == [
        ("lan@x.vn", ["lan@y.vn"]),
        ("an@x.vn", None),
    ]


@pytest.mark.parametrize("country", ["N/A", "n.a.", "No", "có", "Other", None])
def test_a_phone_beside_a_word_for_no_country_is_read_in_the_default_one(
    country: str | None, stage: Callable[..., Staged]
) -> None:
    rows = stage(CUSTOMER_IDENTITY, {"customer_id": "C1", "phone": "0812345678", "country": country}).rows
    assert rows["phone_e164"].to_list() == ["+84812345678"]


def test_a_phone_is_read_in_a_country_that_is_named_with_its_code(stage: Callable[..., Staged]) -> None:
    row = {"customer_id": "C1", "phone": "(212) 555-1234", "country": "United States (US)"}
    assert stage(CUSTOMER_IDENTITY, row).rows["phone_e164"].to_list() == ["+12125551234"]


def test_the_further_phones_outlast_a_parquet_file(stage: Callable[..., Staged], tmp_path: Path) -> None:
    rows = stage(
        CUSTOMER_IDENTITY,
        {"customer_id": "C1", "phone": "0912345678; 0987654321"},
        {"customer_id": "C2", "phone": "0912345678"},
    ).rows
    rows.write_parquet(tmp_path / "staged.parquet")
    assert_frame_equal(pl.read_parquet(tmp_path / "staged.parquet"), rows)
