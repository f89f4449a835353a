"""pairs of unequal names -> whether they are spellings of one name: Anna Marie and Annamarie, Bob and Robert Smith.

`agreement.py` compares names word by word, by initials and by missing words, and calls this module for the others.
"""

from typing import Final

import polars as pl

from cdp_pipeline.values.nicknames import read_nicknames

_PLACE: Final = "place"


def names_in_other_words(names: pl.DataFrame, a: str, b: str) -> pl.Series:
    """Whether the match names in columns `a` and `b`, not null and different, are spellings of one name; never null.

    They are if they differ only in where words are joined. They are also if, with short forms replaced by the full
    forms, all words of one are words of the other, and at least one word (the family name) is common unreplaced.
    """
    return is_split(names, a, b) | _by_nicknames(names, a, b)


def is_split(names: pl.DataFrame, a: str, b: str) -> pl.Series:
    """Whether the names differ only in where words are joined: the same letters in a different number of words."""
    words = [pl.col(name).str.count_matches(" ", literal=True) for name in (a, b)]
    length = [pl.col(name).str.len_chars() - count for name, count in zip((a, b), words, strict=True)]
    found = names.with_row_index(_PLACE).filter((length[0] == length[1]) & (words[0] != words[1]))
    letters = [pl.col(name).str.replace_all(" ", "").str.split("").list.sort().list.join("") for name in (a, b)]
    return _flags(names.height, found.filter(letters[0] == letters[1]))


def _by_nicknames(names: pl.DataFrame, a: str, b: str) -> pl.Series:
    listed = read_nicknames().explode("formals")
    whole = [f" {word} " for word in listed["word"].unique()]
    # Few names contain a listed word, and comparing words costs more than searching the text.
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
    matched = short.group_by(_PLACE).agg(left_one="word", right_one="word_right")
    found = rest.join(matched, on=_PLACE).filter(
        (pl.col("left").list.set_difference("left_one").list.len() == 0)
        | (pl.col("right").list.set_difference("right_one").list.len() == 0)
    )
    return _flags(names.height, found)


def _flags(height: int, found: pl.DataFrame) -> pl.Series:
    return pl.repeat(value=False, n=height, eager=True).scatter(found[_PLACE], values=True)
