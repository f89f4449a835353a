"""profile_lead_pets: the pets of MoeGo leads, from the JSON list in each lead.

    current MoeGo leads + record_persons -> profile_lead_pets

Each value is read by its JSON path: decoding the list with a declared type fails for all leads if one pet has a text in
place of a number.
"""

from datetime import date

import polars as pl
from pandera.typing.polars import LazyFrame

from cdp_pipeline.current import Records
from cdp_pipeline.entities.moego_lead import MOEGO_LEAD
from cdp_pipeline.entities.table import TableModel, column, table_of
from cdp_pipeline.identity import RecordPersons
from cdp_pipeline.profiles.records.records import records_of
from cdp_pipeline.profiles.shared_columns import (
    INTERNAL_COMPANY_ID,
    OF_PROFILE,
    PERSON_ID,
    RECORD_KEY,
    SOURCE_ID,
    SYSTEM_NAME,
    TEXT,
    WHOLE,
)

# The paths of the columns in a pet's object.
_TEXTS = (
    ("pet_id", "id"),
    ("customer_id", "customerId"),
    ("pet_name", "name"),
    ("pet_type", "type"),
    ("breed", "breed"),
    ("gender", "gender"),
    ("status", "status"),
    ("weight_unit", "weight.unit"),
    ("fixed", "fixed"),
    ("coat", "coat"),
    ("behavior", "behavior"),
    ("evaluation_status", "evaluationStatus"),
    ("photo", "photo"),
    ("vet_name", "vet.name"),
    ("vet_phone_number", "vet.phoneNumber"),
    ("vet_address", "vet.address"),
)
_LISTS = (
    ("pet_codes", "petCodes"),
    ("notes", "notes"),
    ("vaccinations", "vaccinations"),
)


class ProfileLeadPets(
    TableModel, key=("record_key", "pet_number"), foreign_keys=OF_PROFILE, indexes=(("person_id",), ("pet_id",))
):
    """One row per pet of a MoeGo lead; deleted pets are included and flagged."""

    record_key: str = RECORD_KEY
    pet_number: int = column("Its place in the lead's list, from 1.", nullable=False)
    person_id: str = PERSON_ID
    source_id: str = SOURCE_ID
    internal_company_id: str = INTERNAL_COMPANY_ID
    system_name: str = SYSTEM_NAME
    pet_id: str = column("The pet's id in MoeGo.", personal=True)
    customer_id: str = column("MoeGo customer whose pet it is.", personal=True)
    pet_name: str = column("Name.", personal=True)
    pet_type: str = column("Kind of animal, such as DOG.")
    breed: str = column("Breed.")
    gender: str = column("MALE, FEMALE or UNKNOWN.")
    status: str = column("ALIVE or PASSED_AWAY.")
    weight_unit: str = column("KILOGRAM or POUND.")
    fixed: str = column("Whether it is neutered: yes, no or unknown.")
    coat: str = column("Coat.")
    behavior: str = column("Behaviour.")
    evaluation_status: str = column("PASS or FAIL.")
    photo: str = column("Link to a picture.", personal=True)
    vet_name: str = column("Veterinarian.", personal=True)
    vet_phone_number: str = column("The veterinarian's phone as sent.", personal=True)
    vet_address: str = column("The veterinarian's address as sent.", personal=True)
    birthday: date = column("Date of birth; null unless year, month and day are known.")
    birth_year: int = column("Year of birth; null when unknown.")
    weight_value: float = column("Weight in weight_unit.")
    is_deleted: bool = column("Whether the pet was deleted at MoeGo.", nullable=False)
    pet_codes: str = column("Codes that the company gave it.", personal=True, json=True)
    notes: str = column("Notes about it.", personal=True, json=True)
    vaccinations: str = column("Vaccinations and when they expire.", personal=True, json=True)


PROFILE_LEAD_PETS = table_of(ProfileLeadPets)

_STRING = r'"(?:[^"\\]|\\.)*"'
_INNERMOST = r"[\[{][^\[\]{}]*[\]}]"
# A pet holds lists of objects, which hold no further ones.
_DEPTH = 4


def build_profile_lead_pets(current: Records, record_persons: LazyFrame[RecordPersons]) -> LazyFrame[ProfileLeadPets]:
    """One row per object in the `pets` of a live MoeGo lead with a person; a single object is a list of one.

    Elements that are not objects, such as null, are skipped but keep their place. A value of an unexpected type is kept
    as text in text columns and is null in others. Parts of a birthday that are zero, missing or no date together are
    unknown; `TYPE_UNSPECIFIED` and similar values are null.
    """
    leads = records_of(MOEGO_LEAD, current, record_persons).select(
        "record_key", "person_id", "source_id", "internal_company_id", "system_name", _list().alias("pets")
    )
    places = leads.with_columns(pl.int_ranges(0, _most_pets()).alias("place")).explode("place", empty_as_null=False)
    pets = places.with_columns(
        pl.col("pets").str.json_path_match(pl.format("$[{}]", "place")).alias("pet"),
        (pl.col("place") + 1).alias("pet_number"),
    ).filter(pl.col("pet").str.starts_with("{"))
    read = pets.with_columns(
        *(_text(path).alias(name) for name, path in _TEXTS),
        *(_json(path).alias(name) for name, path in _LISTS),
        *(_cell(f"birthday.{part}").cast(WHOLE, strict=False).alias(part) for part in ("year", "month", "day")),
        _cell("weight.value").cast(pl.Float64, strict=False).alias("weight_value"),
        (_cell("deleted").str.to_lowercase() == "true").fill_null(value=False).alias("is_deleted"),
    )
    return PROFILE_LEAD_PETS.conform(read.with_columns(_birthday(), _year()))


def _list() -> pl.Expr:
    pets = pl.col("pets")
    return pl.when(pets.str.starts_with("{")).then("[" + pets + "]").otherwise(pets)


def _most_pets() -> pl.Expr:
    """Upper bound of the number of elements, from the commas outside of texts and of nested lists and objects."""
    inside = pl.col("pets").str.replace_all(_STRING, "s").str.strip_prefix("[").str.strip_suffix("]")
    for _ in range(_DEPTH):
        inside = inside.str.replace_all(_INNERMOST, "o")
    return pl.when(inside.str.contains(r"\S")).then(inside.str.count_matches(",") + 1).otherwise(0)


def _cell(path: str) -> pl.Expr:
    return pl.col("pet").str.json_path_match(f"$.{path}")


def _text(path: str) -> pl.Expr:
    """The trimmed value; null if blank, or a protocol's value for not set."""
    text = _cell(path).str.strip_chars()
    return pl.when((text != "") & ~text.str.ends_with("_UNSPECIFIED")).then(text)


def _json(path: str) -> pl.Expr:
    """A list or object as JSON; null for other values, such as a text that begins like one."""
    found = _cell(path)
    is_json = found.str.contains(r"^[\[{]") & found.str.json_path_match("$").is_not_null()
    return pl.when(is_json).then(found)


def _birthday() -> pl.Expr:
    """The date; null if the parts do not form one, such as 30 February or month 0."""
    text = pl.format(
        "{}-{}-{}",
        pl.col("year").cast(TEXT).str.zfill(4),
        pl.col("month").cast(TEXT).str.zfill(2),
        pl.col("day").cast(TEXT).str.zfill(2),
    )
    return pl.when(_year().is_not_null()).then(text.str.to_date("%Y-%m-%d", strict=False)).alias("birthday")


def _year() -> pl.Expr:
    return pl.when(pl.col("year").is_between(1, 9999)).then("year").alias("birth_year")
