"""customer-identity: a customer of one source system."""

import pandera.polars as pa
import polars as pl
from pandera.polars import PolarsData

from cdp_pipeline.entities import kinds, rules
from cdp_pipeline.entities.entity import Entity, Identifier, PersonColumns
from cdp_pipeline.entities.kinds import TextList
from cdp_pipeline.entities.model import PangoModel, column


class CustomerIdentity(PangoModel):
    """One row per customer of a source system.

    Sent by CRM, POS and web systems. The same person is often a customer of several systems, with a different id in
    each.
    """

    customer_id: str = column("customerId", kinds.PERSON_IDENTIFIER, "The customer's id in its system.", required=True)
    customer_group: str = column("customerGroup", kinds.TEXT, "Group the sender puts the customer in, such as VIP.")
    identity_no: str = column("identityNo", kinds.IDENTITY_NUMBER, "National identity number.")
    passport_no: str = column("passportNo", kinds.IDENTITY_NUMBER, "Passport number.")
    phone: str = column("phone", kinds.PHONE, "Phone as sent; this or the e-mail must be present.")
    email: str = column("email", kinds.EMAIL, "E-mail as sent; this or the phone must be present.")
    full_name: str = column("fullName", kinds.PERSON_NAME, "Whole name; or else first and last name must be present.")
    first_name: str = column("firstName", kinds.PERSON_NAME, "First name; in the source often the family name.")
    last_name: str = column("lastName", kinds.PERSON_NAME, "Last name; in the source often the given name.")
    middle_name: str = column("middleName", kinds.PERSON_NAME, "Middle name.")
    nick_names: TextList = column("nickNames", kinds.PERSON_NAME_LIST, "Other names the customer goes by.")
    gender: str = column(
        "gender", kinds.CHOICE, "Gender.", allowed=("male", "female", "undefined"), unknown="undefined", personal=True
    )
    dob: int = column("dob", kinds.BIRTH_TIMESTAMP, "Birth as a timestamp; its local date is the birth date.")
    dob_2: pl.Date = column("dob2", kinds.BIRTH_DATE, "Birth date as text; has precedence over dob.")
    yob: int = column("yob", kinds.BIRTH_YEAR, "Birth year, where no date is known.")
    marital_status: str = column(
        "maritalStatus",
        kinds.CHOICE,
        "Marital status.",
        allowed=("Single", "Married", "Divorced"),
        unknown="null",
        personal=True,
    )
    religious: str = column("religious", kinds.PERSONAL_TEXT, "Religion: special-category data.")
    country: str = column("country", kinds.ADDRESS_PART, "Country by name or code.")
    state: str = column("state", kinds.ADDRESS_PART, "State.")
    city: str = column("city", kinds.ADDRESS_PART, "City or province.")
    district: str = column("district", kinds.ADDRESS_PART, "District.")
    ward: str = column("ward", kinds.ADDRESS_PART, "Ward.")
    address: str = column("address", kinds.ADDRESS_PART, "Street and house number.")
    building: str = column("building", kinds.ADDRESS_PART, "Building.")
    building_block: str = column("buildingBlock", kinds.ADDRESS_PART, "Block of the building.")
    apartment_code: str = column("apartmentCode", kinds.ADDRESS_PART, "Apartment.")
    zip_code: str = column("zipCode", kinds.ADDRESS_PART, "Postal code; text, as leading zeros matter.")
    language: str = column("language", kinds.TEXT, "Language by name.")
    status: str = column("status", kinds.TEXT, "The customer's state at the sender; not recordStatus.")
    source_channel: str = column(
        "sourceChannel", kinds.CHOICE, "Where the customer came from.", allowed=("Online", "Offline"), unknown="null"
    )
    source_name: str = column("sourceName", kinds.TEXT, "Source within the channel, such as Facebook Ads.")
    source_name_level_2: str = column("sourceNameLevel2", kinds.TEXT, "Source, one level down.")
    store_id: str = column("storeId", kinds.IDENTIFIER, "Store that created, manages or serves the customer.")
    store_city: str = column("storeCity", kinds.TEXT, "The store's city.")
    store_district: str = column("storeDistrict", kinds.TEXT, "The store's district.")
    photos: str = column("photos", kinds.LINK, "Links to photos, separated by semicolons.", personal=True)
    created_at: int = column("createdAt", kinds.EVENT_TIMESTAMP, "When the sender created the row.")
    created_by: str = column("createdBy", kinds.TEXT, "Who created it.")
    updated_at: int = column("updatedAt", kinds.EVENT_TIMESTAMP, "When the sender last changed the row.")
    updated_by: str = column("updatedBy", kinds.TEXT, "Who changed it last.")

    @pa.dataframe_check(name="NAME", n_failure_cases=1)
    def has_a_name(cls, data: PolarsData) -> pl.LazyFrame:
        """The field fullName is needed, or both firstName and lastName."""
        return data.lazyframe.select(rules.has_name())

    @pa.dataframe_check(name="PHONE_OR_EMAIL", n_failure_cases=1)
    def has_phone_or_email(cls, data: PolarsData) -> pl.LazyFrame:
        """One of phone and email is needed."""
        return data.lazyframe.select(rules.any_present("phone", "email"))


CUSTOMER_IDENTITY = Entity(
    object_type="customer-identity",
    model=CustomerIdentity,
    natural_key=("customer_id",),
    source_id="customer_id",
    business_time=("updated_at", "created_at"),
    role="person",
    person=PersonColumns(
        full_name="full_name",
        first_name="first_name",
        middle_name="middle_name",
        last_name="last_name",
        nick_names="nick_names",
        gender="gender",
        birth_timestamp="dob",
        birth_date="dob_2",
        birth_year="yob",
        country="country",
        phone="phone",
        email="email",
        address="address",
        ward="ward",
        district="district",
        city="city",
        zip_code="zip_code",
    ),
    identifiers=(
        Identifier("customer_id", "customer_id", "strong"),
        Identifier("identity_no", "identity_no_normalized", "strong"),
        Identifier("passport_no", "passport_no_normalized", "strong"),
        Identifier("phone", "phone_e164", "medium"),
        Identifier("email", "email_normalized", "medium"),
    ),
    supports_ignored_update_cfs=True,
)
