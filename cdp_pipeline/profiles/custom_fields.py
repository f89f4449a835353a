"""profile_custom_fields: the custom fields of a person's records.

current custom fields + record_persons -> profile_custom_fields
"""

from pandera.typing.polars import LazyFrame

from cdp_pipeline.current.tables import CustomFields
from cdp_pipeline.entities.table import table_of
from cdp_pipeline.identity.tables import RecordPersons
from cdp_pipeline.profiles.columns import OF_PROFILE, PERSON_ID


class ProfileCustomFields(
    CustomFields, key=("record_key", "container", "key"), foreign_keys=OF_PROFILE, indexes=(("person_id",),)
):
    """One row per custom field of a record that belongs to a person, with one column per kind of value."""

    person_id: str = PERSON_ID


PROFILE_CUSTOM_FIELDS = table_of(ProfileCustomFields)


def build_profile_custom_fields(
    custom_fields: LazyFrame[CustomFields], record_persons: LazyFrame[RecordPersons]
) -> LazyFrame[ProfileCustomFields]:
    """One row per custom field of a live record with a person.

    Args:
        custom_fields: The current custom fields of all records.
        record_persons: The person of each record.
    """
    persons = record_persons.select("record_key", "person_id")
    return PROFILE_CUSTOM_FIELDS.conform(custom_fields.join(persons, on="record_key", how="inner"))
