"""changed persons -> the records whose person they may change, attached anew."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl
import polars.selectors as cs

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.identity.attach import LEADS, Attached, attach_records, compared, directory_of, named_scope, namespace
from cdp_pipeline.identity.nodes import Nodes, identifier_column
from cdp_pipeline.identity.touched import Touched

_VALUE = ("scope", "kind", "value")
_CUSTOMER = ("company", "customer_id")
_LEAD = ("company", "lead_id")
_TOLD = ("record_key", "is_deleted", "system_name", "company_id", "source_id")


@dataclass(frozen=True)
class Known:
    """Who is who now.

    Attributes:
        found: All nodes and their members.
        known: One row per node: node_key, is_known.
        ids: PERSON_IDS.
        identifiers: IDENTIFIERS of all nodes.
        scope: `company` or `organisation`.
    """

    found: Nodes
    known: pl.DataFrame
    ids: pl.DataFrame
    identifiers: pl.DataFrame
    scope: str

    def people(self, asked: pl.Expr) -> pl.DataFrame:
        """The nodes for which a condition on nodes holds, with the person of each, `is_published` and `is_known`."""
        nodes = self.found.nodes.filter(asked)
        is_asked = pl.col("node_key").is_in(nodes["node_key"].implode())
        persons = self.ids.filter(pl.col("is_present") & is_asked).select("node_key", "person_id", "is_published")
        return nodes.join(self.known.filter(is_asked), on="node_key").join(persons, on="node_key")

    def holders(self, values: pl.DataFrame) -> pl.DataFrame:
        """The identifiers that are among these: scope, kind, value."""
        # One column of known values is looked up faster than three are joined.
        some = self.identifiers.filter(pl.col("value").is_in(values["value"].unique().implode()))
        return some.join(values, on=_VALUE, how="semi")


@dataclass(frozen=True)
class Reattached:
    """`records` are the keys of all records looked at; each that is still there stands in one of the two frames."""

    records: pl.Series
    record_persons: pl.DataFrame
    unlinked: pl.DataFrame


def reattach(
    current: Mapping[str, pl.LazyFrame],
    entities: Sequence[Entity],
    known: Known,
    touched: Mapping[str, Touched],
    changed: pl.DataFrame,
    values: pl.DataFrame,
) -> Reattached:
    """Attach the records that changed, those of changed nodes, and those that name what a changed node holds.

    Args:
        current: The current tables by entity name.
        entities: Their declarations.
        known: Who is who now.
        touched: The changed records of each entity.
        changed: The nodes by which records may find another person, as they were and as they are: node_key, company,
            customer_id.
        values: scope, kind, value of all identifiers they hold or held.
    """
    customers = changed.select(_CUSTOMER).drop_nulls().unique()
    members = known.found.members
    own = members.filter(pl.col("node_key").is_in(changed["node_key"].implode())).select("record_key", "object_type")
    leads = _leads(current, entities, touched, own)
    keys = {}
    for entity in entities:
        parts = [
            touched[entity.name].keys,
            own.filter(pl.col("object_type") == entity.object_type).select("record_key"),
        ]
        parts += [
            rows.join(wanted.lazy(), on=wanted.columns, how="semi").select("record_key").collect()
            for rows, wanted in _naming(current[entity.name], entity, known.scope, values, customers, leads)
        ]
        keys[entity.name] = pl.concat(parts).unique()["record_key"]
    # Collected, as finding what they name and finding their persons both read them.
    again = {
        e.name: current[e.name]
        .filter(pl.col("record_key").is_in(keys[e.name].implode()))
        .select(_read_of(e))
        .collect()
        .lazy()
        for e in entities
    }
    directory = directory_of(current, entities, *_asked(current, again, entities, known, keys))
    attached = Attached(attach_records(again, entities, directory).every.collect().lazy())
    return Reattached(pl.concat([*keys.values()]), attached.record_persons.collect(), attached.unlinked.collect())


def _read_of(entity: Entity) -> cs.Selector:
    """The columns by which a record finds its person, and those told of one that finds none."""
    identifiers = {identifier.column for identifier in entity.identifiers}
    return cs.by_name(sorted({*_TOLD, "customer_id", "lead_id", *identifiers}), require_all=False)


def _naming(
    rows: pl.LazyFrame, entity: Entity, scope: str, values: pl.DataFrame, customers: pl.DataFrame, leads: pl.DataFrame
) -> list[tuple[pl.LazyFrame, pl.DataFrame]]:
    """What the records of an entity name people by, beside what is looked for; nothing where they are nodes."""
    by_contact = [
        (
            rows.select(
                "record_key",
                named_scope(scope).alias("scope"),
                pl.lit(kind).alias("kind"),
                compared(kind, column).alias("value"),
            ),
            values.filter(pl.col("kind") == kind),
        )
        for kind, column in _addresses(entity)
    ]
    if entity.role in ("person", "contact"):
        return []
    if entity.role == "recipient":
        return by_contact
    if "lead_id" in entity.by_name:
        return [(rows.select("record_key", *namespace(), "lead_id"), leads)]
    return [*by_contact, (rows.select("record_key", *namespace(), "customer_id"), customers)]


def _addresses(entity: Entity) -> list[tuple[str, str]]:
    """The columns by whose phones and e-mails records find their person."""
    if entity.role == "recipient":
        phone, email = identifier_column(entity, "phone"), identifier_column(entity, "email")
        return [("phone", phone)] if phone else [("email", str(email))]
    if entity.name == "customer_relationship":
        return [(i.kind, i.column) for i in entity.identifiers if i.kind in ("phone", "email")]
    return []


def _leads(
    current: Mapping[str, pl.LazyFrame], entities: Sequence[Entity], touched: Mapping[str, Touched], own: pl.DataFrame
) -> pl.DataFrame:
    """The ids of the leads among changed nodes, and of those that were there before."""
    found = []
    for entity in entities:
        if entity.object_type in LEADS:
            lead = [*namespace(), pl.col(entity.source_id).alias("lead_id")]
            is_own = pl.col("record_key").is_in(own["record_key"].implode())
            found += [current[entity.name].filter(is_own).select(lead), touched[entity.name].before.select(lead)]
    return pl.concat(found).select(_LEAD).drop_nulls().unique().collect()


def _asked(
    current: Mapping[str, pl.LazyFrame],
    again: Mapping[str, pl.LazyFrame],
    entities: Sequence[Entity],
    known: Known,
    keys: Mapping[str, pl.Series],
) -> tuple[Nodes, pl.DataFrame, pl.DataFrame, pl.DataFrame, str]:
    """What of all that is known these records can ask for, as `directory_of` takes it."""
    members = known.found.members.filter(pl.col("record_key").is_in(pl.concat([*keys.values()]).implode()))
    kinds: tuple[tuple[str, ...], ...] = (_VALUE, _CUSTOMER, _LEAD)
    nothing = {kind: pl.DataFrame(schema=dict.fromkeys(kind, pl.String)) for kind in kinds}
    naming = {kind: [none.lazy()] for kind, none in nothing.items()}
    for entity in entities:
        for rows, wanted in _naming(again[entity.name], entity, known.scope, *nothing.values()):
            naming[tuple(wanted.columns)].append(rows.select(wanted.columns))
    wanted_values, wanted_customers, wanted_leads = (pl.concat(rows).unique().collect() for rows in naming.values())
    identifiers = known.holders(wanted_values)
    named = known.found.nodes.filter(pl.col("customer_id").is_in(wanted_customers["customer_id"].implode()))
    leads = pl.concat(
        current[entity.name]
        .select("record_key", *namespace(), lead_id=entity.source_id)
        .join(wanted_leads.lazy(), on=_LEAD, how="semi")
        .select("record_key")
        for entity in entities
        if entity.object_type in LEADS
    ).collect()["record_key"]
    asked = [
        members["node_key"],
        identifiers["node_key"],
        named.join(wanted_customers, on=_CUSTOMER, how="semi")["node_key"],
        # A lead's record is its node.
        leads,
    ]
    people = known.people(pl.col("node_key").is_in(pl.concat(asked).implode()))
    number = people.select("node", "node_key")
    customer_ids = (
        known.identifiers.filter(pl.col("kind") == "customer_id").join(number, on="node_key").select("node", "value")
    )
    lead_members = known.found.members.filter(pl.col("record_key").is_in(leads.implode()))
    found = Nodes(known.found.nodes, pl.concat([members, lead_members]).unique("record_key"))
    return found, people, customer_ids, identifiers.join(number, on="node_key"), known.scope
