import polars as pl
import pytest

from cdp_pipeline.privacy.masking import masked_entries


def shown(entry: str | None) -> str | None:
    found: str | None = pl.select(masked_entries(pl.lit(entry, pl.String))).item()
    return found


def test_an_entry_keeps_the_names_of_its_fields_and_the_form_of_its_values() -> None:
    sent = (
        '{"customerId": "C17", "fullName": "Nguyễn Văn An", "phone": 912345678, "dob2": "1990-02-03", "active": true}'
    )
    masked = (
        '{"customerId": "C##", "fullName": "N*** V*** A***", "phone": #########, "dob2": "####-##-##", "a***": true}'
    )
    assert shown(sent) == masked


@pytest.mark.parametrize(
    ("sent", "masked"),
    [
        ("7,CRM,0903 118 264,an.nguyen@example.com,Nguyễn", "#,C***,#### ### ###,a***.n***@e***.c***,N***"),
        ('{"0912345678": "An Trần"}', '{"##########": "A*** T***"}'),
        (r'{"fullName": "Tr\u1ea7n \u0041n"}', '{"fullName": "T*** x***"}'),
        ('{"phone": "0912', '{"phone": "####'),
        ('{"customFieldTexts": {"customField01": "size M"}}', '{"customFieldTexts": {"customField01": "s*** M"}}'),
        ("Trâ\u0300n", "T***"),
        (None, None),
    ],
)
def test_lines_of_any_format_are_masked_also_where_they_are_broken(sent: str | None, masked: str | None) -> None:
    assert shown(sent) == masked
