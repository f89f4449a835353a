"""What an entity is beyond its columns: keys, time, references, and what it says about a person.

One `Entity` value per object type, written in the entity's own module, below its model. Everything
else in the house (headers, casts, assets, tables, identifiers, generator) is derived from it.
"""

from dataclasses import dataclass, field
from functools import cached_property
from inspect import cleandoc
from typing import Literal

import polars as pl

from cdp_pipeline.entities.model import Column, EntityModel, columns_of
from cdp_pipeline.entities.thresholds import USUAL, Thresholds

Strength = Literal["strong", "medium", "weak"]
"""How much an identifier says: strong alone, medium when names agree, weak never alone."""

IdentifierKind = Literal[
    "customer_id",
    "identity_no",
    "passport_no",
    "phone",
    "email",
    "facebook_id",
    "zalo_id",
    "linkedin_id",
    "twitter_id",
    "instagram_id",
    "google_client_id",
    "o2o_client_id",
]

PersonRole = Literal["person", "contact", "child", "recipient"]
"""What a record is to a person.

`person`: it describes one (identity, lead). `contact`: it names one in passing and may make one known
(membership, activity, comment, review, subscriber). `child`: it belongs to the person its reference names
(address, e-mail, photo, relationship, status history). `recipient`: it finds a known person by an address
and never makes one (e-mail and SMS interactions).
"""


@dataclass(frozen=True)
class Identifier:
    """A column that says who a record is about. `column` is the staged one that is compared."""

    kind: IdentifierKind
    column: str
    strength: Strength

    @property
    def further_column(self) -> str | None:
        """The staged column of the further phones or e-mail addresses of a cell with several; None for other kinds."""
        if self.kind not in ("phone", "email"):
            return None
        field, _, form = self.column.rpartition("_")
        return f"{field}_others_{form}"


@dataclass(frozen=True)
class Reference:
    """A column that names a record of another entity within the same company.

    Attributes:
        column: The referring column.
        to: The object types it may name.
        target: The referred column's name in those entities.
    """

    column: str
    to: tuple[str, ...]
    target: str


@dataclass(frozen=True)
class PersonColumns:
    """Which columns describe the person a record is about; null where the entity has none."""

    full_name: str | None = None
    first_name: str | None = None
    middle_name: str | None = None
    last_name: str | None = None
    nick_names: str | None = None
    gender: str | None = None
    birth_moment: str | None = None
    birth_date: str | None = None
    birth_year: str | None = None
    country: str | None = None
    phone: str | None = None
    email: str | None = None
    address: str | None = None
    ward: str | None = None
    district: str | None = None
    city: str | None = None
    zip_code: str | None = None


@dataclass(frozen=True)
class Finding:
    """Something odd about an accepted row of an entity: counted, never a reason to reject it.

    Attributes:
        rule: Its stable name in `quality_findings`, ending in the source's field name.
        description: A sentence for the reader of the catalog.
        found: Holds where the row is odd; over the columns as their kinds cast them, tombstones excepted.
    """

    rule: str
    description: str
    # Expressions have no equality of their own, so that a finding is compared and hashed by its name.
    found: pl.Expr = field(compare=False)


@dataclass(frozen=True)
class Entity:
    """One kind of source record.

    Attributes:
        object_type: The hyphenated name of its landing folder.
        model: Its columns and rules.
        natural_key: The staged columns that, beside company and system, name a record. A null part is
            a value of its own, so undated rows of one kind replace each other.
        source_id: The column published as `source_id`.
        business_time: The moments that order its versions; the first one present holds.
        role: What a record is to a person.
        person: The columns that describe the person.
        identifiers: The columns that link it to other records of the person.
        references: The columns that name other records.
        findings: What is odd about a row without being wrong.
        thresholds: When its quality checks warn or stop a run.
        occurred_at: For activities: the moment of the event.
        fixed_system: The system of every row, where the source is one system.
        company_column: The column that names the internal company.
        supports_ignored_update_cfs: Whether the sender may protect custom fields from updates.
        has_custom_fields: Whether the source documents custom fields for it.
        is_lead: Whether it describes somebody who is not a customer yet.
        adds_contacts_of_customer: Whether its phones and e-mails are the customer's own, who is named by id.
        owns_customer_ids: Whether its records are the customers whom others name by `customer_id`.
        finds_person_by_contact: Whether the phone and e-mail it gives of its customer find the person where the
            customer id does not.
    """

    object_type: str
    model: type[EntityModel]
    natural_key: tuple[str, ...]
    source_id: str
    business_time: tuple[str, ...]
    role: PersonRole
    person: PersonColumns = PersonColumns()
    identifiers: tuple[Identifier, ...] = ()
    references: tuple[Reference, ...] = ()
    findings: tuple[Finding, ...] = ()
    thresholds: Thresholds = USUAL
    occurred_at: str | None = None
    fixed_system: str | None = None
    company_column: str = "internal_company_id"
    supports_ignored_update_cfs: bool = False
    has_custom_fields: bool = True
    is_lead: bool = False
    adds_contacts_of_customer: bool = False
    owns_customer_ids: bool = False
    finds_person_by_contact: bool = False

    @property
    def name(self) -> str:
        """The stem of its tables, assets and modules: the object type with underscores."""
        return self.object_type.replace("-", "_")

    @property
    def description(self) -> str:
        """The model's docstring: grain first, then where it comes from and what to beware of."""
        return cleandoc(self.model.__doc__ or "")

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """Its columns in order of declaration."""
        return columns_of(self.model)

    @cached_property
    def by_name(self) -> dict[str, Column]:
        """Its columns by table name."""
        return {column.name: column for column in self.columns}
