import polars as pl
import pytest

from cdp_pipeline.profiles.addresses.address_values import complete_countries

SENT = ("country", "country_alpha_code_2", "country_alpha_code_3")


def completed(*sent: tuple[str | None, str | None, str | None]) -> list[tuple]:
    frame = pl.LazyFrame(sent, schema=dict.fromkeys(SENT, pl.String), orient="row")
    return complete_countries(frame).select(*SENT, "country_problem").collect().rows()


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (("Việt Nam", None, None), ("Việt Nam", "VN", "VNM", None)),
        ((None, "VN", None), ("Viet Nam", "VN", "VNM", None)),
        ((None, None, "USA"), ("United States", "US", "USA", None)),
        (("Hoa Kỳ", "us", None), ("Hoa Kỳ", "US", "USA", None)),
        ((None, "VNM", "VN"), ("Viet Nam", "VN", "VNM", None)),
        ((None, None, None), (None, None, None, None)),
        (("Việt Nam", "US", None), ("Việt Nam", "US", None, "contradiction")),
        (("Thái Lan", None, "vnm"), ("Thái Lan", None, "vnm", "contradiction")),
        ((None, "VN", "THA"), (None, "VN", "THA", "contradiction")),
        (("Atlantis", None, None), ("Atlantis", None, None, "unknown")),
        (("Atlantis", "VN", None), ("Atlantis", "VN", "VNM", "unknown")),
        (("Việt Nam", "84", None), ("Việt Nam", "84", "VNM", "unknown")),
        (("Việt Nam", "US", "84"), ("Việt Nam", "US", "84", "contradiction")),
    ],
    ids=str,
)
def test_a_country_is_completed_from_what_was_sent_and_kept_where_that_contradicts_itself(sent, expected):
    assert completed(sent) == [expected]


def test_rows_are_completed_each_by_itself():
    assert completed((None, "VN", None), (None, "US", None)) == [
        ("Viet Nam", "VN", "VNM", None),
        ("United States", "US", "USA", None),
    ]
