import polars as pl

from cdp_pipeline.values.identity_number import normalize_identity_numbers


def test_spellings_of_one_number_are_equal() -> None:
    numbers = pl.Series(["079 200-001234", "079200001234", "０７９２００００１２３４", " b1234567 "])
    assert normalize_identity_numbers(numbers).to_list() == ["079200001234", "079200001234", "079200001234", "B1234567"]


def test_a_masked_number_is_unusable() -> None:
    assert normalize_identity_numbers(pl.Series(["38143xxxx", "BC12xxxxA", "0792****"])).to_list() == [None, None, None]


def test_a_single_x_is_a_letter_of_the_number() -> None:
    assert normalize_identity_numbers(pl.Series(["11010519491231002x"])).to_list() == ["11010519491231002X"]


def test_what_holds_no_letter_and_no_digit_is_null() -> None:
    assert normalize_identity_numbers(pl.Series([None, "", "---"], dtype=pl.String)).to_list() == [None, None, None]


def test_the_given_numbers_are_left_alone() -> None:
    numbers = pl.Series(["079 200"])
    normalize_identity_numbers(numbers)
    assert numbers.to_list() == ["079 200"]
