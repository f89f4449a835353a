import polars as pl
import pytest

from cdp_pipeline.values.country import alpha_3_codes, country_code, country_codes, country_names


@pytest.mark.parametrize("text", ["Viet Nam", "Việt Nam", "VIETNAM", " vn ", "VNM", "V.N.", "CHXHCN Việt Nam"])
def test_vietnam_is_recognised_in_every_spelling(text: str) -> None:
    assert country_code(text) == "VN"


@pytest.mark.parametrize(
    ("text", "code"),
    [("USA", "US"), ("Hoa Ky", "US"), ("United Kingdom", "GB"), ("UK", "GB"), ("Hàn Quốc", "KR"), ("Duc", "DE"),
     ("Thái Lan", "TH"), ("Singapore", "SG"), ("Trung Quoc", "CN")],
)  # fmt: skip
def test_a_country_is_recognised_in_english_and_vietnamese(text: str, code: str) -> None:
    assert country_code(text) == code


@pytest.mark.parametrize(
    ("text", "code"), [("Mỹ", "US"), ("MY", "MY"), ("Áo", "AT"), ("AO", "AO"), ("Bỉ", "BE"), ("BI", "BI")]
)
def test_accents_tell_a_vietnamese_name_from_a_code(text: str, code: str) -> None:
    assert country_code(text) == code


def test_what_is_no_country_is_null() -> None:
    texts = pl.Series("country", ["Vietnam", "", None, "Hồ Chí Minh", "??"])
    assert country_codes(texts).equals(pl.Series("country", ["VN", None, None, None, None]), check_names=True)


def test_a_column_without_any_country_is_null() -> None:
    assert country_codes(pl.Series([None, None], dtype=pl.String)).to_list() == [None, None]


def test_a_code_of_two_letters_gives_that_of_three_and_the_name() -> None:
    codes = pl.DataFrame({"code": ["VN", "US", "XX", None]})
    completed = codes.select(alpha_3_codes(pl.col("code")).alias("three"), country_names(pl.col("code")).alias("name"))
    assert completed.rows() == [("VNM", "Viet Nam"), ("USA", "United States"), (None, None), (None, None)]


def test_texts_without_any_country_are_all_null() -> None:
    assert country_codes(pl.Series("country", ["??", None])).to_list() == [None, None]
