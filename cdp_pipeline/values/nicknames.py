"""Nicknames: words of English names -> the formal names that they are short for.

`nicknames.toml` holds the list and names its source. `identity/` decides what a nickname means for two people.
"""

import tomllib
from functools import cache
from importlib import resources

import polars as pl


@cache
def read_nicknames() -> pl.DataFrame:
    """The packaged list, one row per word: word, formals (all names that it may stand for, itself for a formal one)."""
    text = resources.files("cdp_pipeline.values").joinpath("nicknames.toml").read_text(encoding="utf-8")
    names = tomllib.loads(text)["short_forms"]
    pairs = [(word, formal) for formal, words in names.items() for word in (formal, *words.split())]
    listed = pl.DataFrame(pairs, schema={"word": pl.String, "formals": pl.String}, orient="row")
    return listed.group_by("word").agg(pl.col("formals").unique().sort()).sort("word")


def formal_names(words: pl.Series) -> pl.Series:
    """The formal names of each word, as a list; null for a word that is not on the list.

    Two words may be one person's name if they share a formal name: Bob and Robert, Bob and Bobby, but not Alexander and
    Alexandra, who share a nickname.
    """
    listed = words.alias("word").to_frame()
    return listed.join(read_nicknames(), on="word", how="left", maintain_order="left")["formals"]
