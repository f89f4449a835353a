"""Persons -> records: the person of every current record by look-up tables, or the reason why it is unlinked.

1. Records that are nodes, or members of a contact node, belong to the person of their node.
2. All other records refer to a person by a key: the address a message was sent to, a lead id or a customer id. Each key
   is resolved once, to one person or to ambiguous, and the records are joined to their key's result.
3. A person is represented by the number of its smallest node; its id is joined last.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import polars as pl

from cdp_pipeline.backend import Query, Workspace
from cdp_pipeline.entities.entity import Entity, IdentifierKind
from cdp_pipeline.identity.matching.nodes import BLANK, identifier_column
from cdp_pipeline.identity.tables import RECORD_PERSONS, UNLINKED_RECORDS
from cdp_pipeline.values.email import match_emails

CONTACTS: Final[tuple[IdentifierKind, ...]] = ("phone", "email")
"""The kinds of contacts by which a record's person may be looked up."""

FOUND: Final = ("least", "most", "is_published")
"""The columns of a look-up's result: the smallest and the greatest number among the persons of a key, equal if there is
one person, and whether they have a profile. If some of a key's persons have a profile, those without (deleted ones) are
left out."""

_FOUND: Final = ", ".join(
    (
        *(
            f"COALESCE({least}(CASE WHEN p.is_published THEN p.person END), {least}(p.person)) AS {name}"
            for least, name in (("MIN", "least"), ("MAX", "most"))
        ),
        "MAX(CASE WHEN p.is_published THEN 1 ELSE 0 END) = 1 AS is_published",
    )
)


def _of_people(makes: str, *key: str) -> Query:
    keys = ", ".join(f"p.{column}" for column in key)
    there = " AND ".join(f"p.{column} IS NOT NULL" for column in key)
    return Query(
        makes=makes,
        reads=("people",),
        sql=f"SELECT {keys}, {_FOUND} FROM people p WHERE p.is_known AND p.is_owner AND {there} GROUP BY {keys}",
    )


def _of_leads(makes: str, *key: str) -> Query:
    keys = ", ".join(f"p.{column}" for column in key)
    return Query(
        makes=makes,
        reads=("people", "lead_ids"),
        sql=f"""
    SELECT {keys}, l.lead_id, {_FOUND} FROM lead_ids l JOIN people p ON p.node_key = l.record_key
    WHERE p.is_known AND l.lead_id IS NOT NULL GROUP BY {keys}, l.lead_id""",
    )


def _of_identifiers(makes: str, kind: str) -> Query:
    return Query(
        makes=makes,
        reads=("people", "identifiers"),
        sql=f"""
    SELECT i.scope, i.value, {_FOUND} FROM identifiers i JOIN people p ON p.node = i.node
    WHERE i.kind = '{kind}' AND p.is_known GROUP BY i.scope, i.value""",
    )


LOOKUPS: Final = (
    _of_identifiers("customers", "customer_id"),
    _of_people("owners", "company", "customer_id"),
    _of_leads("leads", "company", "system"),
    _of_leads("company_leads", "company"),
    *(_of_identifiers(f"holders_of_{kind}", kind) for kind in CONTACTS),
)
"""Keys, in order: scope and `value`, the namespaced customer id; company and customer_id of the customers' own records;
company, system and lead_id; company and lead_id; scope and `value` of a phone, and of an e-mail."""


def find_lookups(work: Workspace, current: Mapping[str, pl.LazyFrame], entities: Sequence[Entity]) -> None:
    """Make the tables of LOOKUPS, each with its key and FOUND.

    Args:
        work: The workspace with `people` and `identifiers`.
        current: The current tables by entity name.
        entities: Their declarations.
    """
    leads = [
        current[e.name].select("record_key", pl.col(e.source_id).alias("lead_id"))
        for e in entities
        if e.is_lead and e.role == "person"
    ]
    work.write("lead_ids", pl.concat([pl.LazyFrame(schema={"record_key": pl.String, "lead_id": pl.String}), *leads]))
    for query in LOOKUPS:
        work.run(query)


_TEXTS: Final = ("record_key", "system_name", "source_id", "object_type", "internal_company_id")
_LOOKED_UP: Final = pl.Schema(
    {
        **dict.fromkeys(_TEXTS, pl.String()),
        "fingerprint": pl.UInt64(),
        "is_deleted": pl.Boolean(),
        "least": pl.Int64(),
        "most": pl.Int64(),
        "is_published": pl.Boolean(),
        "reason": pl.String(),
    }
)

# A contact gets no person if its cluster has no name, phone or e-mail.
_MEMBERS: Final = Query(
    makes="members",
    reads=("person_records", "contact_members", "people"),
    sql="""
    WITH records AS (
        SELECT record_key AS node_key, record_key, object_type, fingerprint FROM person_records
        UNION ALL
        SELECT node_key, record_key, object_type, fingerprint FROM contact_members
    )
    SELECT r.record_key, r.object_type, r.fingerprint, p.person_id,
        CASE WHEN NOT p.is_live THEN 'deleted' WHEN NOT p.is_known THEN 'unknown'
             WHEN NOT p.is_published THEN 'person deleted' END AS reason
    FROM records r JOIN people p ON p.node_key = r.node_key""",
)
_PERSONS: Final = Query(
    makes="persons",
    reads=("people",),
    sql="SELECT person, MIN(person_id) AS person_id FROM people WHERE person_id IS NOT NULL GROUP BY person",
)


def attach_records(
    work: Workspace, current: Mapping[str, pl.LazyFrame], entities: Sequence[Entity], scope: str
) -> None:
    """Make `record_persons` and `unlinked_records`: every current record with its person, or the reason for none.

    Reasons: `deleted` (its newest version is a tombstone), `person deleted` (no live identity or lead describes its
    person any more), `unknown` (no person has its id or address), `ambiguous` (several people have it).

    Args:
        work: The workspace with `people`, `identifiers`, `person_records` and `contact_members`.
        current: The current tables by entity name.
        entities: Their declarations.
        scope: `company` or `organisation`.
    """
    work.run(_MEMBERS)
    members, is_linked = work.scan("members"), pl.col("reason").is_null()
    own = [e for e in entities if e.role in ("person", "contact")]
    others = [e for e in entities if e not in own]
    columns = RECORD_PERSONS.schema.names()
    linked, unlinked = [members.filter(is_linked).select(columns)], [UNLINKED_RECORDS.empty().lazy()]
    if others:
        find_lookups(work, current, entities)
        work.run(_PERSONS)
        work.write_each("looked_up", [_looked_up(work, current[e.name], e, scope) for e in others])
        looked_up = work.scan("looked_up")
        named = looked_up.filter(is_linked).join(work.scan("persons"), left_on="least", right_on="person", how="left")
        linked.append(named.select(columns))
        unlinked.append(looked_up.filter(~is_linked).select(UNLINKED_RECORDS.schema.names()))
    work.write_each("record_persons", linked)
    without_person = members.filter(~is_linked).select("record_key", "reason").collect()
    is_without_person = pl.col("record_key").is_in(without_person["record_key"].implode())
    # Deleted records of role contact are not in `members`.
    unlinked_own = [
        _described(current[e.name].filter(pl.col("is_deleted") | is_without_person), e)
        .join(without_person.lazy(), on="record_key", how="left")
        .with_columns(pl.col("reason").fill_null("deleted"))
        .select(UNLINKED_RECORDS.schema.names())
        for e in own
    ]
    work.write_each("unlinked_records", [*unlinked, *unlinked_own])


def _why_unlinked() -> pl.Expr:
    """The first reason that applies to a record without a person; null if it has one."""
    return (
        pl.when("is_deleted")
        .then(pl.lit("deleted"))
        .when(pl.col("least").is_null())
        .then(pl.lit("unknown"))
        .when(pl.col("least") != pl.col("most"))
        .then(pl.lit("ambiguous"))
        .when(~pl.col("is_published"))
        .then(pl.lit("person deleted"))
    )


def _described(rows: pl.LazyFrame, entity: Entity, *more: str) -> pl.LazyFrame:
    return rows.select(
        "record_key",
        "fingerprint",
        "is_deleted",
        "system_name",
        "source_id",
        *more,
        object_type=pl.lit(entity.object_type),
        internal_company_id="company_id",
    )


def _looked_up(work: Workspace, rows: pl.LazyFrame, entity: Entity, scope: str) -> pl.LazyFrame:
    """The rows of an entity with the persons that their keys refer to, as `_LOOKED_UP`; null if there is none."""
    if entity.role == "recipient":
        found = _by_address(work, rows, entity, scope)
    elif "lead_id" in entity.by_name:
        found = _by_lead(work, rows, entity)
    else:
        found = _by_customer(work, rows, entity, scope)
    return found.with_columns(reason=_why_unlinked()).select(_LOOKED_UP.names())


def _by_address(work: Workspace, rows: pl.LazyFrame, entity: Entity, scope: str) -> pl.LazyFrame:
    """Find persons by the phone or e-mail that the message was sent to."""
    kind, column = next((kind, column) for kind in CONTACTS if (column := identifier_column(entity, kind)))
    named = _described(rows.with_columns(_address(kind, column, scope)), entity, kind, "scope")
    return named.join(work.scan(f"holders_of_{kind}"), left_on=["scope", kind], right_on=["scope", "value"], how="left")


def _by_lead(work: Workspace, rows: pl.LazyFrame, entity: Entity) -> pl.LazyFrame:
    """Find persons by lead id: the lead of the record's own system, else the company's one lead with this id."""
    named = _described(rows.with_columns(_namespace()), entity, "company", "system", "lead_id")
    keys = {"leads": ["company", "system", "lead_id"], "company_leads": ["company", "lead_id"]}
    return _first_found(named, [(work.scan(lookup), key) for lookup, key in keys.items()])


def _by_customer(work: Workspace, rows: pl.LazyFrame, entity: Entity, scope: str) -> pl.LazyFrame:
    """Find persons by customer id in the record's own system, then in the company, then by phone or e-mail."""
    contacts = {kind: column for kind in CONTACTS if (column := identifier_column(entity, kind))}
    contacts = contacts if entity.finds_person_by_contact else {}
    asked = rows.with_columns(_namespace()).with_columns(
        value=pl.concat_str(["company", "system", "customer_id"], separator="|"), scope=_within(scope)
    )
    for kind, column in contacts.items():
        asked = asked.with_columns(_address(kind, column, scope))
    named = _described(asked, entity, "scope", "value", "company", "customer_id", *contacts)
    # A company or system name may contain the separator, so one value may occur in two scopes.
    customers = work.scan("customers")
    found = _first_found(named, [(customers, ["scope", "value"]), (work.scan("owners"), ["company", "customer_id"])])
    if not contacts:
        return found
    for kind in contacts:
        lookup = work.scan(f"holders_of_{kind}").rename({column: f"{column}_{kind}" for column in FOUND})
        found = found.join(lookup, left_on=["scope", kind], right_on=["scope", "value"], how="left")
    return _either_contact(found, list(contacts))


def _either_contact(rows: pl.LazyFrame, kinds: list[str]) -> pl.LazyFrame:
    """Fill the rows that no id resolved from their phone or e-mail; persons with a profile go first."""
    live = pl.any_horizontal(pl.col(f"is_published_{kind}").fill_null(value=False) for kind in kinds)
    counts = {kind: pl.col(f"is_published_{kind}") | ~live for kind in kinds}
    least = pl.min_horizontal(pl.when(counts[kind]).then(f"least_{kind}") for kind in kinds)
    most = pl.max_horizontal(pl.when(counts[kind]).then(f"most_{kind}") for kind in kinds)
    return rows.with_columns(
        least=pl.coalesce("least", least),
        most=pl.coalesce("most", most),
        is_published=pl.coalesce("is_published", live),
    )


def _first_found(rows: pl.LazyFrame, steps: Sequence[tuple[pl.LazyFrame, list[str]]]) -> pl.LazyFrame:
    """The rows with the result of the first look-up that contains their key."""
    for step, (lookup, key) in enumerate(steps):
        rows = rows.join(lookup, on=key, how="left", suffix="_later")
        if step:
            rows = rows.with_columns(pl.coalesce(column, f"{column}_later") for column in FOUND)
            rows = rows.drop(f"{column}_later" for column in FOUND)
    return rows


def _address(kind: IdentifierKind, column: str, scope: str) -> list[pl.Expr]:
    """The normalised contact of a column, named by its kind, and the scope in which it is compared."""
    compared = match_emails(pl.col(column)) if kind == "email" else pl.col(column)
    return [_within(scope).alias("scope"), compared.alias(kind)]


def _within(scope: str) -> pl.Expr:
    return pl.col("company_id").fill_null(BLANK) if scope == "company" else pl.lit("*")


def _namespace() -> list[pl.Expr]:
    """The company and system of a record, `BLANK` where it names none."""
    return [
        pl.col("company_id").fill_null(BLANK).alias("company"),
        pl.col("system_name").fill_null(BLANK).alias("system"),
    ]
