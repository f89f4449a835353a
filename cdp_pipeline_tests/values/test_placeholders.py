import polars as pl
import pytest

from cdp_pipeline.values.placeholders import is_no_id


def no_id(text: str | None) -> bool | None:
    return pl.DataFrame({"id": [text]}, schema={"id": pl.String}).select(is_no_id(pl.col("id"))).item()


@pytest.mark.parametrize(
    "text",
    [
        *("NULL", "nan", "None", "undefined", "\\N", "0", "000", "-", "--", "#N/A", "#REF!", "N/A", "guest", "Unknown"),
        *("1.23457E+11", "1E+05", "1,23457E11"),
    ],
)
def test_a_word_for_nothing_and_a_number_without_its_digits_are_no_ids(text: str) -> None:
    assert no_id(text) is True


@pytest.mark.parametrize(
    "text", ["C001", "1", "00000000001", "nullabor", "10", "A-1", "1E", "1E5", "E5", "12E3F", "ldg0", "Nan Li"]
)
def test_what_a_system_may_give_is_an_id(text: str) -> None:
    assert no_id(text) is False


def test_a_missing_id_is_another_matter() -> None:
    assert no_id(None) is None
