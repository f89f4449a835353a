"""profile_photos and profile_custom_fields: what the records of a person carry beside their own columns.

Photos come from their own entity and from the identity's list of links (reading Q-28), custom fields from the current
custom fields of all entities.
"""

import polars as pl
from pandera.typing.polars import LazyFrame

from cdp_pipeline.current import CustomFields, Records
from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.customer_identity_photo import CUSTOMER_IDENTITY_PHOTO
from cdp_pipeline.entities.table import column, table_of
from cdp_pipeline.identity import RecordPersons
from cdp_pipeline.profiles.records.records import records_of
from cdp_pipeline.profiles.shared_columns import OBJECT_TYPE, OF_PROFILE, PERSON_ID, WHOLE, RecordOfPerson, record_table


class ProfilePhotos(
    RecordOfPerson,
    key=("record_key", "photo_number"),
    foreign_keys=OF_PROFILE,
    indexes=(("person_id",), ("source_id",)),
):
    """One row per picture link of a person; source is customer-identity for those in an identity's list."""

    object_type: str = OBJECT_TYPE
    # The link is not in the key, as it may be longer than an index entry of PostgreSQL allows.
    photo_number: int = column("1, or the link's place in the identity's list.", nullable=False)


PROFILE_PHOTOS = record_table(ProfilePhotos, CUSTOMER_IDENTITY_PHOTO)


def build_profile_photos(current: Records, record_persons: LazyFrame[RecordPersons]) -> LazyFrame[ProfilePhotos]:
    """One row per person and link; photo records go before identities, then the smallest record key goes first.

    Links are compared without surrounding blanks; the pictures are not compared.
    """
    records = records_of(CUSTOMER_IDENTITY_PHOTO, current, record_persons).with_columns(
        pl.col("image_url").str.strip_chars(),
        pl.lit(CUSTOMER_IDENTITY_PHOTO.object_type).alias("object_type"),
        pl.lit(1, WHOLE).alias("photo_number"),
        pl.lit(0, pl.Int8).alias("source_rank"),
    )
    photos = pl.concat([records, _in_identities(current, record_persons)], how="diagonal")
    return PROFILE_PHOTOS.conform(
        photos.filter(pl.col("image_url").is_not_null())
        .sort("person_id", "image_url", "source_rank", "record_key", "photo_number")
        .unique(["person_id", "image_url"], keep="first", maintain_order=True)
    )


def _in_identities(current: Records, record_persons: LazyFrame[RecordPersons]) -> pl.LazyFrame:
    """One row per link in an identity's `photos`, numbered in its order; blank elements of the list are skipped."""
    links = pl.col("photos").str.split(";").list.eval(pl.element().str.strip_chars())
    return (
        records_of(CUSTOMER_IDENTITY, current, record_persons)
        .filter(pl.col("photos").is_not_null())
        .select(
            "record_key", "person_id", "source_id", "internal_company_id", "system_name", "timezone_gmt", "customer_id",
            "record_status", "first_seen_at", "last_seen_at",
            links.alias("image_url"),
            pl.int_ranges(1, links.list.len() + 1, dtype=WHOLE).alias("photo_number"),
        )
        .explode("image_url", "photo_number", empty_as_null=False)
        .filter(pl.col("image_url") != "")
        .with_columns(
            pl.lit(CUSTOMER_IDENTITY.object_type).alias("object_type"),
            pl.lit(CUSTOMER_IDENTITY.object_type).alias("source"),
            pl.lit(1, pl.Int8).alias("source_rank"),
        )
    )  # fmt: skip


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
