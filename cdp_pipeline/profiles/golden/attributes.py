"""Golden record: its attributes, their strategies, and the evidence for them.

    current records + record_persons -> evidence: one row per record that states something about its person
    evidence -> golden_values: one row per person

Change the declared choices here; `survivorship_file.py` reads a user's choices from a file. `survivorship.py`
implements the strategies. The golden phone, e-mail and address are chosen in `contacts/contacts.py` and
`addresses/addresses.py`, which have all their values.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import polars as pl
from pandera.typing.polars import LazyFrame

from cdp_pipeline.current import Records
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.kinds import TextList, Timestamp
from cdp_pipeline.entities.model import Column
from cdp_pipeline.entities.registry import BY_OBJECT_TYPE, ENTITIES
from cdp_pipeline.entities.table import TableColumn, TableModel, column, columns_of, like, table_of
from cdp_pipeline.identity import RecordPersons
from cdp_pipeline.profiles.addresses.addresses import ADDRESS_SOURCES, PROFILE_ADDRESSES
from cdp_pipeline.profiles.golden.survivorship import Attribute, choose_survivors
from cdp_pipeline.profiles.records.records import FURTHER_RECORD_KEYS, RECORD_COUNT, group_records, records_of
from cdp_pipeline.profiles.shared_columns import FIRST_SEEN_AT, LAST_SEEN_AT, OBJECT_TYPE, PERSON_ID, RECORD_KEY, WHOLE

_CUSTOMERS = tuple(entity.object_type for entity in ENTITIES if entity.is_customer)


def source_tiers(entities: Iterable[Entity]) -> tuple[tuple[str, ...], ...]:
    """Object types that are evidence of their person, in tiers, the most reliable first.

    The tiers are customers, leads, entities by which people register, and entities that only mention a person.
    """
    tiers: tuple[list[str], ...] = ([], [], [], [])
    for entity in entities:
        if entity.is_evidence:
            tier = (entity.is_customer, entity.is_lead, entity.registers_person, True).index(True)
            tiers[tier].append(entity.object_type)
    return tuple(tuple(tier) for tier in tiers)


_SOURCE_TIERS = source_tiers(ENTITIES)


class GoldenColumns(TableModel):
    """The attributes of the golden record that are chosen from evidence."""

    internal_company_id: str = column("The person's internal company.")
    display_name: str = column("Whole name, as the best source spells it.", personal=True)
    first_name: str = column(
        "First name, of the same record; which part is the family name is not known.", personal=True
    )
    middle_name: str = column("Middle name, of the same record.", personal=True)
    last_name: str = column("Last name, of the same record.", personal=True)
    nick_names: TextList = column("All other names.", personal=True, json=True)
    gender: str = column("male, female, or undefined where no record states more.", personal=True)
    birth_date: date = column("Birth date.", personal=True)
    birth_year: int = column("Year of the birth date, or the year alone where no date is known.", personal=True)
    marital_status: str = column("Single, Married or Divorced.", personal=True)
    language: str = column("Language by name.")
    customer_group: str = column("Group the sender puts the customer in, such as VIP.")
    store_id: str = column("Store that most of the person's identities name.")
    source_channel: str = column("Channel the person first came by.")
    source_name: str = column("Source within it, of the same record.")


_GOLDEN = {golden.name: golden for golden in columns_of(GoldenColumns)}


def _golden(*names: str) -> tuple[TableColumn, ...]:
    return tuple(_GOLDEN[name] for name in names)


ATTRIBUTES = (
    Attribute(
        "internal_company_id",
        _golden("internal_company_id"),
        "The company that keeps the customer record has precedence over one that only met the person.",
        "source_priority",
        _SOURCE_TIERS,
    ),
    Attribute(
        "name",
        _golden("display_name", "first_name", "middle_name", "last_name"),
        "A name given in passing, in a comment or at a till, is shorter and less careful than a customer record's.",
        "source_priority",
        _SOURCE_TIERS,
    ),
    Attribute(
        "nick_names",
        _golden("nick_names"),
        "A further nick name does not contradict the others.",
        "all_values",
    ),
    Attribute(
        "gender",
        _golden("gender"),
        "Corrections arrive last; undefined is used only if no record states more.",
        weak_values=("undefined",),
    ),
    Attribute(
        "birth",
        _golden("birth_date", "birth_year"),
        "Lead forms fill the birth date with the time of submission, so a customer record goes first; "
        "a year alone is used only if no record has a date.",
        "source_priority",
        _SOURCE_TIERS,
        needs_first=True,
    ),
    Attribute(
        "marital_status",
        _golden("marital_status"),
        "It changes over the years.",
    ),
    Attribute("language", _golden("language"), "A preference; the latest one applies."),
    Attribute(
        "customer_group",
        _golden("customer_group"),
        "Senders move customers between groups.",
    ),
    Attribute(
        "store_id",
        _golden("store_id"),
        "A single visit elsewhere does not change the person's store.",
        "most_frequent",
        (_CUSTOMERS,),
    ),
    Attribute(
        "source",
        _golden("source_channel", "source_name"),
        "The first record shows where the person came from.",
        "oldest",
    ),
)
"""The attributes of the golden record that are chosen from evidence; a user's file may override how."""


class PrimaryContacts(TableModel):
    """The golden contacts, chosen in profile_contacts."""

    primary_phone: str = column("Main phone in E.164 form; see profile_contacts.", personal=True)
    primary_email: str = column("Main e-mail; see profile_contacts.", personal=True)


def _of_address(name: str) -> Any:  # Any: as of `column`.
    declared = next(c for c in PROFILE_ADDRESSES.columns if c.name == name)
    return like(
        replace(
            declared, nullable=True, description=f"{declared.description} Of the golden address, see profile_addresses."
        )
    )


class GoldenAddress(TableModel):
    """The golden address, chosen in profile_addresses."""

    address_type: str = _of_address("address_type")
    country: str = _of_address("country")
    country_alpha_code_2: str = _of_address("country_alpha_code_2")
    country_alpha_code_3: str = _of_address("country_alpha_code_3")
    state: str = _of_address("state")
    zip_code: str = _of_address("zip_code")
    city: str = _of_address("city")
    district: str = _of_address("district")
    ward: str = _of_address("ward")
    address: str = _of_address("address")
    building: str = _of_address("building")
    building_block: str = _of_address("building_block")
    apartment_code: str = _of_address("apartment_code")


_PRIMARY_PHONE, _PRIMARY_EMAIL = columns_of(PrimaryContacts)

CHILD_ATTRIBUTES = (
    Attribute(
        "primary_phone",
        (_PRIMARY_PHONE,),
        "Chosen in profile_contacts, where a number that is not shared goes first.",
        "source_priority",
        (_CUSTOMERS,),
    ),
    Attribute(
        "primary_email",
        (_PRIMARY_EMAIL,),
        "Chosen in profile_contacts, where the one declared main goes first.",
        "source_priority",
        (tuple(entity.object_type for entity in ENTITIES if entity.adds_contacts_of_customer), _CUSTOMERS),
    ),
    Attribute(
        "address",
        columns_of(GoldenAddress),
        "Chosen in profile_addresses, where type and validity count too.",
        "source_priority",
        tuple((entity.object_type,) for entity, _ in ADDRESS_SOURCES),
    ),
)
"""The attributes whose values are rows of a child table, which flags the golden one; no file overrides these.

Their sources rank the records that state a value; the rule of the child table chooses the value.
"""

EVIDENCE_SOURCES = tuple(entity.object_type for entity in ENTITIES if entity.is_evidence)
"""The object types that are evidence of their person."""

YEARS_OF_DATES = {"birth_year": "birth_date"}
"""By year column, the date column that also states the year and takes precedence over it."""

_MENTIONED = ("internal_company_id", "display_name")


class Evidence(GoldenColumns, key=("record_key",)):
    """One row per record that states something about its person; equal mentions of a contact are one row."""

    person_id: str = PERSON_ID
    record_key: str = RECORD_KEY
    object_type: str = OBJECT_TYPE
    first_seen_at: Timestamp = FIRST_SEEN_AT
    last_seen_at: Timestamp = LAST_SEEN_AT
    record_count: int = RECORD_COUNT
    further_record_keys: TextList = FURTHER_RECORD_KEYS
    has_placeholder_name: bool = column("Whether its name is a placeholder, such as Khách lẻ or Test.", nullable=False)


EVIDENCE = table_of(Evidence)


CORRECTION = "correction:"
"""Begins the key of a value that comes from no record, but was corrected on request; the id of the request follows."""


def _record_key_of(attribute: str) -> Any:  # Any: as of `column`.
    return column(
        f"The record that the {attribute} comes from, or `{CORRECTION}` and the request that corrected it; null where "
        "no record states one."
    )


class GoldenSources(TableModel):
    """The record that each attribute comes from."""

    internal_company_id_record_key: str = _record_key_of("internal_company_id")
    name_record_key: str = _record_key_of("name")
    nick_names_record_key: str = column(
        f"The newest record that nick_names come from, or `{CORRECTION}` and the request that corrected them; null "
        "where no record states one."
    )
    gender_record_key: str = _record_key_of("gender")
    birth_record_key: str = _record_key_of("birth")
    marital_status_record_key: str = _record_key_of("marital_status")
    language_record_key: str = _record_key_of("language")
    customer_group_record_key: str = _record_key_of("customer_group")
    store_id_record_key: str = _record_key_of("store_id")
    source_record_key: str = _record_key_of("source")


class GoldenValues(GoldenColumns, GoldenSources, key=("person_id",)):
    """One row per person: the value chosen from the evidence for each attribute, and the record it comes from."""

    person_id: str = PERSON_ID


GOLDEN_VALUES = table_of(GoldenValues)

NAMES = ("display_name", "first_name", "middle_name", "last_name")
"""The columns of the name: the whole name, and its parts in the order in which they are joined."""


_HAS_PLACEHOLDER_NAME = pl.col("display_name").is_not_null() & pl.col("name_match").is_null()
"""A name without a compared form, which is how staging represents a placeholder."""


def find_evidence(
    current: Records, record_persons: LazyFrame[RecordPersons], entities: Iterable[Entity] = ENTITIES
) -> LazyFrame[Evidence]:
    """One row per identity and lead, and one per person, entity, company and name that mentions give.

    Mentions are aggregated because they state only a name and occur millions of times. A row lists the smallest record
    keys, at most MOST_RECORD_KEYS. Relationship records are not evidence: they describe another person. A placeholder
    name is null if another record names the person.

    Args:
        current: The current records by entity name.
        record_persons: The person of each record.
        entities: The entities to read.
    """
    parts = []
    for entity in entities:
        if entity.role == "person":
            parts.append(_described(entity, records_of(entity, current, record_persons)))
        elif entity.role == "contact":
            parts.append(_mentioned(entity, records_of(entity, current, record_persons)))
    is_named = pl.col("display_name").is_not_null() & ~pl.col("has_placeholder_name")
    counts = ~pl.col("has_placeholder_name") | ~is_named.any().over("person_id")
    every = pl.concat(EVIDENCE.conform(part) for part in parts)
    named = every.with_columns(
        *(pl.when(counts).then(pl.col(name)).alias(name) for name in NAMES),
        *(pl.coalesce(pl.col(date).dt.year().cast(WHOLE), year).alias(year) for year, date in YEARS_OF_DATES.items()),
    )
    return EVIDENCE.named(named)


def build_golden_values(
    evidence: LazyFrame[Evidence], attributes: Sequence[Attribute] = ATTRIBUTES
) -> LazyFrame[GoldenValues]:
    """One row per person of the evidence, with the values that `choose_survivors` chooses.

    Args:
        evidence: Output of `find_evidence`.
        attributes: How golden values are chosen.
    """
    return GOLDEN_VALUES.conform(choose_survivors(evidence, attributes))


@dataclass(frozen=True)
class SourceField:
    """The field of an entity that feeds a golden column.

    Attributes:
        entity: The entity.
        column: The field, as it is sent.
        staged: The column of the staged rows that has its value as the golden record shows it.
    """

    entity: Entity
    column: Column
    staged: str


def field_of(golden: str) -> SourceField:
    """The field that feeds a golden column: that of the first entity by reliability that has one.

    Raises:
        LookupError: No entity has one, so nothing can be evidence for the column.
    """
    for entity in (BY_OBJECT_TYPE[object_type] for tier in _SOURCE_TIERS for object_type in tier):
        own, person = _own_names(entity).get(golden, golden), entity.person
        sent = {
            "internal_company_id": entity.company_column,
            "display_name": person.full_name,
            "birth_date": person.birth_date,
            "birth_year": person.birth_year,
        }.get(golden, own)
        if sent in entity.by_name:
            return SourceField(entity, entity.by_name[sent], "company_id" if golden == "internal_company_id" else own)
    raise LookupError(f"No field of an entity feeds {golden}; declare one in entities/, or the column elsewhere.")


def _own_names(entity: Entity) -> dict[str, str]:
    """Map golden columns to the entity's names for them, where these differ."""
    person = entity.person
    names = {
        "first_name": person.first_name,
        "middle_name": person.middle_name,
        "last_name": person.last_name,
        "nick_names": person.nick_names,
        "gender": person.gender,
        "source_name": person.source_name,
    }
    return {column: name for column, name in names.items() if name is not None}


def _described(entity: Entity, records: pl.LazyFrame) -> pl.LazyFrame:
    return records.with_columns(
        *(pl.col(name).alias(column) for column, name in _own_names(entity).items()),
        pl.lit(entity.object_type).alias("object_type"),
        pl.lit(1, WHOLE).alias("record_count"),
        _HAS_PLACEHOLDER_NAME.alias("has_placeholder_name"),
    )


def _mentioned(entity: Entity, records: pl.LazyFrame) -> pl.LazyFrame:
    named = group_records(
        records, ("person_id", *_MENTIONED), _HAS_PLACEHOLDER_NAME.any().alias("has_placeholder_name")
    )
    return named.with_columns(object_type=pl.lit(entity.object_type))
