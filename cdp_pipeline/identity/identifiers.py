"""nodes -> identifiers: one long table of everything that says who a record is about."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import polars as pl

from cdp_pipeline.backend import Query, Workspace
from cdp_pipeline.entities.entity import Entity, Identifier
from cdp_pipeline.identity.nodes import BLANK
from cdp_pipeline.values.email import match_emails
from cdp_pipeline.values.placeholders import PlaceholderList, is_listed

_STATED: Final = pl.Schema(
    {**dict.fromkeys(("key", "kind", "value", "strength"), pl.String()), "is_blocked": pl.Boolean()}
)

_IDENTIFIERS: Final = Query(
    makes="identifiers",
    reads=("stated", "added", "nodes", "customer_ids"),
    sql="""
    WITH held AS (
        SELECT n.node, n.scope, n.is_live, s.kind, s.value, s.strength, s.is_blocked
        FROM stated s JOIN nodes n ON n.node_key = s.key
        UNION ALL
        SELECT n.node, n.scope, n.is_live, s.kind, s.value, s.strength, s.is_blocked
        FROM added s JOIN customer_ids o ON o.value = s.key JOIN nodes n ON n.node = o.node
        WHERE n.is_owner
    )
    SELECT h.node, h.scope, h.kind, h.value, h.strength,
        CASE WHEN h.is_blocked THEN 'blocked' WHEN NOT h.is_live THEN 'deleted'
             WHEN c.contradicts_owner THEN 'contradicting' ELSE 'usable' END AS status
    FROM held h LEFT JOIN customer_ids c ON c.node = h.node
    UNION ALL
    SELECT n.node, n.scope, 'customer_id' AS kind, c.value,
        CASE WHEN c.is_resolved THEN 'strong' ELSE 'medium' END AS strength,
        CASE WHEN c.is_blocked THEN 'blocked' ELSE 'usable' END AS status
    FROM customer_ids c JOIN nodes n ON n.node = c.node""",
)


def find_identifiers(
    work: Workspace,
    current: Mapping[str, pl.LazyFrame],
    entities: Sequence[Entity],
    blocked: Mapping[str, PlaceholderList],
) -> None:
    """Make `identifiers`, rows of node, scope, kind, value, strength and status; some stand there more than once.

    `value` is what is compared: E.164 numbers; e-mail addresses as `match_emails` gives them; of a cell with several
    numbers or addresses each; document numbers and ids as staged.

    `status` is `usable`, `blocked`, `contradicting` where the record names its customer under another person's name, or
    `deleted` where the record is: what it says links nobody, but for its customer id, by which others name it
    themselves.

    Takes in what children add to a customer (the addresses of the e-mail entity). Customer ids come from
    `customer_ids`: strong where the owner is known, medium where it is not.

    Args:
        work: Where `nodes`, `contact_members` and `customer_ids` are.
        current: The current tables by entity name.
        entities: Their declarations.
        blocked: The list of values that are nobody's.
    """
    contacts = work.scan("nodes").filter(pl.col("role") == "contact")
    stated = [_stated(contacts, pl.col("node_key"), kind, kind, "medium", blocked) for kind in ("phone", "email")]
    added: list[pl.LazyFrame] = []
    for entity in entities:
        rows = current[entity.name]
        if entity.role == "person":
            stated += _all_stated(rows, pl.col("record_key"), entity, blocked)
        elif entity.adds_contacts_of_customer:
            added += _all_stated(rows.filter(~pl.col("is_deleted")), _namespaced_id(), entity, blocked)
    stated += _further_of_contacts(work, current, entities, blocked)
    for table, parts in (("stated", stated), ("added", added)):
        work.write(table, pl.concat([_STATED.to_frame().lazy(), *parts]))
    work.run(_IDENTIFIERS)


def numbered(identifiers: pl.DataFrame) -> pl.DataFrame:
    """Identifiers, each node, value and strength once, with `identifier`, a number per scope, kind and value from 0.

    Args:
        identifiers: Rows of the table `identifiers`.
    """
    each = identifiers.group_by("scope", "kind", "value").agg("node", "strength", "status").with_row_index("identifier")
    held = each.select("identifier", "node", "strength", "status").explode(
        "node", "strength", "status", empty_as_null=False
    )
    held = held.unique(["identifier", "node", "strength"])
    return held.hstack(each.select("scope", "kind", "value")[held["identifier"]])


def _all_stated(
    rows: pl.LazyFrame, key: pl.Expr, entity: Entity, blocked: Mapping[str, PlaceholderList]
) -> Iterator[pl.LazyFrame]:
    """What an entity's rows state, but for the customer id; of cells that hold several, each."""
    for identifier in entity.identifiers:
        if identifier.kind != "customer_id":
            yield _stated(rows, key, identifier.kind, identifier.column, identifier.strength, blocked)
            if identifier.further_column:
                yield _further(rows, key, identifier, blocked)


def _stated(
    rows: pl.LazyFrame,
    key: pl.Expr,
    kind: str,
    column: str,
    strength: str,
    blocked: Mapping[str, PlaceholderList],
) -> pl.LazyFrame:
    value = match_emails(pl.col(column)) if kind == "email" else pl.col(column)
    listed = is_listed("kind", "value", {kind: blocked[kind]}) if kind in blocked else pl.lit(value=False)
    return (
        rows.filter(pl.col(column).is_not_null() & key.is_not_null())
        .select(key=key, kind=pl.lit(kind), value=value, strength=pl.lit(strength))
        .with_columns(is_blocked=listed)
    )


def _further(
    rows: pl.LazyFrame, key: pl.Expr, identifier: Identifier, blocked: Mapping[str, PlaceholderList]
) -> pl.LazyFrame:
    """The second and later phones and e-mail addresses of cells that hold several."""
    column = str(identifier.further_column)
    each = rows.select(column, key=key).drop_nulls(column).explode(column)
    return _stated(each, pl.col("key"), identifier.kind, column, identifier.strength, blocked)


def _further_of_contacts(
    work: Workspace,
    current: Mapping[str, pl.LazyFrame],
    entities: Sequence[Entity],
    blocked: Mapping[str, PlaceholderList],
) -> Iterator[pl.LazyFrame]:
    """The same of records that name a person in passing, of which several share a node."""
    contacts = [entity for entity in entities if entity.role == "contact"]
    columns = {e.name: [i.further_column for i in e.identifiers if i.further_column] for e in contacts}
    asked = [
        current[name].select("record_key", *of).filter(pl.any_horizontal(pl.col(of).is_not_null()))
        for name, of in columns.items()
    ]
    members = work.scan("contact_members").select("record_key", key="node_key")
    # Hardly any cell holds several.
    for entity, rows in zip(contacts, pl.collect_all(asked), strict=True):
        if rows.height:
            held = members.filter(pl.col("record_key").is_in(rows["record_key"].implode())).join(
                rows.lazy(), on="record_key"
            )
            for identifier in entity.identifiers:
                if identifier.further_column:
                    yield _further(held, pl.col("key"), identifier, blocked)


def _namespaced_id() -> pl.Expr:
    return pl.concat_str(
        [pl.col("company_id").fill_null(BLANK), pl.col("system_name").fill_null(BLANK), pl.col("customer_id")],
        separator="|",
    )
