"""nodes -> identifiers: one long table of everything that says who a record is about."""

from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.identity.nodes import BLANK, Nodes
from cdp_pipeline.values.email import match_emails
from cdp_pipeline.values.placeholders import PlaceholderList, is_listed


def find_identifiers(
    current: Mapping[str, pl.LazyFrame],
    entities: Sequence[Entity],
    nodes: Nodes,
    customer_ids: pl.DataFrame,
    blocked: Mapping[str, PlaceholderList],
) -> pl.DataFrame:
    """One row per node, kind and value: node, scope, kind, value, strength, status.

    `value` is what is compared: E.164 numbers; e-mail addresses as `match_emails` gives them; of a cell with several
    numbers or addresses each; document numbers and ids as staged.

    `status` is `usable`, `blocked`, or `contradicting` where the record names its customer under another person's name.
    Takes in what children add to a customer (the addresses of the e-mail entity). Customer ids come from
    `customer_ids`: strong where the owner is known, medium where it is not.

    Args:
        current: The current tables by entity name.
        entities: Their declarations.
        nodes: The nodes of the graph.
        customer_ids: What `resolve_customer_ids` found.
        blocked: The list of values that are nobody's.
    """
    every = nodes.nodes.lazy()
    contacts = every.filter(pl.col("role") == "contact")
    customers = _customers(every, customer_ids.lazy())
    found = [
        customer_ids.lazy().select(
            "node",
            pl.lit("customer_id").alias("kind"),
            "value",
            pl.when("is_resolved").then(pl.lit("strong")).otherwise(pl.lit("medium")).alias("strength"),
        ),
        _column(contacts, "phone", "phone", "medium"),
        _column(contacts, "email", "email", "medium"),
    ]
    for entity in entities:
        if entity.role == "person":
            rows = current[entity.name].join(every.select("node", "record_key"), on="record_key")
        elif entity.name == "customer_identity_email":
            rows = current[entity.name].filter(~pl.col("is_deleted"))
            rows = rows.join(customers, left_on=_namespaced_id(), right_on="value")
        else:
            continue
        found.extend(
            _column(rows, identifier.kind, identifier.column, identifier.strength)
            for identifier in entity.identifiers
            if identifier.kind != "customer_id"
        )
        found.extend(_further(rows, entity))
    found.extend(_further_of_contacts(current, entities, nodes))
    is_email = pl.col("kind") == "email"
    return (
        pl.concat(found)
        .filter(pl.col("value").is_not_null())
        .with_columns(value=pl.when(is_email).then(match_emails(pl.col("value"))).otherwise("value"))
        .unique()
        .join(nodes.nodes.lazy().select("node", "scope"), on="node")
        .join(customer_ids.lazy().select("node", "contradicts_owner"), on="node", how="left")
        .with_columns(pl.col("contradicts_owner").fill_null(value=False))
        .with_columns(
            pl.when(is_listed("kind", "value", blocked))
            .then(pl.lit("blocked"))
            .when(pl.col("contradicts_owner") & (pl.col("kind") != "customer_id"))
            .then(pl.lit("contradicting"))
            .otherwise(pl.lit("usable"))
            .alias("status")
        )
        .select("node", "scope", "kind", "value", "strength", "status")
        .sort("kind", "value", "node")
        .collect()
    )


def _column(rows: pl.LazyFrame, kind: str, column: str, strength: str) -> pl.LazyFrame:
    return rows.select(
        "node", pl.lit(kind).alias("kind"), pl.col(column).alias("value"), pl.lit(strength).alias("strength")
    )


def _further(rows: pl.LazyFrame, entity: Entity) -> Iterator[pl.LazyFrame]:
    """The second and later phones and e-mail addresses of cells that hold several.

    Args:
        rows: Current records of the entity with their `node`.
        entity: The entity.
    """
    for identifier in entity.identifiers:
        if (column := identifier.further_column) is not None:
            several = rows.filter(pl.col(column).is_not_null()).select("node", column).explode(column)
            yield _column(several, identifier.kind, column, identifier.strength)


def _further_of_contacts(
    current: Mapping[str, pl.LazyFrame], entities: Sequence[Entity], nodes: Nodes
) -> Iterator[pl.LazyFrame]:
    """The same of records that name a person in passing, of which several share a node."""
    members = nodes.members.lazy().join(nodes.nodes.lazy().select("node", "node_key"), on="node_key")
    for entity in entities:
        if entity.role == "contact":
            yield from _further(current[entity.name].join(members, on="record_key"), entity)


def _customers(nodes: pl.LazyFrame, customer_ids: pl.LazyFrame) -> pl.LazyFrame:
    """The node of each customer by namespaced id: value, node."""
    owner = nodes.filter(pl.col("object_type") == "customer-identity").select("node")
    return customer_ids.join(owner, on="node").select("value", "node")


def _namespaced_id() -> pl.Expr:
    return pl.concat_str(
        [pl.col("company_id").fill_null(BLANK), pl.col("system_name").fill_null(BLANK), pl.col("customer_id")],
        separator="|",
    )
