"""persons -> records: every current record belongs to one person, or is unlinked with its reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.identity.nodes import BLANK, Nodes, identifier_column
from cdp_pipeline.identity.tables import RECORD_PERSONS, UNLINKED_RECORDS
from cdp_pipeline.values.email import match_emails

_PERSON = ("person_id", "is_published")


@dataclass(frozen=True)
class Attached:
    """Every current record exactly once, with its person or with the reason why it has none."""

    every: pl.LazyFrame

    @property
    def record_persons(self) -> pl.LazyFrame:
        """Those with a person, as RECORD_PERSONS has them."""
        return RECORD_PERSONS.conform(self.every.filter(pl.col("reason").is_null()))

    @property
    def unlinked(self) -> pl.LazyFrame:
        """Those without, as UNLINKED_RECORDS has them."""
        return UNLINKED_RECORDS.conform(self.every.filter(pl.col("reason").is_not_null()))


@dataclass(frozen=True)
class Directory:
    """Where a record finds its person: lookups with the columns person_id and is_published.

    Attributes:
        members: By record_key, for records that are nodes or share one.
        customers: By `value`, the namespaced customer id; also company, customer_id and is_owner.
        leads: By company, system and lead_id.
        addresses: By scope, kind and value, of phones and e-mails.
        scope: `company` or `organisation`.
    """

    members: pl.LazyFrame
    customers: pl.LazyFrame
    leads: pl.LazyFrame
    addresses: pl.LazyFrame
    scope: str


def directory_of(
    current: Mapping[str, pl.LazyFrame],
    entities: Sequence[Entity],
    found: Nodes,
    people: pl.DataFrame,
    customer_ids: pl.DataFrame,
    identifiers: pl.DataFrame,
    scope: str,
) -> Directory:
    """The lookups over these people.

    Args:
        current: The current tables by entity name.
        entities: Their declarations.
        found: The nodes and their members; only members are read.
        people: One row per node: node, node_key, object_type, company, customer_id, person_id, is_published, is_known.
        customer_ids: node and value, as `resolve_customer_ids` gives them.
        identifiers: node, scope, kind, value.
        scope: `company` or `organisation`.
    """
    person = people.lazy().filter("is_known").select("node", "node_key", "person_id", "is_published")
    by_node = person.drop("node_key")
    owner = people.lazy().select(
        "node", "company", "customer_id", "is_owner"
    )
    leads = [
        current[e.name].select(
            "record_key",
            pl.col("company_id").fill_null(BLANK).alias("company"),
            pl.col("system_name").fill_null(BLANK).alias("system"),
            pl.col(e.source_id).alias("lead_id"),
        )
        for e in entities
        if e.is_lead
    ]
    members = found.members.lazy().join(person, on="node").select("record_key", "person_id", "is_published")
    customers = customer_ids.lazy().join(by_node, on="node").join(owner, on="node")
    addresses = (
        identifiers.lazy()
        .filter(pl.col("kind").is_in(["phone", "email"]))
        .join(by_node, on="node")
        .select("scope", "kind", "value", "person_id", "is_published")
        .unique()
    )
    # Each is asked by many entities.
    frames = pl.collect_all([members, customers, pl.concat(leads).join(members, on="record_key"), addresses])
    members, customers, named_leads, addresses = (frame.lazy() for frame in frames)
    return Directory(members, customers, named_leads, addresses, scope)


def attach_records(current: Mapping[str, pl.LazyFrame], entities: Sequence[Entity], directory: Directory) -> Attached:
    """Every current record with its person, or with the reason why it has none.

    Reasons: `deleted` (its newest version is a tombstone), `person deleted` (no live identity or lead describes its
    person any more), `unknown` (nobody has the id or address it names), `ambiguous` (several people have it).
    """
    found = [_found(current[e.name], e, directory) for e in entities]
    every = pl.concat(found).with_columns(
        reason=pl.when("is_deleted")
        .then(pl.lit("deleted"))
        .when(pl.col("people").is_null() | (pl.col("people") == 0))
        .then(pl.lit("unknown"))
        .when(pl.col("people") > 1)
        .then(pl.lit("ambiguous"))
        .when(~pl.col("is_published"))
        .then(pl.lit("person deleted"))
    )
    return Attached(every)


def _found(rows: pl.LazyFrame, entity: Entity, directory: Directory) -> pl.LazyFrame:
    described = rows.select(
        "record_key",
        pl.lit(entity.object_type).alias("object_type"),
        "is_deleted",
        "system_name",
        pl.col("company_id").alias("internal_company_id"),
        "source_id",
    )
    if entity.role in ("person", "contact"):
        # A contact of whom nothing is known is not among them.
        people = directory.members.with_columns(people=pl.lit(1, pl.UInt32))
    elif entity.role == "recipient":
        people = _by_address(rows, entity, directory)
    elif "lead_id" in entity.by_name:
        people = _by_lead(rows, directory)
    else:
        people = _by_customer(rows, entity, directory)
    return described.join(people.select("record_key", "people", *_PERSON), on="record_key", how="left")


def _one_person(matches: pl.LazyFrame) -> pl.LazyFrame:
    """Record and match pairs as one row per record: how many people it could be, and the one if it is one.

    Where people with a profile match, those without (deleted ones) do not count.
    """
    return (
        matches.filter(pl.col("person_id").is_not_null())
        .unique(["record_key", *_PERSON])
        .filter(pl.col("is_published") | ~pl.col("is_published").any().over("record_key"))
        .group_by("record_key")
        .agg(pl.len().alias("people"), pl.col("person_id").min(), pl.col("is_published").any())
    )


def _by_address(rows: pl.LazyFrame, entity: Entity, directory: Directory) -> pl.LazyFrame:
    """By the phone or e-mail the record was sent to."""
    phone, email = identifier_column(entity, "phone"), identifier_column(entity, "email")
    kind, column = ("phone", phone) if phone else ("email", email)
    return _one_person(
        rows.select(
            "record_key",
            named_scope(directory.scope).alias("scope"),
            pl.lit(kind).alias("kind"),
            compared(kind, str(column)).alias("value"),
        ).join(directory.addresses, on=["scope", "kind", "value"])
    )


def _by_lead(rows: pl.LazyFrame, directory: Directory) -> pl.LazyFrame:
    """By the lead it names: of its own system, else the one lead of the company with this id."""
    named = rows.select("record_key", *namespace(), "lead_id")
    at_home = _one_person(named.join(directory.leads, on=["company", "system", "lead_id"]))
    abroad = named.join(at_home, on="record_key", how="anti").join(directory.leads, on=["company", "lead_id"])
    return pl.concat([at_home, _one_person(abroad)])


def _by_customer(rows: pl.LazyFrame, entity: Entity, directory: Directory) -> pl.LazyFrame:
    """By the customer it names: of its own system, else of the company, else by the phone or e-mail it gives."""
    named = rows.select("record_key", *namespace(), "customer_id").with_columns(
        value=pl.concat_str(["company", "system", "customer_id"], separator="|")
    )
    at_home = _one_person(named.join(directory.customers, on="value"))
    rest = named.join(at_home, on="record_key", how="anti")
    owned = directory.customers.filter("is_owner")
    abroad = _one_person(rest.join(owned, on=["company", "customer_id"]))
    steps = [at_home, abroad]
    contacts = [
        rows.select(
            "record_key",
            named_scope(directory.scope).alias("scope"),
            pl.lit(identifier.kind).alias("kind"),
            compared(identifier.kind, identifier.column).alias("value"),
        )
        for identifier in entity.identifiers
        if identifier.kind in ("phone", "email") and entity.finds_person_by_contact
    ]
    if contacts:
        by_contact = pl.concat(contacts).join(directory.addresses, on=["scope", "kind", "value"])
        steps.append(_one_person(by_contact.join(pl.concat(steps), on="record_key", how="anti")))
    return pl.concat(steps)


def compared(kind: str, column: str) -> pl.Expr:
    """The column as identifiers of that kind are compared."""
    return match_emails(pl.col(column)) if kind == "email" else pl.col(column)


def namespace() -> list[pl.Expr]:
    """The company and system of a record, `BLANK` where it names none."""
    return [
        pl.col("company_id").fill_null(BLANK).alias("company"),
        pl.col("system_name").fill_null(BLANK).alias("system"),
    ]


def named_scope(scope: str) -> pl.Expr:
    """Within what a record's contacts are compared."""
    return pl.col("company_id").fill_null(BLANK) if scope == "company" else pl.lit("*")
