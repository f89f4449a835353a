"""nodes -> identifiers: one long table of the values that identify the person of a record."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import polars as pl

from cdp_pipeline.backend import Query, Workspace
from cdp_pipeline.entities.entity import Entity, Identifier
from cdp_pipeline.identity.matching.nodes import BLANK
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
    """Make `identifiers`, rows of node, scope, kind, value, strength and status; some rows occur more than once.

    `value` is the normalised value: E.164 numbers, e-mail addresses as `match_emails` gives them, document numbers and
    ids as staged. A cell with several numbers or addresses gives one row for each.

    `status` is `usable`, `blocked` (a placeholder), `contradicting` (the record has its customer's id but another
    person's name) or `deleted` (with its record; the customer id stays usable, because other records refer to it).

    Includes the contacts that child records add to a customer (the addresses of the e-mail entity). Customer ids come
    from `customer_ids`: strong if the owner is known, else medium.

    Args:
        work: The workspace with `nodes`, `contact_members` and `customer_ids`.
        current: The current tables by entity name.
        entities: Their declarations.
        blocked: The placeholder lists by kind.
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
    """Deduplicated identifiers with `identifier`, a number from 0 for each scope, kind and value.

    Each node, value and strength occurs once.

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
    """All identifiers of an entity's rows except the customer id, with the further values of cells with several."""
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
    """The second and later phones and e-mail addresses of cells with several."""
    column = str(identifier.further_column)
    each = rows.select(column, key=key).drop_nulls(column).explode(column)
    return _stated(each, pl.col("key"), identifier.kind, column, identifier.strength, blocked)


def _further_of_contacts(
    work: Workspace,
    current: Mapping[str, pl.LazyFrame],
    entities: Sequence[Entity],
    blocked: Mapping[str, PlaceholderList],
) -> Iterator[pl.LazyFrame]:
    """The further phones and e-mail addresses of contact records, by the key of their contact node."""
    contacts = [entity for entity in entities if entity.role == "contact"]
    columns = {e.name: [i.further_column for i in e.identifiers if i.further_column] for e in contacts}
    with_further = [
        current[name].select("record_key", *of).filter(pl.any_horizontal(pl.col(of).is_not_null()))
        for name, of in columns.items()
    ]
    members = work.scan("contact_members").select("record_key", key="node_key")
    # Hardly any cell holds several, so only the rows with one are joined.
    for entity, rows in zip(contacts, pl.collect_all(with_further), strict=True):
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
