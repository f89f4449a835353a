"""pairs of descriptions -> how alike their places and names are, and how many strangers agree as well by chance.

The evidence that `attributes.py` weighs; which pairs are compared, and which of them are links, is decided there.
"""

from functools import reduce
from operator import mul
from typing import Final

import polars as pl

from cdp_pipeline.values.text_distance import slips_between

NAME_HOLDERS: Final = 3
"""A word that so many records have in their name is a name and no slip: Khanh and Khang are two."""

TELLING_ROWS: Final = 1_000
"""Among fewer people, a word that nobody else has may well be a name, so slips are forgiven in long words only."""

LONG_NAME: Final = 7
"""Vietnamese names of so many letters there are none, so that a letter more or less does not make another name."""

NEAR_ADDRESSES: Final = 20
"""Addresses that differ from one by slips only: the neighbouring house numbers."""

AREAS: Final = ("ward", "district", "city", "zip_code")
PLACES: Final = ("address", *AREAS)
_ADDRESSES: Final = ("address_match", "address_match_b")


def with_place(pairs: pl.DataFrame) -> pl.DataFrame:
    """The pairs that agree in some part of the place: the first one as `place`, and how frequent all of them are.

    Wards, towns and zip codes lie within each other, so the rarest counts; a street and number may be in any of them.
    One that differs by slips counts beside an area only; `one_address` says whether it is the same or does so,
    `areas` how many areas agree.
    """
    agrees = {place: (pl.col(place) == pl.col(f"{place}_b")).fill_null(value=False) for place in PLACES}
    area = pl.min_horizontal(pl.when(agrees[area]).then(f"{area}_rate") for area in AREAS)
    near = (pl.col("_slips") * 5 <= pl.min_horizontal(pl.col(_ADDRESSES).str.len_chars())).fill_null(value=False)
    street = (
        pl.when(agrees["address"])
        .then("address_rate")
        .when(near)
        .then(pl.max_horizontal("address_rate", "address_rate_b") * NEAR_ADDRESSES)
    )
    return (
        pairs.with_columns(_slips=slips_between(*(pairs[address] for address in _ADDRESSES)))
        .with_columns(
            place=pl.coalesce(pl.when(agrees[place]).then(pl.lit(place)) for place in PLACES),
            place_rate=area.fill_null(1.0) * street.fill_null(1.0),
            one_address=street.is_not_null(),
            areas=pl.sum_horizontal(agrees[area].cast(pl.Int8) for area in AREAS),
        )
        .filter(pl.col("place").is_not_null())
    )


def with_name(pairs: pl.DataFrame, words: pl.DataFrame) -> pl.DataFrame:
    """How the different names of each pair are alike, as `likeness`, and how frequent their common words are.

    `part_of_name` where all words of one are the other's, `near_name` where the words they do not have in common differ
    by slips, and `other_name`.
    """
    left, right = pl.col("name_match").str.split(" "), pl.col("name_match_b").str.split(" ")
    split = pairs.with_row_index("pair").with_columns(
        both=left.list.set_intersection(right).list.sort(),
        rest=left.list.set_difference(right).list.sort(),
        rest_b=right.list.set_difference(left).list.sort(),
    )
    judged = []
    for of in (pl.col("both"), pl.concat_list("rest", "rest_b")):
        each = split.select("pair", "scope", of.alias("word")).explode("word")
        judged.append(each.join(words, on=["scope", "word"], maintain_order="left").group_by("pair"))
    common = judged[0].agg(common_rate=pl.col("rate").product())
    strange = judged[1].agg(strange=(pl.col("holders") < NAME_HOLDERS).sum())
    split = split.join(common, on="pair", how="left").join(strange, on="pair", how="left").sort("pair")
    # A slip in its first letter may change the place of a word among two.
    crossed = pl.col("rest_b").list.reverse()
    a, b, c = (split.select(rest.list.join(" ")).to_series() for rest in (pl.col("rest"), pl.col("rest_b"), crossed))
    lengths = [pl.col(rest).list.join("").str.len_chars() for rest in ("rest", "rest_b")]
    slips, letters = pl.min_horizontal("_straight", "_crossed"), pl.min_horizontal(lengths)
    telling = (pl.col("rows") >= TELLING_ROWS) & (letters >= 4) & ((slips == 1) | (slips * 3 <= letters))
    few = telling | ((letters >= LONG_NAME) & (slips * 5 <= letters))
    # Each word must have become, or come from, one that is hardly anybody's name.
    near = few & (pl.col("strange") >= pl.max_horizontal(pl.col("rest").list.len(), pl.col("rest_b").list.len()))
    return split.with_columns(_straight=slips_between(a, b), _crossed=slips_between(a, c)).with_columns(
        likeness=pl.when(letters == 0)
        .then(pl.lit("part_of_name"))
        .when(near)
        .then(pl.lit("near_name"))
        .otherwise(pl.lit("other_name")),
        common_rate=pl.col("common_rate").fill_null(1.0),
    )


def name_words(people: pl.DataFrame) -> pl.DataFrame:
    """How many records of a scope have each word in their name, and the frequency: scope, word, holders, rate."""
    return (
        people.group_by("scope", "name_match")
        .agg(pl.len().alias("holders"), pl.col("people").first())
        .with_columns(pl.col("name_match").str.split(" ").alias("word"))
        .explode("word")
        .group_by("scope", "word")
        .agg(pl.col("holders").sum(), rate=pl.col("holders").sum() / pl.col("people").first())
    )


def expected_strangers(*parts: str) -> pl.Expr:
    """How many people of the scope have the same in all of `parts` by chance."""
    return reduce(mul, (pl.col(f"{part}_rate") for part in parts), pl.col("people"))
