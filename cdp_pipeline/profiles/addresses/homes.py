"""Homes: the addresses at which people live, in a form that can be compared.

    profile_addresses -> one row per person and home that another person may share

Values are folded only, without a gazetteer: "12 Lê Lợi" and "12 le loi" are one home, "Q1" and "Quận 1" are two
districts. `households.py` decides who shares a home with whom.
"""

import polars as pl

from cdp_pipeline.profiles.addresses.addresses import ADDRESS_SOURCES
from cdp_pipeline.values.place import match_places

_ELSEWHERE = ("Work", "Hometown")

# All of these must be equal, null included: a flat is not the whole house.
_EXACT = ("address", "building", "building_block", "apartment_code", "district", "city")
# These must not contradict each other; null contradicts nothing, as half of the sources have no column for them.
_SILENT = ("ward", "state", "zip_code")
_SEVERAL = {name: f"several_{name}s" for name in _SILENT}
_SPELLED = ("apartment_code", "building_block", "building", "address", "ward", "district", "city")

_IN_TWO_LINES = tuple(
    entity.object_type for entity, names in ADDRESS_SOURCES if "building" in names and "apartment_code" not in names
)

_BETWEEN = "\x1f"


def find_shared_homes(addresses: pl.LazyFrame) -> pl.LazyFrame:
    """One row per person and home, for homes in which two people of a company may live; an equal `value` is one home.

    An address is a home if it has a city and a house number, is not of type Work or Hometown, has no end, and is one
    flat: it names an apartment if it names a building. Addresses with equal street, building, flat, district and city
    are one home unless their wards, states or postal codes contradict each other. If these do, an address that lacks
    them is not a home, as it could be either.

    Args:
        addresses: `profile_addresses`, with the `internal_company_id` of the person.
    """
    # Sources with two address lines have the flat in the second one.
    in_second_line = pl.col("object_type").is_in(_IN_TWO_LINES)
    candidates = (
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
        candidates.with_columns(folded)
        .filter(pl.col("city").is_not_null())
        .select("record_key", "internal_company_id", "person_id", "last_seen_at", "text", *_SILENT, place=exact)
        .collect()
        .lazy()
    )
    shared = (
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
        compared.join(shared, on=["internal_company_id", "place"], nulls_equal=True)
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
