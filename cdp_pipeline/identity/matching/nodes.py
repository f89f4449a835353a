"""Current records -> nodes: the records that describe a person, with their descriptions and contacts.

A membership, activity, comment, review or subscriber refers to a contact. All records of a system with the same contact
(same customer id, name, phone and e-mail) are one node, so ten million activities cost as much as their few contacts.

1. Records of role person and of role contact are normalised into `person_records` and `contact_records`.
2. Contact records get the key of their contact (`contact_members`); each key is one node.
3. All nodes are numbered in the order of their keys (`nodes`).

Contradictions between descriptions belong to `agreement.py` and `clustering/vetoes.py`, scores to `model.py`.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import polars as pl

from cdp_pipeline.backend import Query, Workspace
from cdp_pipeline.entities.entity import Entity, IdentifierKind
from cdp_pipeline.identity.configuration.rules import TRAITS
from cdp_pipeline.values.person_name import match_names
from cdp_pipeline.values.place import match_places

BLANK: Final = "-"
"""The placeholder of a null company or system in scopes and namespaces, as in record keys."""

PLACES: Final = ("address", "ward", "district", "city")
_UNDATED: Final = "9999-12-31"
_RECORDS_AT_ONCE: Final = 250_000

_CONTACT: Final = dict.fromkeys(("company", "system", "customer_id", "name_match", "phone", "email"), pl.String())
_DETAILS: Final = {
    "nick_match": pl.String(),
    "gender": pl.String(),
    **dict.fromkeys((f"{column}_match" for column in (*PLACES, *TRAITS)), pl.String()),
    "zip_code": pl.String(),
}
_RECORD: Final = pl.Schema(
    {
        "record_key": pl.String(),
        "object_type": pl.String(),
        "fingerprint": pl.UInt64(),
        "is_deleted": pl.Boolean(),
        "is_owner": pl.Boolean(),
        "first_drop_date": pl.Date(),
        "scope": pl.String(),
        **_CONTACT,
    }
)
_PERSON_RECORD: Final = pl.Schema({**_RECORD, "birth_date": pl.Date(), "birth_year": pl.Int64(), **_DETAILS})

_COLUMNS: Final = ", ".join(("scope", *_CONTACT))

_CONTACT_MEMBERS: Final = Query(
    makes="contact_members",
    reads=("contact_records",),
    sql=f"""
    SELECT
        'contact:' || MD5({" || CHR(31) || ".join(f"COALESCE({column}, CHR(30))" for column in _CONTACT)}) AS node_key,
        COALESCE(CAST(first_drop_date AS VARCHAR), '{_UNDATED}') || record_key AS arrival,
        record_key, object_type, fingerprint, {_COLUMNS}
    FROM contact_records""",
)

_NODES: Final = Query(
    makes="nodes",
    reads=("person_records", "contact_members"),
    sql=f"""
    WITH contacts AS (
        SELECT node_key, MIN(arrival) AS arrival, COUNT(*) AS records,
            {", ".join(f"MIN({column}) AS {column}" for column in ("scope", *_CONTACT))}
        FROM contact_members GROUP BY node_key
    ), every_node AS (
        SELECT record_key AS node_key, 'person' AS role, record_key, CAST(1 AS BIGINT) AS records,
            NOT is_deleted AS is_live, is_owner, {_COLUMNS}, birth_date, birth_year, {", ".join(_DETAILS)}
        FROM person_records
        UNION ALL
        SELECT node_key, 'contact' AS role, SUBSTRING(arrival, {len(_UNDATED) + 1}) AS record_key, records,
            TRUE AS is_live, FALSE AS is_owner, {_COLUMNS}, CAST(NULL AS DATE) AS birth_date,
            CAST(NULL AS BIGINT) AS birth_year,
            {", ".join(f"CAST(NULL AS VARCHAR) AS {column}" for column in _DETAILS)}
        FROM contacts
    ), numbered AS (
        SELECT node_key AS key, ROW_NUMBER() OVER (ORDER BY node_key) - 1 AS node FROM every_node
    )
    SELECT n.node, e.* FROM every_node e JOIN numbered n ON n.key = e.node_key""",
)


def find_nodes(work: Workspace, current: Mapping[str, pl.LazyFrame], entities: Sequence[Entity], scope: str) -> None:
    """Make the nodes of all current records.

    Deleted records of role person stay nodes that are not live, so that their children are known to belong to a deleted
    person. Deleted records of role contact make no nodes.

    Makes `nodes`, one row per node: node (its number, in the order of `node_key`), node_key, role, record_key (of a
    contact: the smallest record key of its first drop date, so that later records do not replace it), records, is_live,
    is_owner (whether it is the customer that other records refer to), scope, company, system, customer_id, name_match,
    phone, email, birth_date and birth_year. Columns of role person only, else null: nick_match, gender (null if
    undefined), address_match, ward_match, district_match, city_match, birth_place_match, occupation_match, zip_code.

    Makes also `person_records`, whose record_key is their `node_key`, and `contact_members`, the live records of role
    contact: node_key, record_key, object_type, fingerprint.

    Args:
        work: The workspace for these tables.
        current: The current tables by entity name, with a column for each declared trait.
        entities: The entities of these tables.
        scope: `company` compares within an internal company, `organisation` across all.
    """
    persons = [entity for entity in entities if entity.role == "person"]
    contacts = [entity for entity in entities if entity.role == "contact"]
    work.write_parts("person_records", _PERSON_RECORD, _person_records(current, persons, scope))
    named = [
        _described(current[e.name], e, scope).filter(~pl.col("is_deleted")).select(_RECORD.names()) for e in contacts
    ]
    work.write("contact_records", pl.concat([_RECORD.to_frame().lazy(), *named]))
    work.run(_CONTACT_MEMBERS)
    work.run(_NODES)


def identifier_column(entity: Entity, kind: IdentifierKind) -> str | None:
    """The staged column of the entity's first identifier of a kind; None if it has none."""
    return next((identifier.column for identifier in entity.identifiers if identifier.kind == kind), None)


def _person_records(
    current: Mapping[str, pl.LazyFrame], persons: Sequence[Entity], scope: str
) -> Iterator[pl.DataFrame]:
    for entity in persons:
        for rows in _described(current[entity.name], entity, scope).collect_batches(chunk_size=_RECORDS_AT_ONCE):
            yield rows.with_columns(
                match_names(rows["nick_match"]),
                pl.when(pl.col("gender").is_in(["male", "female"])).then("gender"),
                *(match_places(rows[f"{column}_match"]) for column in (*PLACES, *TRAITS)),
                match_places(rows["zip_code"]),
            ).select(_PERSON_RECORD.names())


def _described(frame: pl.LazyFrame, entity: Entity, scope: str) -> pl.LazyFrame:
    """The columns of a node for each record of an entity; details as they were sent."""
    person = entity.person

    def text(column: str | None) -> pl.Expr:
        return pl.lit(None, pl.String) if column is None else pl.col(column)

    columns = frame.collect_schema().names()
    has_birth = person.birth_date or person.birth_timestamp
    nicks = pl.col(person.nick_names).list.join(" ") if person.nick_names else pl.lit(None, pl.String)
    return frame.select(
        "record_key",
        "is_deleted",
        "first_drop_date",
        "fingerprint",
        "name_match",
        object_type=pl.lit(entity.object_type),
        is_owner=pl.lit(entity.is_customer),
        scope=pl.col("company_id").fill_null(BLANK) if scope == "company" else pl.lit("*"),
        company=pl.col("company_id").fill_null(BLANK),
        system=pl.col("system_name").fill_null(BLANK),
        customer_id=text(identifier_column(entity, "customer_id")),
        phone=text(identifier_column(entity, "phone")),
        email=text(identifier_column(entity, "email")),
        birth_date=pl.col("birth_date") if has_birth else pl.lit(None, pl.Date),
        birth_year=pl.col("birth_year") if has_birth else pl.lit(None, pl.Int64),
        nick_match=nicks,
        gender=text(person.gender),
        zip_code=text(person.zip_code),
        **{f"{place}_match": text(getattr(person, place)) for place in PLACES},
        **{f"{trait}_match": text(trait if trait in columns else None) for trait in TRAITS},
    )


NUMBERS: Final = ("identity_no", "passport_no")
"""The kinds of identifiers that are also part of the description."""

_DESCRIBING: Final = ("name_match", "birth_date", "birth_year", "nick_match", "gender")


def number_descriptions(nodes: pl.DataFrame, columns: Sequence[str], height: int) -> tuple[pl.DataFrame, pl.Series]:
    """Number the distinct descriptions of nodes from 0, in no order.

    Two nulls are equal.

    Args:
        nodes: `node`, each once, and the columns.
        columns: The columns that make a description.
        height: How many nodes there are in all.

    Returns:
        The descriptions (`description` and the columns), and a series of length `height`: its position is the node, its
        value the number of the node's description, 0 for a node that is not in `nodes`.
    """
    each = nodes.group_by(columns).agg("node").with_row_index("description")
    by_node = each.select("description", "node").explode("node", empty_as_null=False)
    number = pl.zeros(height, pl.UInt32, eager=True).scatter(by_node["node"], by_node["description"])
    return each.drop("node"), number


def describe_nodes(nodes: pl.DataFrame, identifiers: pl.DataFrame) -> pl.DataFrame:
    """The columns of `FEATURES` and the customer reference, one row per node in the order of `nodes`.

    Columns: node, name_match, birth_date, birth_year, nick_match, gender, identity_no, passport_no (usable numbers; of
    several the smallest), namespace (`company|system`, null if the node has no customer id) and customer_id. Contacts
    have at most a name, deleted records only their customer reference.

    Args:
        nodes: node, is_live, company, system, customer_id and the columns of descriptions.
        identifiers: node, kind, value, status.
    """
    namespace = pl.concat_str(["company", "system"], separator="|")
    described = nodes.select("node", pl.when("is_live").then(pl.col(_DESCRIBING)))
    for kind in NUMBERS:
        usable = identifiers.filter((pl.col("kind") == kind) & (pl.col("status") == "usable"))
        number = usable.group_by("node").agg(pl.col("value").min().alias(kind))
        described = described.join(number, on="node", how="left", maintain_order="left")
    return described.hstack(
        nodes.select(pl.when(pl.col("customer_id").is_not_null()).then(namespace).alias("namespace"), "customer_id")
    )
