import polars as pl
import pytest

from cdp_pipeline.values.key_text import clean_header, clean_keys, lost_digits, without_marks


def cleaned(text: str | None) -> str | None:
    return clean_keys(pl.DataFrame({"id": [text]}, schema={"id": pl.String}), ["id"])["id"].item()


@pytest.mark.parametrize(
    "sent",
    [
        "C\u200b001", "C001\ufeff", "\uff23\uff10\uff10\uff11", "C\u00ad001", "\u2060C001", "C001\u00a0", "\u200eC001",
        '="C001"',
        "'C001", "'C001'", '"C001"', " C001 ",
    ],
)  # fmt: skip
def test_invisible_signs_full_width_letters_and_guards_of_excel_are_no_part_of_an_id(sent: str) -> None:
    assert cleaned(sent) == "C001"


@pytest.mark.parametrize("sent", ["c001", "000123", "C 001", "1.05", "V1.0", "O'Neil", "Đ01", "12345678901234567890"])
def test_case_zeros_and_inner_signs_stay(sent: str) -> None:
    assert cleaned(sent) == sent


@pytest.mark.parametrize(("sent", "key"), [("123.0", "123"), ("00123.00", "00123"), ("\u200b", ""), (None, None)])
def test_an_integer_loses_its_decimals_and_what_is_invisible_leaves_nothing(sent: str | None, key: str | None) -> None:
    assert cleaned(sent) == key


def test_letters_with_accents_have_one_spelling() -> None:
    assert cleaned("Kha\u0301ch-1") == "Kh\u00e1ch-1"


def test_a_header_is_cleaned_like_a_key() -> None:
    assert [clean_header(h) for h in ("\ufeffcustomerId", "full\u200bName", "phone")] == [
        "customerId",
        "fullName",
        "phone",
    ]


def test_scientific_notation_has_lost_digits_and_a_long_text_of_digits_has_not() -> None:
    ids = pl.DataFrame({"id": ["1.23457E+11", "1E5", "12345678901234567890", "123456789012345"]})
    assert ids.select(lost_digits(pl.col("id"))).to_series().to_list() == [True, False, False, False]


def test_marks_go_from_every_letter_even_from_d() -> None:
    assert without_marks("Đặng Thị Thúy Phượng") == "Dang Thi Thuy Phuong"
