"""Homes: the addresses at which people live, in the form in which two of them are compared.

    profile_addresses -> one row per person and home that somebody else may share

Only folding, no gazetteer: "12 Lê Lợi" and "12 le loi" are one home, "Q1" and "Quận 1" are two districts. Who shares a
home with whom is decided in `households.py`.
"""

import polars as pl

from cdp_pipeline.profiles.addresses import ADDRESS_SOURCES
from cdp_pipeline.values.place import match_places

_ELSEWHERE = ("Work", "Hometown")

# All of these are equal in one home, also by being absent: a flat is not its house, and a street not that of its town.
_EXACT = ("address", "building", "building_block", "apartment_code", "district", "city")
# These need only not contradict: half of the sources have no column for them.
_SILENT = ("ward", "state", "zip_code")
_SEVERAL = {name: f"several_{name}s" for name in _SILENT}
_SPELLED = ("apartment_code", "building_block", "building", "address", "ward", "district", "city")

_IN_TWO_LINES = tuple(
    entity.object_type for entity, names in ADDRESS_SOURCES if "building" in names and "apartment_code" not in names
)

_BETWEEN = "\x1f"


def find_shared_homes(addresses: pl.LazyFrame) -> pl.LazyFrame:
    """One row per person and home, of homes in which two people of a company may live; those with one `value` do.

    A home is an address with a city and a house number at which somebody lives: of type Live, primary or none, without
    an end, and one flat, so an apartment where a building is named. Homes of one street, building, flat, district and
    city are one unless their wards, states or postal codes contradict each other; where those do, an address that
    leaves them out is no home, as it may be either.

    Columns: internal_company_id, person_id, value, text (as the person's newest record spells it, ties to the smallest
    record key), last_seen_at.

    Args:
        addresses: `profile_addresses`, with the `internal_company_id` of the person.
    """
    # Who sends addresses in two lines puts the flat into the second one.
    in_second_line = pl.col("object_type").is_in(_IN_TWO_LINES)
    live_there = (
        addresses.filter(
            ~pl.col("address_type").is_in(_ELSEWHERE).fill_null(value=False),
            pl.col("valid_to").is_null(),
            pl.col("address").str.contains(r"\d"),
            pl.col("city").is_not_null(),
        )
        .with_columns(
            pl.when(in_second_line).then("building").otherwise("apartment_code").alias("apartment_code"),
            pl.when(~in_second_line).then("building").alias("building"),
        )
        .filter(
            pl.col("apartment_code").is_not_null() | pl.all_horizontal(pl.col("building", "building_block").is_null())
        )
        .select("record_key", "internal_company_id", "person_id", "last_seen_at", _spelled(), *_EXACT, *_SILENT)
    )
    folded = pl.col(*_EXACT, *_SILENT).map_batches(match_places, return_dtype=pl.String)
    exact = pl.concat_str((pl.col(name).fill_null("") for name in _EXACT), separator=_BETWEEN)
    # Computed once, as it is read twice.
    compared = (
        live_there.with_columns(folded)
        .filter(pl.col("city").is_not_null())
        .select("record_key", "internal_company_id", "person_id", "last_seen_at", "text", *_SILENT, place=exact)
        .collect()
        .lazy()
    )
    said = (
        compared.group_by("internal_company_id", "place")
        .agg(
            (pl.col("person_id").min() != pl.col("person_id").max()).alias("is_shared"),
            *(
                (pl.col(name).min() != pl.col(name).max()).fill_null(value=False).alias(several)
                for name, several in _SEVERAL.items()
            ),
        )
        .filter("is_shared")
    )
    homes = (
        compared.join(said, on=["internal_company_id", "place"], nulls_equal=True)
        .filter(~pl.col(several) | pl.col(name).is_not_null() for name, several in _SEVERAL.items())
        .with_columns(
            pl.concat_str(
                "place",
                *(pl.when(several).then(name).otherwise(pl.lit("")) for name, several in _SEVERAL.items()),
                separator=_BETWEEN,
            ).alias("value")
        )
    )
    newest_first = homes.sort("last_seen_at", "record_key", descending=[True, False], nulls_last=True)
    return newest_first.group_by("internal_company_id", "person_id", "value").agg(
        pl.col("text").first(), pl.col("last_seen_at").first()
    )


def _spelled() -> pl.Expr:
    """The address in one line."""
    return pl.concat_str(_SPELLED, separator=", ", ignore_nulls=True).alias("text")
