import polars as pl
import pytest
from hypothesis import given, strategies as st

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
    ("text", "code"),
    [("中国", "CN"), ("美國", "US"), ("대한민국", "KR"), ("한국", "KR"), ("ベトナム", "VN"), ("アメリカ", "US"),
     ("ไทย", "TH"), ("ประเทศไทย", "TH"), ("កម្ពុជា", "KH"), ("Deutschland", "DE"), ("Allemagne", "DE"), ("España", "ES"),
     ("Espana", "ES"), ("Россия", "RU"), ("Китай", "CN"), ("Estados Unidos", "US"), ("Corée du Sud", "KR"),
     ("Niederlande", "NL"), ("Amerika Serikat", "US"), ("मालदीव", "MV")],
)  # fmt: skip
def test_a_country_is_recognised_in_other_languages(text: str, code: str) -> None:
    assert country_code(text) == code


@pytest.mark.parametrize(
    "text",
    ["N/A", "n/a", "n.a.", "N.A.", "na", "#N/A", "No", "no", "có", "Có", "CÓ", "co", "none", "None", "NULL", "nan",
     "unknown", "Other", "không", "Không có", "chưa rõ", "khác", "-", "--", "?", ".", "0", "x" * 16_000],
)  # fmt: skip
def test_words_for_nothing_known_are_no_country(text: str) -> None:
    assert country_code(text) is None


@pytest.mark.parametrize(("text", "code"), [("NA", "NA"), ("NO", "NO"), ("CO", "CO"), ("NAM", "NA"), ("Ý", "IT")])
def test_a_code_in_upper_case_is_that_code_whatever_else_it_means(text: str, code: str) -> None:
    assert country_code(text) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [("United States (US)", "US"), ("United Kingdom (UK)", "GB"), ("Vietnam (VN)", "VN"), ("VN - Việt Nam", "VN"),
     ("Việt Nam/VN", "VN"), ("Estados Unidos (US)", "US"), ("Vietnam (Hà Nội)", "VN"), ("Korea (North)", "KP"),
     ("Korea (South)", "KR"), ("Virgin Islands (US)", "VI"), ("Congo (Kinshasa)", "CD"), ("Georgia (US)", None)],
)  # fmt: skip
def test_a_name_with_a_code_beside_it_is_one_country_unless_they_differ(text: str, code: str | None) -> None:
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


@given(st.text(max_size=40))
def test_any_text_is_a_country_or_none(text: str) -> None:
    code = country_code(text)
    assert code is None or country_code(code) == code
