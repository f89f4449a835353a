"""Limits at which checks of an entity warn or a delivery is held, declared with the entity.

The defaults are for an entity with hundreds of rows a day. An entity with another volume declares its own limits, with
the reason. `quality/` evaluates them.
"""

from dataclasses import dataclass, field
from functools import cached_property
from inspect import cleandoc
from typing import Literal

import polars as pl

from cdp_pipeline.entities.model import Column, EntityModel, columns_of


@dataclass(frozen=True)
class Thresholds:
    """Limits of the quality checks of an entity; all shares are between 0 and 1.

    Attributes:
        rejected: The rejected share of a day that warns in any case. Files of senders have a few invalid rows in a
            thousand, so one in twenty means a change at the source.
        rejected_factor: A share this many times the usual one warns too, because it does not double by chance.
        rejected_factor_stop: A share this many times the usual one marks a day that must not be trusted, but never
            below `rejected`, because any share is a multiple of zero.
        rejected_limit: The rejected share above which a day's delivery is held. If more than half of the rows are
            rejected, the whole file is broken, and profiles built from the rest would be wrong.
        spared_rows: A day without accepted rows is not held if it has at most this many rows.
        fewest_rows: A day warns below this share of the usual rows of its weekday. If only other weekdays are known, it
            warns below half of this share, because weekends halve the volume.
        fewest_rows_stop: A day below this share, with the same rule for weekdays, must not be trusted: its file is
            incomplete.
        comes_daily: Whether a day without a file, or with files without rows, causes a warning.
        fresh_days: The entity's newest drop date may be this many days behind the newest of all entities; three,
            because of long weekends.
        duplicates: The share of exact duplicates of a day that warns. Systems that deliver at least once repeat a few
            rows in a hundred; a greater share means a file sent twice or overlapping exports.
        usable_contacts: The least share of filled phone and e-mail cells that must be usable; a few in a hundred are
            mistyped.
        outside_lists: The share of rows with a value outside its list that warns. Lists are those of the sender, so one
            row in fifty means a new value that was not announced.
        unknown_references: The share of references to an unknown customer or lead that warns; a record may arrive
            shortly before its customer.
    """

    rejected: float = 0.05
    rejected_factor: float = 2.0
    rejected_factor_stop: float = 5.0
    rejected_limit: float = 0.5
    spared_rows: int = 0
    fewest_rows: float = 0.5
    fewest_rows_stop: float = 0.1
    comes_daily: bool = True
    fresh_days: int = 3
    duplicates: float = 0.1
    usable_contacts: float = 0.9
    outside_lists: float = 0.02
    unknown_references: float = 0.05


USUAL = Thresholds()
"""The limits for an entity with hundreds of rows a day."""


Strength = Literal["strong", "medium", "weak"]
"""Weight of an identifier as evidence: strong alone, medium if names agree, weak never alone."""

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
"""Relation of a record to a person.

`person`: the record describes a person (identity, lead). `contact`: it names a person and may create one (membership,
activity, comment, review, subscriber). `child`: it belongs to the person of its reference (address, e-mail, photo,
relationship, status history). `recipient`: it finds a known person by an address and never creates one (e-mail and SMS
interactions).
"""


@dataclass(frozen=True)
class Identifier:
    """A column that identifies the person of a record.

    Attributes:
        kind: The kind of identifier.
        column: The staged column that is compared.
        strength: Its weight as evidence.
        main_column: For contacts: the column that flags the person's main contact.
        type_column: For contacts: the column with the use of the contact.
    """

    kind: IdentifierKind
    column: str
    strength: Strength
    main_column: str | None = None
    type_column: str | None = None

    @property
    def further_column(self) -> str | None:
        """The staged column for further phones or e-mail addresses in the cell; None for other kinds."""
        if self.kind not in ("phone", "email"):
            return None
        field, _, form = self.column.rpartition("_")
        return f"{field}_others_{form}"


@dataclass(frozen=True)
class Reference:
    """A column that references a record of another entity within the same company.

    Attributes:
        column: The referencing column.
        to: The object types that it may reference.
        target: The referenced column in those entities.
    """

    column: str
    to: tuple[str, ...]
    target: str


@dataclass(frozen=True)
class PersonColumns:
    """The columns that describe the person of a record; None if the entity has no such column."""

    full_name: str | None = None
    first_name: str | None = None
    middle_name: str | None = None
    last_name: str | None = None
    nick_names: str | None = None
    gender: str | None = None
    birth_timestamp: str | None = None
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
    source_name: str | None = None


@dataclass(frozen=True)
class Finding:
    """An anomaly of an accepted row of an entity; it is counted and never rejects the row.

    Attributes:
        rule: Its stable name in `quality_findings`, ending in the source's field name.
        description: A sentence for the catalog.
        found: True for an anomalous row; an expression over the typed columns. Tombstones are excluded.
    """

    rule: str
    description: str
    # Polars expressions have no equality, so findings are compared and hashed by name.
    found: pl.Expr = field(compare=False)


@dataclass(frozen=True)
class Entity:
    """One kind of source record.

    Attributes:
        object_type: The hyphenated name of its landing folder.
        model: Its columns and rules.
        natural_key: The staged columns that identify a record within company and system. Null is a value of its own, so
            undated rows of one kind replace each other.
        source_id: The column published as `source_id`.
        business_time: The timestamps that order its versions; the first one present is used.
        role: The relation of a record to a person.
        person: The columns that describe the person.
        identifiers: The columns that link it to other records of the person.
        references: The columns that reference other records.
        findings: Anomalies of a row that are no error.
        thresholds: Limits at which its quality checks warn or stop a run.
        occurred_at: For activities: the timestamp of the event.
        fixed_system: The system of every row, for a source with one system.
        company_column: The column with the internal company.
        supports_ignored_update_cfs: Whether the sender may protect custom fields from updates.
        has_custom_fields: Whether the source documents custom fields for it.
        further_containers: Custom field containers beyond those of all entities.
        comes_in_pages: Whether its files may be pages of a list response instead of request envelopes.
        registers_person: For the role `contact`: whether people register for it, so that its name has precedence over
            the names in other contact records.
        is_lead: Whether it describes a person who is not a customer yet.
        adds_contacts_of_customer: Whether its phones and e-mails belong to the customer that it references by id.
        finds_person_by_contact: Whether the phone and e-mail of its customer find the person if the customer id does
            not.
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
    further_containers: tuple[str, ...] = ()
    comes_in_pages: bool = False
    registers_person: bool = False
    is_lead: bool = False
    adds_contacts_of_customer: bool = False
    finds_person_by_contact: bool = False

    @property
    def name(self) -> str:
        """The stem of its tables, assets and modules: the object type with underscores."""
        return self.object_type.replace("-", "_")

    @property
    def description(self) -> str:
        """The model's docstring: grain first, then the source and caveats."""
        return cleandoc(self.model.__doc__ or "")

    @property
    def is_customer(self) -> bool:
        """Whether it describes a customer: a person who is no lead."""
        return self.role == "person" and not self.is_lead

    @property
    def is_evidence(self) -> bool:
        """Whether its values may be used in the golden record."""
        return self.role in ("person", "contact")

    @property
    def is_message(self) -> bool:
        """Whether it reports an event of a message; such a record is no evidence for the owner of the address."""
        return self.role == "recipient"

    @property
    def states_contacts_of_person(self) -> bool:
        """Whether its phones and e-mails are evidence for their owner; on cards and in comments they are not."""
        return self.role == "person" or self.adds_contacts_of_customer

    @property
    def names_another_person(self) -> bool:
        """Whether the name in a record is not that of the person to whom the record belongs."""
        return self.role == "child" and self.person.full_name is not None

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """Its columns in order of declaration."""
        return columns_of(self.model)

    @cached_property
    def by_name(self) -> dict[str, Column]:
        """Its columns by table name."""
        return {column.name: column for column in self.columns}
