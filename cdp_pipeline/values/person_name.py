"""Person names: the form that is shown, the form that is compared, and the formal names of nicknames.

The shown form keeps the sender's letters and case. The compared form is the set of a name's words, folded, because no
source states reliably which part is the family name. `vietnamese_name.py` has the rules for Vietnamese names,
`nicknames.toml` holds the list of nicknames and names its source. `identity/` decides what either means for two people.
"""

import tomllib
from functools import cache
from importlib import resources
from typing import Final

import polars as pl

from cdp_pipeline.values.vietnamese_name import FAMILY_NAMES, without_form_of_address, without_typing

_UNTIDY: Final = r"^\s|\s$|\s\s|[^\S ]|[\x{200B}\x{2060}\x{FEFF}]"
_WHITE_SPACE: Final = r"[\s\x{200B}]+"
# A byte order mark or word joiner may be within a word; the joiners of other scripts shape its letters.
_INVISIBLE: Final = r"[\x{2060}\x{FEFF}]"

# The accents of Latin, Greek and Cyrillic letters. Not every mark: those of Thai or Hindi are vowels.
_ACCENTS: Final = r"[\x{0300}-\x{036F}\x{1AB0}-\x{1AFF}\x{1DC0}-\x{1DFF}]"
_WORD: Final = r"[\p{L}\p{N}][\p{L}\p{M}\p{N}]*"

# Format characters are not part of a name: soft hyphens, joiners, directional and byte order marks.
_FORMAT: Final = r"\p{Cf}"
_ZERO_WIDTH_SPACE: Final = "\u200b"

# Letters that have no decomposition.
_LETTERS: Final = {
    "đ": "d", "ð": "d", "ø": "o", "ł": "l", "ß": "ss", "æ": "ae", "œ": "oe", "þ": "th", "ı": "i", "ħ": "h", "ŧ": "t",
}  # fmt: skip

JOINT: Final = "&"
"""The word that marks the compared form of a joint name, in addition to its other words: Nam & Hà are two people."""

_AND: Final = "|".join(
    (
        r"[\p{L}\p{M}]{2}\s*[&+]\s*\p{L}[\p{L}\p{M}]",
        # Và is a family name of the Hmong too, but not in lower case between other words.
        r"[\p{L}\p{M}]\s+(?:và|and|AND)\s+\p{L}|^\P{Ll}*\p{L}\s+VÀ\s+\p{L}\P{Ll}*$",
        r"\p{Lu}[\p{L}\p{M}]*\s+va\s+\p{Lu}",
        # The text after a dash may be a place or a shop, unless it is a whole name.
        rf"[\p{{L}}\p{{M}}]+\s+[\p{{L}}\p{{M}}]+\s*(?:/|,|;|\s[-–]\s)\s*(?i:{FAMILY_NAMES})\s+\p{{L}}",
        r"(?i:^mr\b.*\bmrs\b|^ông\s+\p{L}.*\bbà\s+\p{L}|^anh\s+\p{L}.*\bchị\s+\p{L})",
    )
)
_PERHAPS_AND: Final = r"[&+/,;–-]|\s(?:và|VÀ|va|and|AND)\s|(?i:^(?:mr|ông|anh)\b)"
_ENTITY: Final = r"&\w+;"

# Western titles with or without a dot; Vietnamese academic ones only with it, as without it they could be names.
_TITLES: Final = (
    r"(?i)^\s*(?:(?:mr|mrs|ms|miss|mx|dr|prof)(?:\.\s*|\s+)|(?:gs|pgs|ts|ths|bs|ks|ls)\.\s*)+([\p{L}\p{N}].*)$"
)
_PLACE: Final = 2**32


def display_names(names: pl.Series) -> pl.Series:
    """Each name with its white space collapsed and trimmed; null if nothing is left."""
    untidy = names.str.contains(_UNTIDY).arg_true()
    visible = names.gather(untidy).str.replace_all(_INVISIBLE, "")
    tidy = visible.str.replace_all(_WHITE_SPACE, " ").str.strip_chars(" ")
    shown = names.clone().scatter(untidy, tidy)
    return shown.set(shown == "", None)


def match_names(names: pl.Series) -> pl.Series:
    """The form in which names are compared: folded words, each once, in alphabetical order, joined by a space.

    Titles and forms of address before a name are removed, and so are marks that were typed as letters or digits. The
    compared form of the names of two people in one (Nam & Hà) has the word `JOINT`. Null if a name has no letter and no
    digit.
    """
    distinct = pl.DataFrame({"name": names}).drop_nulls().unique().with_row_index("place")
    written = distinct.with_columns(_plainly_written(distinct["name"]))
    named = written.select("place", without_form_of_address(written["name"]))
    words = (
        named.select("place", pl.col("name").str.replace(_TITLES, "$1").str.extract_all(_WORD).alias("word"))
        .explode("word")
        .drop_nulls()
    )
    # A cheap filter first: hardly any name has a sign or word that could join two names.
    candidates = written.filter(pl.col("name").str.contains(_PERHAPS_AND))
    joint = candidates.filter(pl.col("name").str.contains(_AND) & ~pl.col("name").str.contains(_ENTITY))
    words = pl.concat([words, joint.select("place", word=pl.lit(JOINT))])
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
    matches = matches.with_columns(without_typing(matches["match"]))
    found = distinct.join(matches, on="place").select("name", "match")
    return (
        pl.DataFrame({"name": names})
        .join(found, on="name", how="left", maintain_order="left")["match"]
        .alias(names.name)
    )


def folded_text(text: pl.Expr) -> pl.Expr:
    """A text in lower case without accents; letters such as the crossed d become those that are typed for them."""
    plain = text.str.normalize("NFKD").str.replace_all(_ACCENTS, "").str.to_lowercase()
    return plain.str.replace_many(list(_LETTERS), list(_LETTERS.values()))


def _plainly_written(names: pl.Series) -> pl.Series:
    """The names in NFC, with `&` unescaped and without format characters; a zero-width space becomes a space."""
    places = names.str.contains(rf"{_FORMAT}|{_ACCENTS}|&amp;").arg_true()
    plain = names.gather(places).str.replace_all(_ZERO_WIDTH_SPACE, " ", literal=True).str.replace_all(_FORMAT, "")
    return names.clone().scatter(places, plain.str.replace_all("&amp;", "&", literal=True).str.normalize("NFC"))


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
