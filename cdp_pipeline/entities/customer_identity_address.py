"""customer-identity-address: where a customer lives, works or comes from."""

import pandera.polars as pa
import polars as pl
from pandera.polars import PolarsData

from cdp_pipeline.entities import kinds, rules
from cdp_pipeline.entities.entity import Entity, Finding, Identifier, Reference
from cdp_pipeline.entities.model import PangoModel, blank, column


class CustomerIdentityAddress(PangoModel):
    """One row per address of a customer, by type and begin of validity.

    Sent by CRM systems, beside the one address of the customer record. City, street and one of district and ward are
    required. Vietnam has had no districts since 1 July 2025, so older addresses have a district and newer ones do not.
    Outside Vietnam neither is required, because addresses have state and postal code instead.
    """

    customer_id: str = column(
        "customerId", kinds.PERSON_IDENTIFIER, "The customer whose address this is.", required=True
    )
    address_type: str = column(
        "addressType",
        kinds.CHOICE,
        "What the address is to the customer.",
        required=True,
        allowed=("Hometown", "Live", "Work"),
        unknown="reject",
    )
    country: str = column("country", kinds.ADDRESS_PART, "Country by name or code.")
    country_alpha_code_2: str = column(
        "countryAlphaCode2", kinds.ADDRESS_PART, "Country by its ISO code of two letters."
    )
    country_alpha_code_3: str = column(
        "countryAlphaCode3", kinds.ADDRESS_PART, "Country by its ISO code of three letters."
    )
    state: str = column("state", kinds.ADDRESS_PART, "State; Vietnamese addresses have none.")
    zip_code: str = column(
        "zipCode", kinds.ADDRESS_PART, "Postal code; text, as leading zeros matter. Vietnamese addresses have none."
    )
    city: str = column("city", kinds.ADDRESS_PART, "City or province; must be present.")
    district: str = column("district", kinds.ADDRESS_PART, "District; this or the ward must be present in Vietnam.")
    ward: str = column("ward", kinds.ADDRESS_PART, "Ward; this or the district must be present in Vietnam.")
    address: str = column("address", kinds.ADDRESS_PART, "Street and house number; must be present.")
    building: str = column("building", kinds.ADDRESS_PART, "Building.")
    building_block: str = column("buildingBlock", kinds.ADDRESS_PART, "Block of the building.")
    apartment_code: str = column("apartmentCode", kinds.ADDRESS_PART, "Apartment.")
    start_time: int = column("startTime", kinds.PERIOD_TIMESTAMP, "When the address becomes valid.")
    end_time: int = column("endTime", kinds.PERIOD_TIMESTAMP, "When the address ceases to be valid.")

    @pa.dataframe_check(name="ADDRESS_MIN", n_failure_cases=1)
    def has_a_minimal_address(cls, data: PolarsData) -> pl.LazyFrame:
        """The fields city, address and one of district and ward are needed; outside Vietnam city and address."""
        return data.lazyframe.select(
            rules.has_minimal_address("country", "country_alpha_code_2", "country_alpha_code_3")
        )


CUSTOMER_IDENTITY_ADDRESS = Entity(
    object_type="customer-identity-address",
    model=CustomerIdentityAddress,
    natural_key=("customer_id", "address_type", "start_time"),
    source_id="customer_id",
    business_time=("start_time",),
    role="child",
    identifiers=(Identifier("customer_id", "customer_id", "strong"),),
    references=(Reference("customer_id", ("customer-identity",), "customer_id"),),
    findings=(
        Finding(
            "missing:district", "An address has no district, as Vietnamese ones since July 2025.", blank("district")
        ),
        Finding(
            "contradiction:endTime",
            "The address ends before it begins.",
            pl.col("end_time") < pl.col("start_time"),
        ),
    ),
    has_custom_fields=False,
)
