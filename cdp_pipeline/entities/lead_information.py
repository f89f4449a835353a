"""lead-information: a person who left contact details and is not, or not yet, a customer."""

import pandera.polars as pa
import polars as pl
from pandera.polars import PolarsData

from cdp_pipeline.entities import kinds, rules
from cdp_pipeline.entities.entity import Entity, Identifier, PersonColumns, Reference
from cdp_pipeline.entities.kinds import TextList
from cdp_pipeline.entities.model import PangoModel, column


class LeadInformation(PangoModel):
    """One row per lead of a source system.

    Sent by landing pages, forms and CRM systems. Unlike a customer, a lead needs a phone even if it has an e-mail. Most
    of its identifiers consist of digits but are text: leading zeros and long fractions matter.
    """

    lead_id: str = column("leadId", kinds.PERSON_IDENTIFIER, "The lead's id in its system.", required=True)
    phone: str = column("phone", kinds.PHONE, "Phone as sent; every lead has one.", required=True)
    email: str = column("email", kinds.EMAIL, "E-mail as sent.")
    customer_id: str = column("customerId", kinds.PERSON_IDENTIFIER, "The customer the lead has become.")
    full_name: str = column("fullName", kinds.PERSON_NAME, "Whole name; or else first and last name must be present.")
    first_name: str = column("firstName", kinds.PERSON_NAME, "First name; in the source often the family name.")
    last_name: str = column("lastName", kinds.PERSON_NAME, "Last name; in the source often the given name.")
    dob: int = column("dob", kinds.BIRTH_TIMESTAMP, "Birth as a timestamp; its local date is the birth date.")
    gender: str = column(
        "gender", kinds.CHOICE, "Gender.", allowed=("male", "female", "undefined"), unknown="undefined", personal=True
    )
    status: str = column("status", kinds.TEXT, "The lead's stage at the sender; not recordStatus.")
    ga_tid: str = column("gaTid", kinds.IDENTIFIER, "Google Analytics property that tracked the visit.")
    ga_cid: str = column("gaCid", kinds.PERSON_IDENTIFIER, "Google Analytics client: one browser of the lead.")
    o2o_cid: str = column("o2oCid", kinds.PERSON_IDENTIFIER, "Online-to-offline client of the lead.")
    form_key: str = column("formKey", kinds.IDENTIFIER, "Form through which the lead came.")
    form_name: str = column("formName", kinds.TEXT, "The form's name.")
    form_vs: str = column("formVs", kinds.TEXT, "The form's version.")
    tags: TextList = column("tags", kinds.TEXT_LIST, "Labels the sender put on the lead.")
    source_channel: str = column(
        "sourceChannel", kinds.CHOICE, "Where the lead came from.", allowed=("Online", "Offline"), unknown="null"
    )
    source_name: str = column("sourceName", kinds.TEXT, "Source within the channel, such as Facebook Ads.")
    source_name_level_2: str = column("sourceNameLevel2", kinds.TEXT, "Source, one level down.")
    source_name_level_3: str = column("sourceNameLevel3", kinds.TEXT, "Source, two levels down; only leads have it.")
    double_opt_in: str = column(
        "doubleOptIn",
        kinds.CHOICE,
        "Whether the lead has confirmed the consent, as Yes or No.",
        allowed=("Yes", "No"),
        unknown="null",
    )
    single_opt_in: str = column(
        "singleOptIn",
        kinds.CHOICE,
        "Whether the lead has given consent, as Yes or No.",
        allowed=("Yes", "No"),
        unknown="null",
    )
    facebook_id: str = column("facebookId", kinds.PERSON_IDENTIFIER, "Facebook account.")
    zalo_id: str = column("zaloId", kinds.PERSON_IDENTIFIER, "Zalo account.")
    linkedin: str = column("linkedin", kinds.PERSON_IDENTIFIER, "LinkedIn account.")
    twitter_id: str = column("twitterId", kinds.PERSON_IDENTIFIER, "Twitter account.")
    instagram_id: str = column("instagramId", kinds.PERSON_IDENTIFIER, "Instagram account.")
    prospect_level: int = column("prospectLevel", kinds.WHOLE_NUMBER, "How promising the sender thinks the lead is.")
    created_at: int = column("createdAt", kinds.EVENT_TIMESTAMP, "When the sender created the row.")
    created_by: str = column("createdBy", kinds.TEXT, "Who created it.")
    updated_at: int = column("updatedAt", kinds.EVENT_TIMESTAMP, "When the sender last changed the row.")
    updated_by: str = column("updatedBy", kinds.TEXT, "Who changed it last.")

    @pa.dataframe_check(name="NAME", n_failure_cases=1)
    def has_a_name(cls, data: PolarsData) -> pl.LazyFrame:
        """The field fullName is needed, or both firstName and lastName."""
        return data.lazyframe.select(rules.has_name())


LEAD_INFORMATION = Entity(
    object_type="lead-information",
    model=LeadInformation,
    natural_key=("lead_id",),
    source_id="lead_id",
    business_time=("updated_at", "created_at"),
    role="person",
    person=PersonColumns(
        full_name="full_name",
        first_name="first_name",
        last_name="last_name",
        gender="gender",
        birth_timestamp="dob",
        phone="phone",
        email="email",
    ),
    identifiers=(
        Identifier("customer_id", "customer_id", "strong"),
        Identifier("phone", "phone_e164", "medium"),
        Identifier("email", "email_normalized", "medium"),
        Identifier("facebook_id", "facebook_id", "medium"),
        Identifier("zalo_id", "zalo_id", "medium"),
        Identifier("linkedin_id", "linkedin", "medium"),
        Identifier("twitter_id", "twitter_id", "medium"),
        Identifier("instagram_id", "instagram_id", "medium"),
        Identifier("google_client_id", "ga_cid", "weak"),
        Identifier("o2o_client_id", "o2o_cid", "weak"),
    ),
    references=(Reference("customer_id", ("customer-identity",), "customer_id"),),
    supports_ignored_update_cfs=True,
    is_lead=True,
)
