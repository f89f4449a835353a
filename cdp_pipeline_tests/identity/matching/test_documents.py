from datetime import date

import polars as pl
import pytest

from cdp_pipeline.identity.matching.agreement import documents_contradict, is_whole_number

BORN = date(1990, 5, 1)


def contradict(kind: str, a: str | None, b: str | None, *, same_name: bool = True, born: date | None = BORN) -> bool:
    schema = {"birth_date": pl.Date, "birth_date_b": pl.Date, kind: pl.String, f"{kind}_b": pl.String}
    pairs = pl.DataFrame([{kind: a, f"{kind}_b": b, "birth_date": born, "birth_date_b": BORN}], schema=schema)
    turned = pairs.select(
        pl.col(f"{kind}_b").alias(kind), pl.col(kind).alias(f"{kind}_b"), "birth_date", "birth_date_b"
    )
    found = [documents_contradict(x, kind, "_b", pl.Series([same_name])).item() for x in (pairs, turned)]
    assert found[0] is found[1]
    return found[0]


@pytest.mark.parametrize(
    ("a", "b", "whose"),
    [
        ("024681012", "079190001234", False),  # CMND and CCCD
        ("24681012", "79190001234", False),  # the same without their zeros
        ("024681012", "24681012", False),
        ("079190001234", "79190001234", False),
        ("079190001234", "079190001235", False),  # one digit off
        ("079190001234", "079190002134", False),  # two digits swapped
        ("079190001234", "079088002222", True),
        ("024681012", "013123456", True),
        ("079190001234", None, False),
        (None, None, False),
    ],
)
def test_two_identity_numbers_of_one_generation_are_two_peoples(a: str | None, b: str | None, whose: bool) -> None:
    assert contradict("identity_no", a, b) is whose


@pytest.mark.parametrize(
    ("a", "b", "whose"),
    [
        ("B1234568", "C7654320", False),  # renewed
        ("C1234568", "P00123456", False),  # renewed, in the form of today
        ("C1234568", "C1234569", False),
        ("C1234568", "C7654320", True),
    ],
)
def test_a_renewed_passport_is_of_another_series(a: str, b: str, whose: bool) -> None:
    assert contradict("passport_no", a, b) is whose


def test_a_passport_of_another_series_is_renewed_only_where_the_birth_dates_are_the_same() -> None:
    assert contradict("passport_no", "B1234568", "C7654320", born=date(1991, 7, 3))
    assert contradict("passport_no", "B1234568", "C7654320", born=None)


def test_numbers_of_twins_differ_by_one_digit() -> None:
    assert contradict("identity_no", "079190001234", "079190001235", same_name=False)


def test_numbers_have_the_form_of_a_vietnamese_document_or_another() -> None:
    whole = ["013123456", "13123456", "001190004567", "C1234567", "P00123456"]
    numbers = pl.DataFrame({"number": [*whole, "1234567", "AB12", None]})
    assert numbers.filter(is_whole_number("number"))["number"].to_list() == whole
