import polars as pl
import pytest
from hypothesis import given, settings, strategies as st

from cdp_pipeline.values.text_distance import damerau_levenshtein


def slips(a: str | None, b: str | None) -> int | None:
    return damerau_levenshtein(pl.Series([a], dtype=pl.String), pl.Series([b], dtype=pl.String))[0]


@pytest.mark.parametrize(
    ("a", "b", "count"),
    [
        ("hung", "hung", 0),
        ("hung", "hugn", 1),
        ("hung", "hun", 1),
        ("hung", "hang", 1),
        ("an", "lan", 1),
        ("an", None, None),
    ],
)
def test_a_letter_too_many_too_few_wrong_or_swapped_is_one_slip(a: str, b: str | None, count: int | None) -> None:
    assert slips(a, b) == count


@settings(max_examples=40)
@given(st.text("abc", max_size=6), st.text("abc", max_size=6))
def test_it_is_symmetric_and_zero_only_for_the_same(a: str, b: str) -> None:
    assert slips(a, b) == slips(b, a)
    assert (slips(a, b) == 0) == (a == b)
