"""pairs of unequal names -> whether they are one name, in other words: Anna Marie and Annamarie, Bob and Robert Smith.

What agrees word for word, or by initials and missing words, stands in `agreement.py`, which asks here for the rest.
"""

from typing import Final

import polars as pl

from cdp_pipeline.values.nicknames import read_nicknames

_PLACE: Final = "place"


def names_in_other_words(names: pl.DataFrame, a: str, b: str) -> pl.Series:
    """Whether the match names in columns `a` and `b`, which are there and differ, are one name in other words.

    They are when they differ in where words are joined, or when, short forms taken for what they stand for, all words
    of one are among the other's and a word is common as it stands (the family name).
    """
    return is_split(names, a, b) | _by_nicknames(names, a, b)


def is_split(names: pl.DataFrame, a: str, b: str) -> pl.Series:
    """Whether the names differ in where words are joined only: as many letters of each kind, in fewer words."""
    words = [pl.col(name).str.count_matches(" ", literal=True) for name in (a, b)]
    length = [pl.col(name).str.len_chars() - count for name, count in zip((a, b), words, strict=True)]
    found = names.with_row_index(_PLACE).filter((length[0] == length[1]) & (words[0] != words[1]))
    letters = [pl.col(name).str.replace_all(" ", "").str.split("").list.sort().list.join("") for name in (a, b)]
    return _marked(names.height, found.filter(letters[0] == letters[1]))


def _by_nicknames(names: pl.DataFrame, a: str, b: str) -> pl.Series:
    listed = read_nicknames().explode("formals")
    whole = [f" {word} " for word in listed["word"].unique()]
    # Few names have such a word, and to compare words costs more than to look for it in the text.
    has_listed = [pl.format(" {} ", name).str.contains_any(whole) for name in (a, b)]
    words = [pl.col(name).str.split(" ") for name in (a, b)]
    rest = (
        names.with_row_index(_PLACE)
        .filter(pl.all_horizontal(has_listed))
        .select(
            _PLACE,
            left=words[0].list.set_difference(words[1]),
            right=words[1].list.set_difference(words[0]),
            has_common=words[0].list.set_intersection(words[1]).list.len() > 0,
        )
    )
    rest = rest.filter("has_common").filter((pl.col("left").list.len() > 0) & (pl.col("right").list.len() > 0))
    formals = {
        side: rest.select(_PLACE, word=side).explode("word", empty_as_null=False).join(listed, on="word")
        for side in ("left", "right")
    }
    short = formals["left"].join(formals["right"], on=[_PLACE, "formals"], suffix="_right")
    of_one = short.group_by(_PLACE).agg(left_one="word", right_one="word_right")
    found = rest.join(of_one, on=_PLACE).filter(
        (pl.col("left").list.set_difference("left_one").list.len() == 0)
        | (pl.col("right").list.set_difference("right_one").list.len() == 0)
    )
    return _marked(names.height, found)


def _marked(height: int, found: pl.DataFrame) -> pl.Series:
    return pl.repeat(value=False, n=height, eager=True).scatter(found[_PLACE], values=True)
