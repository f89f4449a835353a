"""What a golden record is made of: the attributes, their strategies, and the evidence for them.

    current records + record_persons -> evidence: one row per record that says something of its person

Change here who wins. How a strategy chooses stands in `survivorship.py`; the golden phone, e-mail and address are
chosen in `contacts.py` and `addresses.py`, where all their values are.
"""

from collections.abc import Mapping

import polars as pl

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.moego_lead import MOEGO_LEAD
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.entities.table import Table, TableColumn
from cdp_pipeline.profiles.columns import (
    FIRST_SEEN_AT,
    LAST_SEEN_AT,
    OBJECT_TYPE,
    PERSON_ID,
    RECORD_KEY,
    TEXT,
    TEXTS,
    WHOLE,
)
from cdp_pipeline.profiles.records import records_of
from cdp_pipeline.profiles.survivorship import Attribute

_IDENTITY = (CUSTOMER_IDENTITY.object_type,)
_LEADS = ("lead-information", "moego-lead")
_CARDS = ("customer-membership",)
_MENTIONS = (
    "customer-product-subscriber", "customer-product-activity", "customer-product-comment", "customer-product-review",
)  # fmt: skip
_BEST_FIRST = (_IDENTITY, _LEADS, _CARDS, _MENTIONS)

GOLDEN_COLUMNS = (
    TableColumn("internal_company_id", TEXT, "The person's internal company."),
    TableColumn("display_name", TEXT, "Whole name, as the best source spells it.", personal=True),
    TableColumn(
        "first_name", TEXT, "First name, of the same record; which part is the family name is not known.", personal=True
    ),
    TableColumn("middle_name", TEXT, "Middle name, of the same record.", personal=True),
    TableColumn("last_name", TEXT, "Last name, of the same record.", personal=True),
    TableColumn("nick_names", TEXTS, "All other names.", personal=True, json=True),
    TableColumn("gender", TEXT, "male, female, or undefined where nobody says more.", personal=True),
    TableColumn("birth_date", pl.Date(), "Birth date.", personal=True),
    TableColumn(
        "birth_year", WHOLE, "Year of the birth date, or the year alone where no date is known.", personal=True
    ),
    TableColumn("marital_status", TEXT, "Single, Married or Divorced.", personal=True),
    TableColumn("language", TEXT, "Language by name."),
    TableColumn("customer_group", TEXT, "Group the sender puts the customer in, such as VIP."),
    TableColumn("store_id", TEXT, "Store that most of the person's identities name."),
    TableColumn("source_channel", TEXT, "Channel the person first came by."),
    TableColumn("source_name", TEXT, "Source within it, of the same record."),
)
"""The columns that attributes fill."""

ATTRIBUTES = (
    Attribute(("internal_company_id",), "source_priority", _BEST_FIRST),
    # A name given in passing, in a comment or at a till, is shorter and less careful than that of a customer record.
    Attribute(
        ("display_name", "first_name", "middle_name", "last_name"),
        "source_priority",
        _BEST_FIRST,
    ),
    Attribute(("nick_names",), "all_values"),
    Attribute(("gender",), weak_values=("undefined",)),
    # Lead forms fill the birth date with the moment they were sent; a customer record is asked first.
    Attribute(("birth_date",), "source_priority", _BEST_FIRST),
    Attribute(("birth_year",), "source_priority", _BEST_FIRST),
    Attribute(("marital_status",)),
    Attribute(("language",)),
    Attribute(("customer_group",)),
    Attribute(("store_id",), "most_frequent", (_IDENTITY,)),
    Attribute(("source_channel", "source_name"), "oldest"),
)
"""Every attribute of the golden record and how it is chosen; without a strategy it is the most recent value."""

EVIDENCE = Table(
    name="evidence",
    description="One row per record that says something of its person; equal mentions of a contact are one row.",
    columns=(
        PERSON_ID,
        RECORD_KEY,
        OBJECT_TYPE,
        FIRST_SEEN_AT,
        LAST_SEEN_AT,
        TableColumn("record_count", WHOLE, "Records that the row stands for.", nullable=False),
        *GOLDEN_COLUMNS,
    ),
    key=("record_key",),
)


def find_evidence(current: Mapping[str, pl.LazyFrame], record_persons: pl.LazyFrame) -> pl.LazyFrame:
    """One row per identity and lead, and one per person, entity, company and name that passing mentions give.

    Mentions are counted together because they say nothing but a name, millions of times. Relationship records are no
    evidence: the person they describe is another one.
    """
    parts = []
    for entity in ENTITIES:
        if entity.role == "person":
            parts.append(_described(entity, records_of(entity, current, record_persons)))
        elif entity.role == "contact":
            parts.append(_mentioned(entity, records_of(entity, current, record_persons)))
    return pl.concat(EVIDENCE.conform(part) for part in parts)


def _described(entity: Entity, records: pl.LazyFrame) -> pl.LazyFrame:
    person = entity.person
    own_names = {
        "first_name": person.first_name,
        "middle_name": person.middle_name,
        "last_name": person.last_name,
        "nick_names": person.nick_names,
        "gender": person.gender,
        "source_name": "referral_source_name" if entity is MOEGO_LEAD else None,
    }
    named = [pl.col(name).alias(column) for column, name in own_names.items() if name is not None]
    return records.with_columns(
        *named,
        pl.lit(entity.object_type).alias("object_type"),
        pl.lit(1, WHOLE).alias("record_count"),
    )


def _mentioned(entity: Entity, records: pl.LazyFrame) -> pl.LazyFrame:
    return (
        records.group_by("person_id", "internal_company_id", "display_name")
        .agg(
            pl.col("record_key").min(),
            pl.col("first_seen_at").min(),
            pl.col("last_seen_at").max(),
            pl.len().cast(WHOLE).alias("record_count"),
        )
        .with_columns(pl.lit(entity.object_type).alias("object_type"))
    )
