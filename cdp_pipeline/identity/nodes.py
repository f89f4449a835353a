"""current records -> nodes: the records that describe a person, and the contacts that others name.

A membership, activity, comment, review or subscriber names a contact; all records of a system that name the same one
(same customer id, name, phone and e-mail) are one node, so ten million activities cost as much as their few contacts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from cdp_pipeline.entities.entity import Entity, IdentifierKind
from cdp_pipeline.values.text_hash import md5_hex

BLANK = "-"
"""Stands for a blank company or system in scopes and namespaces, as in record keys."""

_CONTACT = ("company", "system", "customer_id", "name_match", "phone", "email")
_DESCRIBED = ("birth_date", "birth_year")
_OF_RECORD = ("record_key", "object_type", "fingerprint")
_UNDATED = "9999-12-31"
_COLUMNS = ("node_key", "role", "object_type", "record_key", "records", "is_live", "is_owner", *_CONTACT, *_DESCRIBED)


@dataclass(frozen=True)
class Nodes:
    """The nodes of the identity graph and the way from records to them.

    Attributes:
        nodes: One row per node, ordered by `node_key`: node (its number), node_key, role, object_type, record_key
            (for a contact the first of its records: of those of its first drop date the smallest, so that later ones
            do not take its place), records, is_live, is_owner (whether it is the customer whom others name), company,
            system, customer_id, name_match, phone, email, birth_date, birth_year, scope.
        members: One row per record: record_key, object_type, fingerprint, node; all records of role person and the
            live ones of role contact.
    """

    nodes: pl.DataFrame
    members: pl.DataFrame


def find_nodes(current: Mapping[str, pl.LazyFrame], entities: Sequence[Entity], scope: str) -> Nodes:
    """The nodes of all current records.

    Deleted records of role person stay nodes, though not live, so that their children are known as a deleted person's;
    deleted contacts do not.

    Args:
        current: The current tables by entity name.
        entities: The entities to take nodes from.
        scope: `company` compares within an internal company, `organisation` across all.
    """
    person = pl.concat(
        _described(current[e.name], e, "person").with_columns(
            node_key="record_key", records=pl.lit(1, pl.Int64), is_live=~pl.col("is_deleted")
        )
        for e in entities
        if e.role == "person"
    ).collect()
    naming = pl.concat(
        _described(current[e.name], e, "contact").filter(~pl.col("is_deleted")) for e in entities if e.role == "contact"
    ).collect(engine="streaming")
    # One text is compared with less work than six.
    told = pl.concat_str([pl.col(c).fill_null("\x1e") for c in _CONTACT], separator="\x1f")
    contact = (
        naming.with_row_index("row")
        .group_by(told.alias("node_key"))
        .agg(
            pl.col(_CONTACT).first(),
            "row",
            _first_record().alias("record_key"),
            pl.len().cast(pl.Int64).alias("records"),
            pl.lit("contact").alias("role"),
            pl.lit(value=True).alias("is_live"),
            pl.lit(value=False).alias("is_owner"),
            pl.lit(None, pl.Date).alias("birth_date"),
            pl.lit(None, pl.Int64).alias("birth_year"),
        )
        .with_columns(pl.col("record_key").str.split(":").list.first().alias("object_type"))
    )
    contact = contact.with_columns("contact:" + md5_hex(contact["node_key"]))
    every = pl.concat([person.select(_COLUMNS), contact.select(_COLUMNS)])
    # The keys alone are sorted, and the rows fetched by their places, in less work than sorting the rows.
    order = every["node_key"].arg_sort()
    nodes = (
        every[order]
        .with_columns((pl.col("company") if scope == "company" else pl.lit("*")).alias("scope"))
        .with_row_index("node")
    )
    number = pl.zeros(every.height, pl.UInt32, eager=True).scatter(order, nodes["node"])
    rows = contact.select("row", node=number.tail(contact.height)).explode("row", empty_as_null=False)
    members = pl.concat(
        [
            person.select(_OF_RECORD, node=number.head(person.height)),
            naming.select(_OF_RECORD)[rows["row"]].with_columns(node=rows["node"]),
        ]
    )
    return Nodes(nodes.select("node", *_COLUMNS, "scope"), members)


def _first_record() -> pl.Expr:
    # One text is compared with less work than two columns.
    dated = pl.concat_str(pl.col("first_drop_date").cast(pl.String).fill_null(_UNDATED), "record_key")
    return dated.min().str.slice(len(_UNDATED))


def identifier_column(entity: Entity, kind: IdentifierKind) -> str | None:
    """The staged column that holds the entity's first identifier of that kind, if it has one."""
    return next((identifier.column for identifier in entity.identifiers if identifier.kind == kind), None)


def _described(frame: pl.LazyFrame, entity: Entity, role: str) -> pl.LazyFrame:
    """What the graph needs of each record, under one set of names."""

    def text(column: str | None) -> pl.Expr:
        return pl.lit(None, pl.String) if column is None else pl.col(column)

    has_birth = entity.person.birth_date or entity.person.birth_moment
    return frame.select(
        "record_key",
        pl.lit(entity.object_type).alias("object_type"),
        pl.lit(role).alias("role"),
        pl.lit(entity.is_customer).alias("is_owner"),
        "is_deleted",
        "first_drop_date",
        "fingerprint",
        pl.col("company_id").fill_null(BLANK).alias("company"),
        pl.col("system_name").fill_null(BLANK).alias("system"),
        text(identifier_column(entity, "customer_id")).alias("customer_id"),
        pl.col("name_match"),
        text(identifier_column(entity, "phone")).alias("phone"),
        text(identifier_column(entity, "email")).alias("email"),
        (pl.col("birth_date") if has_birth else pl.lit(None, pl.Date)).alias("birth_date"),
        (pl.col("birth_year") if has_birth else pl.lit(None, pl.Int64)).alias("birth_year"),
    )
