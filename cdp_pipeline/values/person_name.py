"""Person names: the form that is shown and the form that is compared.

The shown form keeps the sender's letters and case. The compared form is the set of a name's words, folded, because no
source says reliably which part is the family name. Vietnamese forms of address (Anh, Ông) stay: they are names too.
Which columns hold names stands in `entities/`.
"""

from typing import Final

import polars as pl

_UNTIDY: Final = r"^\s|\s$|\s\s|[^\S ]|[\x{200B}\x{2060}\x{FEFF}]"
_WHITE_SPACE: Final = r"[\s\x{200B}\x{2060}\x{FEFF}]+"

# The accents of Latin, Greek and Cyrillic letters. Not every mark: those of Thai or Hindi are vowels.
_ACCENTS: Final = r"[\x{0300}-\x{036F}\x{1AB0}-\x{1AFF}\x{1DC0}-\x{1DFF}]"
_WORD: Final = r"[\p{L}\p{N}][\p{L}\p{M}\p{N}]*"

# Western titles with or without a dot; Vietnamese academic ones only with it, as without it they could be names.
_TITLES: Final = (
    r"(?i)^\s*(?:(?:mr|mrs|ms|miss|mx|dr|prof)(?:\.\s*|\s+)|(?:gs|pgs|ts|ths|bs|ks|ls)\.\s*)+([\p{L}\p{N}].*)$"
)
_PLACE: Final = 2**32


def display_names(names: pl.Series) -> pl.Series:
    """Each name with its white space collapsed and trimmed; null where nothing is left."""
    untidy = names.str.contains(_UNTIDY).arg_true()
    tidy = names.gather(untidy).str.replace_all(_WHITE_SPACE, " ").str.strip_chars(" ")
    shown = names.clone().scatter(untidy, tidy)
    return shown.set(shown == "", None)


def match_names(names: pl.Series) -> pl.Series:
    """The form in which names are compared: folded words, each once, in alphabetical order, joined by a space.

    Titles in front are left out when a name follows them. Null where a name has no letter and no digit.
    """
    distinct = pl.DataFrame({"name": names}).drop_nulls().unique().with_row_index("place")
    words = (
        distinct.select("place", pl.col("name").str.replace(_TITLES, "$1").str.extract_all(_WORD).alias("word"))
        .explode("word")
        .drop_nulls()
    )
    if words.is_empty():
        return names.clear(names.len())
    # Words repeat far more than names, so they are folded and put in order once each; the order of two words
    # within a name is then that of two numbers, because sorting lists of text is very slow in Polars.
    tokens = (
        words.select(pl.col("word").unique())
        .with_columns(token=folded_text(pl.col("word")))
        .with_columns(rank=pl.col("token").rank("dense").cast(pl.UInt64))
    )
    by_rank = tokens.select("rank", "token").unique()
    rank = pl.col("word").replace_strict(tokens["word"], tokens["rank"], return_dtype=pl.UInt64)
    matches = (
        words.select((pl.col("place").cast(pl.UInt64) * _PLACE + rank).unique().sort().alias("order"))
        .select(
            (pl.col("order") // _PLACE).cast(pl.UInt32).set_sorted().alias("place"),
            (pl.col("order") % _PLACE)
            .replace_strict(by_rank["rank"], by_rank["token"], return_dtype=pl.String)
            .alias("match"),
        )
        .group_by("place", maintain_order=True)
        .agg("match")
        .with_columns(pl.col("match").list.join(" "))
    )
    found = distinct.join(matches, on="place").select("name", "match")
    return (
        pl.DataFrame({"name": names})
        .join(found, on="name", how="left", maintain_order="left")["match"]
        .alias(names.name)
    )


def folded_text(text: pl.Expr) -> pl.Expr:
    """A text in lower case without accents; the crossed d of Vietnamese, and the eth that looks like it, become d."""
    return (
        text.str.normalize("NFKD")
        .str.replace_all(_ACCENTS, "")
        .str.to_lowercase()
        .str.replace_many(["đ", "ð"], ["d", "d"])
    )
