"""What a golden record is made of: the attributes, their strategies, and the evidence for them.

    current records + record_persons -> evidence: one row per record that says something of its person
    evidence -> golden_values: one row per person

Change here who wins; `survivorship_file.py` reads what a user changes without touching the code. How a strategy chooses
stands in `survivorship.py`; the golden phone, e-mail and address are chosen in `contacts.py` and `addresses.py`, where
all their values are.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import polars as pl

from cdp_pipeline.current.tables import current_table
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.entities.table import Table, TableColumn
from cdp_pipeline.profiles.address_countries import COUNTRY_CODES
from cdp_pipeline.profiles.addresses import ADDRESS_PARTS, ADDRESS_SOURCES, PROFILE_ADDRESSES
from cdp_pipeline.profiles.columns import (
    FIRST_SEEN_AT,
    FLAG,
    LAST_SEEN_AT,
    OBJECT_TYPE,
    PERSON_ID,
    RECORD_KEY,
    TEXT,
    TEXTS,
    WHOLE,
)
from cdp_pipeline.profiles.records import ALIKE, alike, records_of
from cdp_pipeline.profiles.survivorship import Attribute, choose_survivors

_CUSTOMERS = tuple(entity.object_type for entity in ENTITIES if entity.is_customer)


def best_first(entities: Iterable[Entity]) -> tuple[tuple[str, ...], ...]:
    """The object types that say something of their person, in tiers, the most careful first.

    Customers, leads, what people register for, and what mentions them in passing.
    """
    tiers: tuple[list[str], ...] = ([], [], [], [])
    for entity in entities:
        if entity.is_evidence:
            tier = (entity.is_customer, entity.is_lead, entity.registers_person, True).index(True)
            tiers[tier].append(entity.object_type)
    return tuple(tuple(tier) for tier in tiers)


_BEST_FIRST = best_first(ENTITIES)

ATTRIBUTES = (
    Attribute(
        "internal_company_id",
        (TableColumn("internal_company_id", TEXT, "The person's internal company."),),
        "The company that keeps the customer record goes before one that only met the person.",
        "source_priority",
        _BEST_FIRST,
    ),
    Attribute(
        "name",
        (
            TableColumn("display_name", TEXT, "Whole name, as the best source spells it.", personal=True),
            TableColumn(
                "first_name",
                TEXT,
                "First name, of the same record; which part is the family name is not known.",
                personal=True,
            ),
            TableColumn("middle_name", TEXT, "Middle name, of the same record.", personal=True),
            TableColumn("last_name", TEXT, "Last name, of the same record.", personal=True),
        ),
        "A name given in passing, in a comment or at a till, is shorter and less careful than a customer record's.",
        "source_priority",
        _BEST_FIRST,
    ),
    Attribute(
        "nick_names",
        (TableColumn("nick_names", TEXTS, "All other names.", personal=True, json=True),),
        "One more nick name makes no other one wrong.",
        "all_values",
    ),
    Attribute(
        "gender",
        (TableColumn("gender", TEXT, "male, female, or undefined where nobody says more.", personal=True),),
        "Corrections come last; undefined holds only where nobody says more.",
        weak_values=("undefined",),
    ),
    Attribute(
        "birth",
        (
            TableColumn("birth_date", pl.Date(), "Birth date.", personal=True),
            TableColumn(
                "birth_year", WHOLE, "Year of the birth date, or the year alone where no date is known.", personal=True
            ),
        ),
        "Lead forms fill the birth date with the moment they were sent, so a customer record goes first; "
        "a year alone holds only where nobody gives a date.",
        "source_priority",
        _BEST_FIRST,
        needs_first=True,
    ),
    Attribute(
        "marital_status",
        (TableColumn("marital_status", TEXT, "Single, Married or Divorced.", personal=True),),
        "It changes in life.",
    ),
    Attribute("language", (TableColumn("language", TEXT, "Language by name."),), "A preference; the last word holds."),
    Attribute(
        "customer_group",
        (TableColumn("customer_group", TEXT, "Group the sender puts the customer in, such as VIP."),),
        "Senders move customers between groups.",
    ),
    Attribute(
        "store_id",
        (TableColumn("store_id", TEXT, "Store that most of the person's identities name."),),
        "One visit elsewhere moves nobody to another store.",
        "most_frequent",
        (_CUSTOMERS,),
    ),
    Attribute(
        "source",
        (
            TableColumn("source_channel", TEXT, "Channel the person first came by."),
            TableColumn("source_name", TEXT, "Source within it, of the same record."),
        ),
        "Where somebody came from is told by the first record.",
        "oldest",
    ),
)
"""The attributes of the golden record that are chosen from evidence; a user's file may choose them otherwise."""

CHILD_ATTRIBUTES = (
    Attribute(
        "primary_phone",
        (TableColumn("primary_phone", TEXT, "Main phone in E.164 form; see profile_contacts.", personal=True),),
        "Chosen in profile_contacts, where a number that is not shared goes first.",
        "source_priority",
        (_CUSTOMERS,),
    ),
    Attribute(
        "primary_email",
        (TableColumn("primary_email", TEXT, "Main e-mail; see profile_contacts.", personal=True),),
        "Chosen in profile_contacts, where the one declared main goes first.",
        "source_priority",
        (tuple(entity.object_type for entity in ENTITIES if entity.adds_contacts_of_customer), _CUSTOMERS),
    ),
    Attribute(
        "address",
        tuple(
            replace(c, nullable=True, description=f"{c.description} Of the golden address, see profile_addresses.")
            for c in PROFILE_ADDRESSES.columns
            if c.name in ("address_type", *ADDRESS_PARTS, *COUNTRY_CODES)
        ),
        "Chosen in profile_addresses, where type and validity count too.",
        "source_priority",
        tuple((entity.object_type,) for entity, _ in ADDRESS_SOURCES),
    ),
)
"""The attributes whose values are rows of a child table, which marks the golden one; no file changes these.

Their sources rank the records that say a value; for the value itself the rule of the child table holds.
"""

EVIDENCE_SOURCES = tuple(entity.object_type for entity in ENTITIES if entity.is_evidence)
"""The object types that say something of their person."""

YEARS_OF_DATES = {"birth_year": "birth_date"}
"""A date says the year too, and better than a year beside it."""

_MENTIONED = ("internal_company_id", "display_name")

EVIDENCE = Table(
    name="evidence",
    description="One row per record that says something of its person; equal mentions of a contact are one row.",
    columns=(
        PERSON_ID,
        RECORD_KEY,
        OBJECT_TYPE,
        FIRST_SEEN_AT,
        LAST_SEEN_AT,
        *ALIKE,
        TableColumn("has_placeholder_name", FLAG, "Whether its name is nobody's: Khách lẻ, Test.", nullable=False),
        *(column for attribute in ATTRIBUTES for column in attribute.columns),
    ),
    key=("record_key",),
)

GOLDEN_RECORD_KEYS = tuple(
    TableColumn(
        attribute.record_key_column,
        TEXT,
        f"The record from which the {attribute.name} is taken, of several the newest; null where no record states one."
        if attribute.is_list
        else f"The record from which the {attribute.name} is taken; null where no record states one.",
    )
    for attribute in ATTRIBUTES
)
"""The columns of golden values, and of the profile, that name the record of each attribute."""

GOLDEN_VALUES = Table(
    name="golden_values",
    description="One row per person: what was chosen of the evidence for each attribute, and from which record.",
    columns=(
        PERSON_ID,
        *(column for attribute in ATTRIBUTES for column in attribute.columns),
        *GOLDEN_RECORD_KEYS,
    ),
    key=("person_id",),
)
_NAMES = ("display_name", "first_name", "middle_name", "last_name")


_HAS_PLACEHOLDER_NAME = pl.col("display_name").is_not_null() & pl.col("name_match").is_null()
"""A name without a compared form, as staging leaves a placeholder."""


def find_evidence(
    current: Mapping[str, pl.LazyFrame], record_persons: pl.LazyFrame, entities: Iterable[Entity] = ENTITIES
) -> pl.LazyFrame:
    """One row per identity and lead, and one per person, entity, company and name that passing mentions give.

    Mentions are counted together because they say nothing but a name, millions of times; the row names the smallest
    keys, at most MOST_RECORD_KEYS. Relationship records are no evidence: the person they describe is another one.
    A placeholder for a name is none where another record names the person.

    Args:
        current: The current records by entity name.
        record_persons: The person of each record.
        entities: Whose records.
    """
    parts = []
    for entity in entities:
        if entity.role == "person":
            parts.append(_described(entity, records_of(entity, current, record_persons)))
        elif entity.role == "contact":
            parts.append(_mentioned(entity, records_of(entity, current, record_persons)))
    is_named = pl.col("display_name").is_not_null() & ~pl.col("has_placeholder_name")
    counts = ~pl.col("has_placeholder_name") | ~is_named.any().over("person_id")
    return pl.concat(EVIDENCE.conform(part) for part in parts).with_columns(
        *(pl.when(counts).then(pl.col(name)).alias(name) for name in _NAMES),
        *(pl.coalesce(pl.col(date).dt.year().cast(WHOLE), year).alias(year) for year, date in YEARS_OF_DATES.items()),
    )


def build_golden_values(evidence: pl.LazyFrame, attributes: Sequence[Attribute] = ATTRIBUTES) -> pl.LazyFrame:
    """One row per person of the evidence, as `choose_survivors` chooses.

    Args:
        evidence: What `find_evidence` gives.
        attributes: How golden values are chosen.
    """
    return GOLDEN_VALUES.conform(choose_survivors(evidence, attributes))


def evidence_columns(entity: Entity) -> dict[str, str]:
    """Which column of an entity's current records says which golden column; empty for one that is no evidence.

    A passing mention says whose customer somebody is and what they are called, nothing else.
    """
    if not entity.is_evidence:
        return {}
    golden = _MENTIONED if entity.role == "contact" else tuple(n for a in ATTRIBUTES for n in a.column_names)
    there = {column.name for column in current_table(entity).columns}
    own = {"internal_company_id": "company_id", **_own_names(entity)}
    return {column: own.get(column, column) for column in golden if own.get(column, column) in there}


def _own_names(entity: Entity) -> dict[str, str]:
    """What an entity calls the golden columns, where it calls them otherwise."""
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
    named = alike(records, ("person_id", *_MENTIONED), _HAS_PLACEHOLDER_NAME.any().alias("has_placeholder_name"))
    return named.with_columns(object_type=pl.lit(entity.object_type))
