"""profile_lead_pets: the pets of MoeGo leads, out of the JSON list that the lead carries.

    current MoeGo leads + record_persons -> profile_lead_pets

Each cell is taken by its path: decoding the list with a declared type fails for everybody when one lead's pet has a
text where a number belongs.
"""

from collections.abc import Mapping

import polars as pl

from cdp_pipeline.entities.moego_lead import MOEGO_LEAD
from cdp_pipeline.entities.table import Table, TableColumn
from cdp_pipeline.profiles.columns import (
    FLAG,
    INTERNAL_COMPANY_ID,
    OF_PROFILE,
    PERSON_ID,
    RECORD_KEY,
    SYSTEM_NAME,
    TEXT,
    WHOLE,
    source_id,
)
from cdp_pipeline.profiles.records import records_of

_TEXTS = (
    ("pet_id", "id", "The pet's id in MoeGo."),
    ("customer_id", "customerId", "MoeGo customer whose pet it is."),
    ("pet_name", "name", "Name."),
    ("pet_type", "type", "Kind of animal, such as DOG."),
    ("breed", "breed", "Breed."),
    ("gender", "gender", "MALE, FEMALE or UNKNOWN."),
    ("status", "status", "ALIVE or PASSED_AWAY."),
    ("weight_unit", "weight.unit", "KILOGRAM or POUND."),
    ("fixed", "fixed", "Whether it is neutered: yes, no or unknown."),
    ("coat", "coat", "Coat."),
    ("behavior", "behavior", "Behaviour."),
    ("evaluation_status", "evaluationStatus", "PASS or FAIL."),
    ("photo", "photo", "Link to a picture."),
    ("vet_name", "vet.name", "Veterinarian."),
    ("vet_phone_number", "vet.phoneNumber", "The veterinarian's phone as sent."),
    ("vet_address", "vet.address", "The veterinarian's address as sent."),
)
_LISTS = (
    ("pet_codes", "petCodes", "Codes that the company gave it."),
    ("notes", "notes", "Notes about it."),
    ("vaccinations", "vaccinations", "Vaccinations and when they expire."),
)
_PERSONAL = ("pet_id", "customer_id", "pet_name", "photo", "vet_name", "vet_phone_number", "vet_address")

PROFILE_LEAD_PETS = Table(
    name="profile_lead_pets",
    description="One row per pet of a MoeGo lead, deleted pets too, flagged.",
    columns=(
        RECORD_KEY,
        TableColumn("pet_number", WHOLE, "Its place in the lead's list, from 1.", nullable=False),
        PERSON_ID,
        source_id(MOEGO_LEAD),
        INTERNAL_COMPANY_ID,
        SYSTEM_NAME,
        *(TableColumn(name, TEXT, description, personal=name in _PERSONAL) for name, _, description in _TEXTS),
        TableColumn("birthday", pl.Date(), "Date of birth; null unless year, month and day are known."),
        TableColumn("birth_year", WHOLE, "Year of birth; null when unknown."),
        TableColumn("weight_value", pl.Float64(), "Weight in weight_unit."),
        TableColumn("is_deleted", FLAG, "Whether MoeGo says that the pet was deleted.", nullable=False),
        *(TableColumn(name, TEXT, description, personal=True, json=True) for name, _, description in _LISTS),
    ),
    key=("record_key", "pet_number"),
    foreign_keys=OF_PROFILE,
    indexes=(("person_id",), ("pet_id",)),
)

_STRING = r'"(?:[^"\\]|\\.)*"'
_INNERMOST = r"[\[{][^\[\]{}]*[\]}]"
# A pet holds lists of objects, which hold no further ones.
_DEPTH = 4


def build_profile_lead_pets(current: Mapping[str, pl.LazyFrame], record_persons: pl.LazyFrame) -> pl.LazyFrame:
    """One row per object in the `pets` of a live MoeGo lead with a person; a lone object is a list of one.

    What stands in the list and is no object, such as null, is no pet but keeps its place. A cell of an unexpected kind
    is kept as text where the column is text, and is else null. Of a birthday, parts that are zero, missing or no date
    together are unknown; `TYPE_UNSPECIFIED` and its like are null.
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
        *(_text(path).alias(name) for name, path, _ in _TEXTS),
        *(_json(path).alias(name) for name, path, _ in _LISTS),
        *(_cell(f"birthday.{part}").cast(WHOLE, strict=False).alias(part) for part in ("year", "month", "day")),
        _cell("weight.value").cast(pl.Float64, strict=False).alias("weight_value"),
        (_cell("deleted").str.to_lowercase() == "true").fill_null(value=False).alias("is_deleted"),
    )
    return PROFILE_LEAD_PETS.conform(read.with_columns(_birthday(), _year()))


def _list() -> pl.Expr:
    pets = pl.col("pets")
    return pl.when(pets.str.starts_with("{")).then("[" + pets + "]").otherwise(pets)


def _most_pets() -> pl.Expr:
    """At least as many as the list has elements: the commas outside of texts and of nested lists and objects."""
    inside = pl.col("pets").str.replace_all(_STRING, "s").str.strip_prefix("[").str.strip_suffix("]")
    for _ in range(_DEPTH):
        inside = inside.str.replace_all(_INNERMOST, "o")
    return pl.when(inside.str.contains(r"\S")).then(inside.str.count_matches(",") + 1).otherwise(0)


def _cell(path: str) -> pl.Expr:
    return pl.col("pet").str.json_path_match(f"$.{path}")


def _text(path: str) -> pl.Expr:
    """The cell trimmed; null when blank, or a protocol's word for not set."""
    text = _cell(path).str.strip_chars()
    return pl.when((text != "") & ~text.str.ends_with("_UNSPECIFIED")).then(text)


def _json(path: str) -> pl.Expr:
    """A list or object as JSON; null for anything else, such as a text that begins like one."""
    found = _cell(path)
    is_json = found.str.contains(r"^[\[{]") & found.str.json_path_match("$").is_not_null()
    return pl.when(is_json).then(found)


def _birthday() -> pl.Expr:
    """The date, null where the parts are none: a 30th of February, a month 0."""
    text = pl.format(
        "{}-{}-{}",
        pl.col("year").cast(TEXT).str.zfill(4),
        pl.col("month").cast(TEXT).str.zfill(2),
        pl.col("day").cast(TEXT).str.zfill(2),
    )
    return pl.when(_year().is_not_null()).then(text.str.to_date("%Y-%m-%d", strict=False)).alias("birthday")


def _year() -> pl.Expr:
    return pl.when(pl.col("year").is_between(1, 9999)).then("year").alias("birth_year")
