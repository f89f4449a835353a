"""profile_lead_addresses: the addresses of MoeGo leads as MoeGo has them.

    current MoeGo leads + record_persons -> profile_lead_addresses

The same addresses are in `profile_addresses`, with all others of the person and in the columns of Pango's addresses.
"""

import polars as pl
from pandera.typing.polars import LazyFrame

from cdp_pipeline.current import Records
from cdp_pipeline.entities.kinds import Timestamp
from cdp_pipeline.entities.moego_lead import MOEGO_LEAD
from cdp_pipeline.entities.table import TableModel, table_of
from cdp_pipeline.identity import RecordPersons
from cdp_pipeline.profiles.records.records import records_of
from cdp_pipeline.profiles.shared_columns import (
    FIRST_SEEN_AT,
    INTERNAL_COMPANY_ID,
    LAST_SEEN_AT,
    OF_PROFILE,
    PERSON_ID,
    RECORD_KEY,
    SOURCE_ID,
    SYSTEM_NAME,
    entity_column,
)

_PLACE = (
    "address_1", "address_2", "address_city", "address_state", "address_postal_code", "address_country", "latitude",
    "longitude",
)  # fmt: skip


class ProfileLeadAddresses(
    TableModel, key=("record_key",), foreign_keys=OF_PROFILE, indexes=(("person_id",), ("address_city",))
):
    """One row per MoeGo lead that has an address."""

    record_key: str = RECORD_KEY
    person_id: str = PERSON_ID
    source_id: str = SOURCE_ID
    internal_company_id: str = INTERNAL_COMPANY_ID
    system_name: str = SYSTEM_NAME
    address_id: str = entity_column(MOEGO_LEAD, "address_id")
    address_1: str = entity_column(MOEGO_LEAD, "address_1")
    address_2: str = entity_column(MOEGO_LEAD, "address_2")
    address_city: str = entity_column(MOEGO_LEAD, "address_city")
    address_state: str = entity_column(MOEGO_LEAD, "address_state")
    address_postal_code: str = entity_column(MOEGO_LEAD, "address_postal_code")
    address_country: str = entity_column(MOEGO_LEAD, "address_country")
    latitude: float = entity_column(MOEGO_LEAD, "latitude")
    longitude: float = entity_column(MOEGO_LEAD, "longitude")
    address_type: str = entity_column(MOEGO_LEAD, "address_type")
    first_seen_at: Timestamp = FIRST_SEEN_AT
    last_seen_at: Timestamp = LAST_SEEN_AT


PROFILE_LEAD_ADDRESSES = table_of(ProfileLeadAddresses)


def build_profile_lead_addresses(
    current: Records, record_persons: LazyFrame[RecordPersons]
) -> LazyFrame[ProfileLeadAddresses]:
    """One row per live MoeGo lead with a person and at least one part of an address or its coordinates.

    An id or a type alone is not an address. `TYPE_UNSPECIFIED` becomes null.
    """
    return PROFILE_LEAD_ADDRESSES.conform(
        records_of(MOEGO_LEAD, current, record_persons)
        .filter(pl.any_horizontal(pl.col(_PLACE).is_not_null()))
        .with_columns(pl.col("address_type").replace({"TYPE_UNSPECIFIED": None}))
    )
