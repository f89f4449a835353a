"""persons -> look-up tables from keys to persons, one table per kind of key, for records that are no nodes.

A person is represented by the number of its smallest node. `attach.py` derives a record's keys and tries the tables in
order.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import polars as pl

from cdp_pipeline.backend import Query, Workspace
from cdp_pipeline.entities.entity import Entity, IdentifierKind

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
