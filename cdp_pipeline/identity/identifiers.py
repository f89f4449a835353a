"""nodes -> identifiers: one long table of everything that says who a record is about."""

from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.identity.nodes import BLANK, Nodes
from cdp_pipeline.values.email import match_emails
from cdp_pipeline.values.placeholders import PlaceholderList, is_listed

_TEXTS = ("scope", "kind", "value", "strength", "status")
_IDENTIFIERS = pl.Schema({"node": pl.UInt32(), "identifier": pl.UInt32(), **dict.fromkeys(_TEXTS, pl.String())})


def find_identifiers(
    current: Mapping[str, pl.LazyFrame],
    entities: Sequence[Entity],
    nodes: Nodes,
    customer_ids: pl.DataFrame,
    blocked: Mapping[str, PlaceholderList],
) -> pl.DataFrame:
    """One row per node, kind and value: node, identifier, scope, kind, value, strength, status.

    `identifier` is a number per scope, kind and value, 0 to n - 1.

    `value` is what is compared: E.164 numbers; e-mail addresses as `match_emails` gives them; of a cell with several
    numbers or addresses each; document numbers and ids as staged.

    `status` is `usable`, `blocked`, `contradicting` where the record names its customer under another person's name, or
    `deleted` where the record is: what it says links nobody, but for its customer id, by which others name it
    themselves.

    Takes in what children add to a customer (the addresses of the e-mail entity). Customer ids come from
    `customer_ids`: strong where the owner is known, medium where it is not.

    Args:
        current: The current tables by entity name.
        entities: Their declarations.
        nodes: The nodes of the graph.
        customer_ids: What `resolve_customer_ids` found.
        blocked: The list of values that are nobody's.
    """
    contacts = nodes.nodes.filter(pl.col("role") == "contact")
    found = [_column(contacts, kind, kind, "medium") for kind in ("phone", "email")]
    for entity in entities:
        rows = current[entity.name]
        if entity.role == "person":
            owners = nodes.members.filter(pl.col("object_type") == entity.object_type).select("node", key="record_key")
            asked = _identifying(rows, entity, pl.col("record_key"))
        elif entity.adds_contacts_of_customer:
            owners = _customers(nodes.nodes, customer_ids)
            asked = _identifying(rows.filter(~pl.col("is_deleted")), entity, _namespaced_id())
        else:
            continue
        held = asked.collect().join(owners, on="key")
        found.extend(_column(held, i.kind, i.column, i.strength) for i in entity.identifiers if i.kind != "customer_id")
        found.extend(_further(held, entity))
    found.extend(_further_of_contacts(current, entities, nodes))
    every = pl.concat(
        [
            *found,
            customer_ids.lazy().select(
                "node",
                pl.lit("customer_id").alias("kind"),
                "value",
                pl.when("is_resolved").then(pl.lit("strong")).otherwise(pl.lit("medium")).alias("strength"),
            ),
        ]
    )
    deleted = nodes.nodes.filter(~pl.col("is_live"))["node"]
    return _with_status(_numbered(every.collect(), nodes.nodes["scope"]), customer_ids, deleted, blocked)


def _numbered(found: pl.DataFrame, scope: pl.Series) -> pl.DataFrame:
    """The identifiers, each node and value once, with their scope and their number."""
    each = (
        found.with_columns(scope.gather(found["node"]))
        .group_by("scope", "kind", "value")
        .agg("node", "strength")
        .with_row_index("identifier")
    )
    held = each.select("identifier", "node", "strength").explode("node", "strength", empty_as_null=False)
    held = held.unique(["identifier", "node", "strength"])
    return held.hstack(each.select("scope", "kind", "value")[held["identifier"]])


def _with_status(
    identifiers: pl.DataFrame, customer_ids: pl.DataFrame, deleted: pl.Series, blocked: Mapping[str, PlaceholderList]
) -> pl.DataFrame:
    """The identifiers with `status`."""
    contradicting = customer_ids.filter("contradicts_owner")["node"]
    statuses = []
    # By kind, as a kind's patterns need not look at the values of others.
    for (kind,), of_kind in identifiers.group_by("kind"):
        is_blocked = pl.lit(value=False)
        if kind in blocked:
            is_blocked = is_listed("kind", "value", {str(kind): blocked[str(kind)]})
        is_deleted, contradicts = (
            pl.col("node").is_in(nodes.implode()) & pl.lit(kind != "customer_id") for nodes in (deleted, contradicting)
        )
        status = (
            pl.when(is_blocked)
            .then(pl.lit("blocked"))
            .when(is_deleted)
            .then(pl.lit("deleted"))
            .when(contradicts)
            .then(pl.lit("contradicting"))
            .otherwise(pl.lit("usable"))
        )
        statuses.append(of_kind.select(*_IDENTIFIERS.names()[:-1], status=status))
    return pl.concat([_IDENTIFIERS.to_frame(), *statuses])


def _identifying(rows: pl.LazyFrame, entity: Entity, key: pl.Expr) -> pl.LazyFrame:
    """The columns of an entity that hold identifiers, but for the customer id, beside a key."""
    columns = [c for i in entity.identifiers if i.kind != "customer_id" for c in (i.column, i.further_column) if c]
    return rows.select(key.alias("key"), *columns)


def _column(rows: pl.DataFrame, kind: str, column: str, strength: str) -> pl.LazyFrame:
    value = match_emails(pl.col(column)) if kind == "email" else pl.col(column)
    return (
        rows.lazy()
        .filter(pl.col(column).is_not_null())
        .select("node", pl.lit(kind).alias("kind"), value.alias("value"), pl.lit(strength).alias("strength"))
    )


def _further(rows: pl.DataFrame, entity: Entity) -> Iterator[pl.LazyFrame]:
    """The second and later phones and e-mail addresses of cells that hold several.

    Args:
        rows: Current records of the entity with their `node`.
        entity: The entity.
    """
    for identifier in entity.identifiers:
        column = identifier.further_column
        # Hardly any cell holds several.
        if column is not None and rows[column].null_count() < rows.height:
            each = rows.select("node", column).drop_nulls().explode(column)
            yield _column(each, identifier.kind, column, identifier.strength)


def _further_of_contacts(
    current: Mapping[str, pl.LazyFrame], entities: Sequence[Entity], nodes: Nodes
) -> Iterator[pl.LazyFrame]:
    """The same of records that name a person in passing, of which several share a node."""
    contacts = [entity for entity in entities if entity.role == "contact"]
    columns = {e.name: [i.further_column for i in e.identifiers if i.further_column] for e in contacts}
    asked = [
        current[name].select("record_key", *of).filter(pl.any_horizontal(pl.col(of).is_not_null()))
        for name, of in columns.items()
    ]
    for entity, rows in zip(contacts, pl.collect_all(asked), strict=True):
        if rows.height:
            yield from _further(rows.join(nodes.members.select("record_key", "node"), on="record_key"), entity)


def _customers(nodes: pl.DataFrame, customer_ids: pl.DataFrame) -> pl.DataFrame:
    """The node of each customer by namespaced id: node, key."""
    return customer_ids.filter(nodes["is_owner"].gather(customer_ids["node"])).select("node", key="value")


def _namespaced_id() -> pl.Expr:
    return pl.concat_str(
        [pl.col("company_id").fill_null(BLANK), pl.col("system_name").fill_null(BLANK), pl.col("customer_id")],
        separator="|",
    )
