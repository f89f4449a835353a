"""moego-lead: a lead from the list and read operations of MoeGo's Lead API."""

import pandera.polars as pa
import polars as pl
from pandera.polars import PolarsData

from cdp_pipeline.entities import kinds, rules
from cdp_pipeline.entities.entity import Entity, Finding, Identifier, PersonColumns, Thresholds
from cdp_pipeline.entities.model import EntityModel, blank, column


class MoegoLead(EntityModel):
    """One row per lead of a MoeGo company.

    Exported by full scans of MoeGo's Lead API. A lead that is no longer listed was promoted or removed; the data does
    not show which. Its id is not the id of the customer that it became. Unlike a Pango lead it may have an e-mail only.
    """

    id: str = column("id", kinds.PERSON_IDENTIFIER, "The lead's id in MoeGo, of no fixed form.", required=True)
    company_id: str = column("companyId", kinds.IDENTIFIER, "MoeGo company; becomes the internal company.")
    first_name: str = column("firstName", kinds.PERSON_NAME, "First name; the given name.")
    last_name: str = column("lastName", kinds.PERSON_NAME, "Last name; the family name.")
    avatar: str = column("avatar", kinds.LINK, "Link to a picture of the lead.", personal=True)
    phone: str = column("phone", kinds.PHONE, "Phone as sent; this or the e-mail must be present.")
    email: str = column("email", kinds.EMAIL, "E-mail as sent; this or the phone must be present.")
    address_id: str = column("address.id", kinds.IDENTIFIER, "The address's id in MoeGo.")
    address_1: str = column(
        "address.address1", kinds.ADDRESS_PART, "Street and house number.", aliases=("address.street",)
    )
    address_2: str = column("address.address2", kinds.ADDRESS_PART, "Building, floor or apartment.")
    address_city: str = column("address.city", kinds.ADDRESS_PART, "City.")
    address_state: str = column("address.state", kinds.ADDRESS_PART, "State.")
    address_postal_code: str = column(
        "address.postalCode",
        kinds.ADDRESS_PART,
        "Postal code; text, as leading zeros matter.",
        aliases=("address.zip",),
    )
    address_country: str = column("address.country", kinds.ADDRESS_PART, "Country by name or code.")
    address_type: str = column(
        "address.type",
        kinds.CHOICE,
        "Whether it is the main address.",
        allowed=("TYPE_UNSPECIFIED", "PRIMARY", "SECONDARY"),
    )
    latitude: float = column(
        "address.coordinate.latitude", kinds.NUMBER, "Latitude of the address in degrees.", personal=True
    )
    longitude: float = column(
        "address.coordinate.longitude", kinds.NUMBER, "Longitude of the address in degrees.", personal=True
    )
    pets: str = column("pets", kinds.STRUCTURE, "The lead's pets, as JSON; not data of the lead itself.")
    preferred_business_id: str = column(
        "preferredBusinessId", kinds.IDENTIFIER, "Business the lead prefers; without one it is the company's."
    )
    allocate_staff_id: str = column("allocateStaffId", kinds.IDENTIFIER, "Staff member in charge of the lead.")
    life_cycle_id: str = column("lifeCycle.id", kinds.IDENTIFIER, "Stage of the lead.")
    life_cycle_name: str = column("lifeCycle.name", kinds.TEXT, "The stage's name; the company makes its own stages.")
    life_cycle_is_default: bool = column(
        "lifeCycle.isDefault", kinds.FLAG, "Whether it is the stage in which leads begin."
    )
    action_status_id: str = column("actionStatus.id", kinds.IDENTIFIER, "State of the follow-up work; not the stage.")
    action_status_name: str = column("actionStatus.name", kinds.TEXT, "The follow-up state's name.")
    action_status_color: str = column("actionStatus.color", kinds.TEXT, "Colour in which MoeGo shows the state.")
    referral_source_id: str = column("referralSource.id", kinds.IDENTIFIER, "Where the lead heard of the company.")
    referral_source_name: str = column("referralSource.name", kinds.TEXT, "The referral source's name.")
    created_time: int = column("createdTime", kinds.EVENT_TIMESTAMP, "When the lead was created.")
    last_updated_time: int = column("lastUpdatedTime", kinds.EVENT_TIMESTAMP, "When the lead was last changed.")
    compliance_config: str = column(
        "complianceConfig", kinds.STRUCTURE, "What the lead has consented to, by purpose and channel, as JSON."
    )

    @pa.dataframe_check(name="PHONE_OR_EMAIL", n_failure_cases=1)
    def has_phone_or_email(cls, data: PolarsData) -> pl.LazyFrame:
        """One of phone and email is needed."""
        return data.lazyframe.select(rules.any_present("phone", "email"))


MOEGO_LEAD = Entity(
    object_type="moego-lead",
    model=MoegoLead,
    natural_key=("id",),
    source_id="id",
    business_time=("last_updated_time", "created_time"),
    role="person",
    person=PersonColumns(
        first_name="first_name",
        last_name="last_name",
        country="address_country",
        phone="phone",
        email="email",
        address="address_1",
        city="address_city",
        zip_code="address_postal_code",
        source_name="referral_source_name",
    ),
    identifiers=(
        Identifier("phone", "phone_e164", "medium"),
        Identifier("email", "email_normalized", "medium"),
    ),
    # Every list has all leads, so a list fetched twice a day repeats nearly all rows.
    thresholds=Thresholds(duplicates=0.7),
    findings=(Finding("missing:phone", "The lead has an e-mail but no phone.", blank("phone")),),
    fixed_system="MoeGo",
    company_column="company_id",
    further_containers=("customFields",),
    comes_in_pages=True,
    is_lead=True,
)
