"""profile_lead_addresses: the addresses of MoeGo leads as MoeGo has them.

    current MoeGo leads + record_persons -> profile_lead_addresses

The same addresses stand in `profile_addresses`, among all others of the person and in the columns of Pango's addresses.
"""

from collections.abc import Mapping

import polars as pl

from cdp_pipeline.entities.moego_lead import MOEGO_LEAD
from cdp_pipeline.entities.table import Table
from cdp_pipeline.profiles.columns import (
    FIRST_SEEN_AT,
    INTERNAL_COMPANY_ID,
    LAST_SEEN_AT,
    OF_PROFILE,
    PERSON_ID,
    RECORD_KEY,
    SYSTEM_NAME,
    entity_columns,
    source_id,
)
from cdp_pipeline.profiles.records import records_of

_PLACE = (
    "address_1", "address_2", "address_city", "address_state", "address_postal_code", "address_country", "latitude",
    "longitude",
)  # fmt: skip

PROFILE_LEAD_ADDRESSES = Table(
    name="profile_lead_addresses",
    description="One row per MoeGo lead that has an address.",
    columns=(
        RECORD_KEY,
        PERSON_ID,
        source_id(MOEGO_LEAD),
        INTERNAL_COMPANY_ID,
        SYSTEM_NAME,
        *entity_columns(MOEGO_LEAD, ("address_id", *_PLACE, "address_type")),
        FIRST_SEEN_AT,
        LAST_SEEN_AT,
    ),
    key=("record_key",),
    foreign_keys=OF_PROFILE,
    indexes=(("person_id",), ("address_city",)),
)


def build_profile_lead_addresses(current: Mapping[str, pl.LazyFrame], record_persons: pl.LazyFrame) -> pl.LazyFrame:
    """One row per live MoeGo lead with a person and at least one part of an address or its coordinates.

    An id or a type alone is no address. `TYPE_UNSPECIFIED` is null.
    """
    return PROFILE_LEAD_ADDRESSES.conform(
        records_of(MOEGO_LEAD, current, record_persons)
        .filter(pl.any_horizontal(pl.col(_PLACE).is_not_null()))
        .with_columns(pl.col("address_type").replace({"TYPE_UNSPECIFIED": None}))
    )
