import pytest

from cdp_pipeline.values.display_text import count_of


@pytest.mark.parametrize(
    ("number", "what", "words"),
    [(1, "row", "1 row"), (0, "row", "0 rows"), (1_200, "entry", "1,200 entries"), (2, "day", "2 days")],
)
def test_a_noun_stands_in_the_plural_unless_it_is_one(number: int, what: str, words: str) -> None:
    assert count_of(number, what) == words
