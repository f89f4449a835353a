"""profile_addresses: every address of a person with its period of validity, and the golden address.

    current records + record_persons -> profile_addresses

Sources are the address entity, the address columns of identities, MoeGo leads and subscribers. All are mapped to the
columns of customer-identity-address; `address_type` is null where the source has none. `address_values.py` computes
periods, `address_values.py` completes names and codes of countries.
"""

from collections.abc import Mapping
from datetime import date

import polars as pl
from pandera.typing.polars import LazyFrame

from cdp_pipeline.current import Records
from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.customer_identity_address import CUSTOMER_IDENTITY_ADDRESS
from cdp_pipeline.entities.customer_product_subscriber import CUSTOMER_PRODUCT_SUBSCRIBER
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.kinds import Timestamp
from cdp_pipeline.entities.moego_lead import MOEGO_LEAD
from cdp_pipeline.entities.table import column
from cdp_pipeline.identity import RecordPersons
from cdp_pipeline.profiles.addresses.address_values import (
    COUNTRY_CODES,
    COUNTRY_PROBLEM,
    VALID,
    VALID_FROM,
    VALID_TO,
    add_periods,
    complete_countries,
    period_state,
)
from cdp_pipeline.profiles.records.records import records_of
from cdp_pipeline.profiles.shared_columns import OBJECT_TYPE, OF_PROFILE, RecordOfPerson, entity_column, record_table

ADDRESS_PARTS = (
    "country", "state", "city", "district", "ward", "address", "building", "building_block", "apartment_code",
    "zip_code",
)  # fmt: skip


class ProfileAddresses(
    RecordOfPerson, key=("record_key",), foreign_keys=OF_PROFILE, indexes=(("person_id",), ("source_id",), ("city",))
):
    """One row per source record that gives an address of the person.

    The sources are address records, identities, MoeGo leads and subscribers.
    """

    object_type: str = OBJECT_TYPE
    latitude: float = entity_column(MOEGO_LEAD, "latitude")
    longitude: float = entity_column(MOEGO_LEAD, "longitude")
    country_problem: str = COUNTRY_PROBLEM
    valid_from: Timestamp = VALID_FROM
    valid_to: Timestamp = VALID_TO
    is_current: bool = column("Whether it is the person's address of its type on the newest drop date.", nullable=False)
    is_primary: bool = column("Whether it is the golden address, which the profile shows.", nullable=False)


PROFILE_ADDRESSES = record_table(ProfileAddresses, CUSTOMER_IDENTITY_ADDRESS)

ADDRESS_SOURCES: tuple[tuple[Entity, Mapping[str, str]], ...] = (
    (CUSTOMER_IDENTITY_ADDRESS, {part: part for part in (*ADDRESS_PARTS, *COUNTRY_CODES)}),
    (CUSTOMER_IDENTITY, {"customer_id": "customer_id"} | {part: part for part in ADDRESS_PARTS}),
    (
        MOEGO_LEAD,
        {
            "country": "address_country",
            "state": "address_state",
            "city": "address_city",
            "address": "address_1",
            "building": "address_2",
            "zip_code": "address_postal_code",
            "address_type": "address_type",
            "latitude": "latitude",
            "longitude": "longitude",
        },
    ),
    (
        CUSTOMER_PRODUCT_SUBSCRIBER,
        {
            "customer_id": "customer_id",
            "country": "customer_country",
            "city": "customer_city",
            "district": "customer_district",
            "address": "customer_address",
        },
    ),
)
"""The sources of addresses, best first, each with its own names for the columns of the table."""

_OF_EVERY_RECORD = (
    "record_key", "person_id", "source_id", "internal_company_id", "system_name", "first_seen_at", "last_seen_at",
)  # fmt: skip

# People are reached where they live; a hometown is only their origin. Other types rank as a missing type.
_TYPES = ("Live", "Work", None, "Hometown")


def build_profile_addresses(
    current: Records, record_persons: LazyFrame[RecordPersons], as_of: date
) -> LazyFrame[ProfileAddresses]:
    """One row per live record with a person and at least one part of an address.

    One address per person is golden. The order of preference: valid at the end of `as_of`, then beginning later, then
    ended; the best source (address record, identity, MoeGo lead, subscriber); Live, Work, no type, Hometown; with a
    street; the latest start; the record seen last; the smallest record key. The first valid address of each person and
    type, in the same order, is current. Addresses without a type form one group. No address is current if all have
    ended or begin later.

    Args:
        current: The current records by entity name.
        record_persons: The person of each record.
        as_of: The day on which periods are evaluated: the newest drop date.
    """
    addresses = pl.concat(
        (
            _addresses(rank, entity, names, records_of(entity, current, record_persons))
            for rank, (entity, names) in enumerate(ADDRESS_SOURCES)
        ),
        how="diagonal",
    ).with_columns(pl.col("address_type").replace({"TYPE_UNSPECIFIED": None}))
    best_first = (
        complete_countries(addresses)
        .with_columns(period_state(as_of).alias("period_state"))
        .sort(
            "person_id",
            "period_state",
            "source_rank",
            _type_rank(),
            pl.col("address").is_null(),
            "valid_from",
            "last_seen_at",
            "record_key",
            descending=[False, False, False, False, False, True, True, False],
            nulls_last=True,
        )
    )
    is_primary = pl.col("person_id").is_first_distinct()
    is_current = pl.struct("person_id", "address_type").is_first_distinct() & (pl.col("period_state") == VALID)
    return PROFILE_ADDRESSES.conform(
        best_first.with_columns(is_primary.alias("is_primary"), is_current.alias("is_current"))
    )


def _addresses(rank: int, entity: Entity, names: Mapping[str, str], records: pl.LazyFrame) -> pl.LazyFrame:
    """The records of one source that have an address, with the columns of the table that the source has.

    Only address records have a period; other addresses are valid until their record changes.
    """
    named = [pl.col(name).alias(column) for column, name in names.items()]
    has_address = pl.any_horizontal(
        pl.col(part).is_not_null() for part in (*ADDRESS_PARTS, *COUNTRY_CODES) if part in names
    )
    if entity is CUSTOMER_IDENTITY_ADDRESS:
        addresses = add_periods(records.filter(has_address))
    else:
        addresses = records.select(*_OF_EVERY_RECORD, *named).filter(has_address)
    return addresses.with_columns(
        pl.lit(entity.object_type).alias("object_type"), pl.lit(rank, pl.Int8).alias("source_rank")
    )


def _type_rank() -> pl.Expr:
    unnamed = _TYPES.index(None)
    ranks = {name: rank for rank, name in enumerate(_TYPES) if name is not None}
    return pl.col("address_type").replace_strict(ranks, default=unnamed, return_dtype=pl.Int8)
