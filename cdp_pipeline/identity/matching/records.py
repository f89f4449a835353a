"""descriptions -> records as they are compared: their parts, and how frequent each value is."""

from typing import Final

import polars as pl

from cdp_pipeline.identity.matching.comparison import AREAS, KNOWN_FROM
from cdp_pipeline.identity.matching.model import SMALLEST
from cdp_pipeline.values.nicknames import formal_names
from cdp_pipeline.values.vietnamese_name import SYLLABLE

_RATED: Final = ("birth", "address_match", "street", *AREAS)
_SERIES: Final = 4
"""So many numbers that differ in the last digit only come in a series, as a company's do, and are no slips."""

_SAME_PLACE: Final = 0.06
"""How many strangers live in one place, before the data tell: the customers of a few rows come from around one shop."""

_SHORTEST_MAILBOX: Final = 4
_COMMON_WORDS: Final = {
    "nguyen": 0.38, "tran": 0.11, "le": 0.095, "pham": 0.07, "huynh": 0.05, "hoang": 0.05, "phan": 0.045, "vu": 0.035,
    "vo": 0.035, "dang": 0.02, "bui": 0.02, "do": 0.015, "ho": 0.013, "ngo": 0.013, "duong": 0.01, "thi": 0.3,
    "van": 0.2, "anh": 0.05, "minh": 0.04, "thanh": 0.04, "ngoc": 0.04, "duc": 0.03, "thu": 0.03, "hong": 0.025,
    "phuong": 0.025, "xuan": 0.02, "kim": 0.02, "quoc": 0.02, "huu": 0.02,
}  # fmt: skip
"""The part of Vietnamese names that have a word: family names as in the usual counts (Nguyen 38 %), middle and given
names by order of magnitude. They count for as much as SMALLEST records do, so that three rows do not take Nguyen Van An
for a rare name."""

_SYLLABLE_RATE: Final = 0.01
_WORD_RATE: Final = 0.003
"""The same of any other syllable of Vietnamese, and of any other word."""

_INITIAL_BITS: Final = 3.0
"""What an initial is worth at most: many names begin so."""


def comparable_records(described: pl.DataFrame, identifiers: pl.DataFrame) -> pl.DataFrame:
    """One row per node that describes a person by name, ordered by node; what comparisons and blocking need.

    Args:
        described: What `describe_nodes` gave.
        identifiers: node, kind, value, status.
    """
    people = described.filter((pl.col("role") == "person") & pl.col("name_match").is_not_null()).sort("node")
    scopes = people.group_by("scope").len("people")
    people = people.join(scopes, on="scope", how="left", maintain_order="left").with_columns(
        pl.col("people").cast(pl.Float64), birth=pl.col("birth_date").dt.strftime("%Y%m%d")
    )
    for kind in ("phone", "email"):
        people = people.join(_contacts(identifiers, kind, people), on="node", how="left", maintain_order="left")
    month_day, closed = pl.col("birth").str.slice(4), pl.col("address_match").str.replace_all(" ", "")
    mailbox = pl.col("email").str.split("@").list.first()
    people = people.join(_words(people), on="node", how="left", maintain_order="left")
    street = closed.str.replace_all("[0-9]", "").replace("", None)
    return people.with_columns(street=street, phone_stem=pl.col("phone").str.head(-1)).with_columns(
        *(_rate(column, _SAME_PLACE if column in AREAS else 0.0).alias(f"{column}_rate") for column in _RATED),
        namesakes=_namesakes(),
        in_series=_in_series(),
        year=pl.col("birth").str.head(4),
        # The first of January stands for a day that is not known.
        month_day=pl.when(month_day != "0101").then(month_day),
        mailbox=pl.when(mailbox.str.len_chars() >= _SHORTEST_MAILBOX).then(mailbox),
        initials=pl.col("word").list.eval(pl.element().str.head(1)).list.sort().list.join(""),
        letters=pl.col("name_match").str.replace_all(" ", "").str.split("").list.sort().list.join(""),
        closed=closed,
        house=closed.str.replace_all("[^0-9]", ""),
    )


def scope_sizes(records: pl.DataFrame) -> pl.Series:
    """How many records are compared within each scope, in the order of scopes."""
    return records.group_by("scope").len("people").sort("scope")["people"]


def _rate(column: str, usual: float) -> pl.Expr:
    """The part of the scope's records that have the value; null where there is none."""
    return pl.when(pl.col(column).is_not_null()).then(_share(pl.len().over("scope", column).cast(pl.Float64), usual))


def _share(held: pl.Expr, usual: float = 0.0) -> pl.Expr:
    """How frequent among strangers a value is that so many records of the scope hold, of which one is compared."""
    return (pl.max_horizontal(held - 1.0, 0.5) + SMALLEST * usual) / (pl.col("people") + SMALLEST)


def _in_series() -> pl.Expr:
    """How likely a stranger's phone is a slip away: surely in a series, else as many as come in series in the scope."""
    is_one = (pl.col("phone").n_unique().over("scope", "phone_stem") >= _SERIES) & pl.col("phone_stem").is_not_null()
    phones = pl.max_horizontal(pl.col("phone").count().over("scope"), 1)
    return pl.when(is_one).then(1.0).otherwise(is_one.sum().over("scope") / phones)


def _namesakes() -> pl.Expr:
    """The part of the scope's people who have this name beside the two who are compared; people differ in birth date.

    Without one, in their contacts.
    """
    person = pl.coalesce("birth", "email", "phone", pl.col("node").cast(pl.String))
    others = person.n_unique().over("scope", "name_match") - 2.0
    return pl.max_horizontal(others, 0.0) / (pl.col("people") + SMALLEST)


def _contacts(identifiers: pl.DataFrame, kind: str, people: pl.DataFrame) -> pl.DataFrame:
    """By node its usable values of a kind, the first of them, and how frequent the rarest is."""
    usable = identifiers.filter((pl.col("kind") == kind) & (pl.col("status") == "usable")).select("node", "value")
    held = usable.join(people.select("node", "scope", "people"), on="node")
    rate = _share(pl.len().over("scope", "value").cast(pl.Float64))
    return (
        held.with_columns(rate=rate)
        .sort("node", "value")
        .group_by("node", maintain_order=True)
        .agg(
            pl.col("value").first().alias(kind),
            pl.col("value").alias(f"{kind}s"),
            pl.col("rate").min().alias(f"{kind}_rate"),
        )
    )


def _words(people: pl.DataFrame) -> pl.DataFrame:
    """By node the words of its name: word, and words with what is known of them.

    `bits`: how rarely a name has the word; `known`: whether it is a name that people of several birth dates bear;
    `formals`: what the word is short for.
    """
    words = people.select("node", "scope", "people", "birth", word=pl.col("name_match").str.split(" "))
    words = words.explode("word", empty_as_null=False)
    words = words.with_columns(formal_names(words["word"]))
    usual = pl.when("syllable").then(_SYLLABLE_RATE).otherwise(_WORD_RATE)
    usual = pl.col("word").replace_strict(_COMMON_WORDS, default=usual, return_dtype=pl.Float64)
    others = pl.len().over("scope", "word") - 1
    bits = -((others + SMALLEST * usual) / (pl.col("people") + SMALLEST)).log(2)
    return (
        words.with_columns(syllable=pl.col("word").str.contains(SYLLABLE))
        .with_columns(
            known=pl.col("birth").n_unique().over("scope", "word") >= KNOWN_FROM,
            bits=pl.when(pl.col("word").str.len_chars() > 1)
            .then(bits)
            .otherwise(pl.min_horizontal(bits, _INITIAL_BITS)),
        )
        .group_by("node", maintain_order=True)
        .agg("word", words=pl.struct("word", "known", "syllable", "bits", "formals"))
    )
