"""What may be corrected, and to which values: those that a source could send for the same column."""

from datetime import UTC, date, datetime

import pytest

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.table import columns_of
from cdp_pipeline.privacy import PrivacyError, column_of, read_value
from cdp_pipeline.profiles.golden import CORRECTABLE, field_of
from cdp_pipeline.profiles.golden.attributes import GoldenColumns
from cdp_pipeline.staging import StagingContext, staging_table
from cdp_pipeline.validation import Limits

LIMITS = Limits(datetime(2026, 11, 20, tzinfo=UTC), "VN", 7)
CONTEXT = StagingContext("VN", 7, {"cop123": "ORG1"}, date(2026, 11, 20))


def read(column: str, text: str) -> str | None:
    return read_value(column, text, LIMITS, CONTEXT)


def test_every_column_that_is_chosen_from_evidence_can_be_corrected_by_the_field_that_feeds_it() -> None:
    assert set(CORRECTABLE) == {declared.name for declared in columns_of(GoldenColumns)}
    for name in CORRECTABLE:
        field = field_of(name)
        assert field.entity is CUSTOMER_IDENTITY
        assert field.staged in staging_table(field.entity).schema, name


@pytest.mark.parametrize(
    ("column", "text", "value"),
    [
        ("birth_date", " 1990-01-02 ", "1990-01-02"),
        ("birth_year", "1990", "1990"),
        ("display_name", "  Nguyễn   Thị Lan ", "Nguyễn Thị Lan"),
        ("first_name", "Lan", "Lan"),
        ("gender", "Female", "female"),
        ("marital_status", "married", "Married"),
        ("language", "Vietnamese", "Vietnamese"),
        ("nick_names", '["Tí", "Bé Na"]', '["Tí", "Bé Na"]'),
        ("nick_names", "Tí;Bé Na", '["Tí", "Bé Na"]'),
        ("internal_company_id", "cop123", "ORG1"),
        ("source_channel", "online", "Online"),
        ("birth_date", "", None),
        ("display_name", "  ", None),
    ],
)
def test_a_value_is_normalised_as_that_of_a_delivered_cell(column: str, text: str, value: str | None) -> None:
    assert read(column, text) == value


@pytest.mark.parametrize(
    ("column", "text", "message"),
    [
        ("birth_date", "soon", r'found "s\*\*\*" \(masked\), expected a date as yyyy-MM-dd, between 1900'),
        ("birth_date", "2190-01-02", r'found "####-##-##" \(masked\), expected a date as yyyy-MM-dd, between 1900'),
        ("birth_date", "2026-11-20", "found placeholder:birth"),
        ("birth_year", "90", "expected a year of four digits, between 1900"),
        ("gender", "woman", "expected one of male, female, undefined"),
        ("marital_status", "happy", "expected one of Single, Married, Divorced"),
        ("display_name", "Khách lẻ", "found placeholder:name"),
        ("display_name", "x" * 5000, "found length:fullName"),
    ],
)
def test_a_value_that_no_source_could_send_is_refused_and_quoted_masked(column: str, text: str, message: str) -> None:
    with pytest.raises(PrivacyError, match=f"--value for {column}: .*{message}.*Nothing was done"):
        read(column, text)


@pytest.mark.parametrize(
    ("typed", "column"),
    [("gender", "gender"), ("name", "display_name"), ("birth", "birth_date"), ("last_name", "last_name")],
)
def test_an_attribute_of_several_columns_means_its_first_one(typed: str, column: str) -> None:
    assert column_of(typed) == column


def test_an_unknown_attribute_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(PrivacyError, match=r"no attribute birthdate; expected one of .*Did you mean birth_date\?"):
        column_of("birthdate")


@pytest.mark.parametrize("attribute", ["primary_phone", "primary_email", "address", "city"])
def test_what_rows_of_another_table_decide_is_left_to_its_sender(attribute: str) -> None:
    with pytest.raises(PrivacyError, match=f"{attribute} is chosen among the rows .* Let the sender deliver"):
        column_of(attribute)
