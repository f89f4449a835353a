import polars as pl
import pytest

from cdp_pipeline.values.person_name import formal_names, match_names, read_nicknames


@pytest.mark.parametrize(
    ("word", "formals"),
    [("bob", ["robert"]), ("robert", ["robert"]), ("sam", ["samantha", "samuel"]), ("nguyen", None), (None, None)],
)
def test_a_word_has_the_names_that_it_is_short_for(word: str | None, formals: list[str] | None) -> None:
    assert formal_names(pl.Series([word], dtype=pl.String)).to_list() == [formals]


def test_the_list_is_written_as_names_are_compared() -> None:
    words = read_nicknames()["word"]
    assert match_names(words).equals(words)
    assert words.is_sorted()
    assert words.n_unique() == words.len()
