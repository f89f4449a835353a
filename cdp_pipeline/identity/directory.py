"""persons -> where records that are no nodes find theirs: one lookup per kind of key, each key summed up once.

Persons are numbers here, the smallest node of each. What the keys of a record are, and in which order they are asked,
stands in `attach.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from cdp_pipeline.entities.entity import Entity, IdentifierKind

CONTACTS: tuple[IdentifierKind, ...] = ("phone", "email")
"""The kinds of contacts by which a record may find its person."""

FOUND = ("least", "most", "is_published")
"""What a lookup says of a key, see `Directory`."""


@dataclass(frozen=True)
class Directory:
    """Where a record finds its person.

    The lookups have one row per key, with whom it names: `least` and `most` are the smallest and greatest number among
    these persons, equal where it is one; `is_published` whether they have a profile. Of a key that names people with
    and without a profile (deleted ones), those without do not count.

    Attributes:
        person: By node, the number of its person; null where nobody is known by it.
        is_published: By number of a person, whether it has a profile.
        person_id: By number of a person, its id.
        customers: By `value`, the namespaced customer id.
        owners: By company and customer_id, of the records that are the customers.
        leads: By company, system and lead_id.
        company_leads: By company and lead_id.
        addresses: For phone and email each, by scope and `value`.
        scope: `company` or `organisation`.
    """

    person: pl.Series
    is_published: pl.Series
    person_id: pl.Series
    customers: pl.LazyFrame
    owners: pl.LazyFrame
    leads: pl.LazyFrame
    company_leads: pl.LazyFrame
    addresses: Mapping[str, pl.LazyFrame]
    scope: str


def directory_of(
    current: Mapping[str, pl.LazyFrame],
    entities: Sequence[Entity],
    people: pl.DataFrame,
    identifiers: pl.DataFrame,
    scope: str,
) -> Directory:
    """The lookups over these people.

    Args:
        current: The current tables by entity name.
        entities: Their declarations.
        people: One row per node, 0..n-1 in order: record_key, company, system, customer_id, is_owner, cluster,
            person_id, is_published, is_known.
        identifiers: node, identifier, scope, kind, value.
        scope: `company` or `organisation`.
    """
    person = people.select(pl.when("is_known").then("cluster")).to_series()
    known = people.select("record_key", "company", "system", "customer_id", "is_owner", "is_published", person=person)
    asked = identifiers.filter(pl.col("kind").is_in(["customer_id", *CONTACTS]))
    holders = asked.select("identifier", "scope", "kind", "value").hstack(
        known.select("person", "is_published")[asked["node"]]
    )
    named = _summed(holders, "identifier", pl.col("scope", "kind", "value").first())
    leads = [
        current[e.name].select("record_key", pl.col(e.source_id).alias("lead_id"))
        for e in entities
        if e.is_lead and e.role == "person"
    ]
    every_lead = pl.concat([pl.LazyFrame(schema={"record_key": pl.String, "lead_id": pl.String}), *leads]).collect()
    found_leads = every_lead.join(known, on="record_key")
    return Directory(
        person=person,
        is_published=people["is_published"],
        person_id=people["person_id"],
        customers=named.filter(pl.col("kind") == "customer_id").select("value", *FOUND).lazy(),
        owners=_summed(known.filter("is_owner"), "company", "customer_id").lazy(),
        leads=_summed(found_leads, "company", "system", "lead_id").lazy(),
        company_leads=_summed(found_leads, "company", "lead_id").lazy(),
        addresses={
            kind: named.filter(pl.col("kind") == kind).select("scope", "value", *FOUND).lazy() for kind in CONTACTS
        },
        scope=scope,
    )


def _summed(matches: pl.DataFrame, *key: str | pl.Expr) -> pl.DataFrame:
    """Whom each key names: the key, least, most, is_published.

    Args:
        matches: The key, `person` and `is_published`; rows with a null among these say nothing.
        key: The columns of the key; expressions are taken along.
    """
    columns = [part for part in key if isinstance(part, str)]
    live = pl.col("person").filter("is_published")
    return (
        matches.filter(pl.all_horizontal(pl.col("person", *columns).is_not_null()))
        .group_by(columns)
        .agg(
            *(part for part in key if isinstance(part, pl.Expr)),
            least=pl.coalesce(live.min(), pl.col("person").min()),
            most=pl.coalesce(live.max(), pl.col("person").max()),
            is_published=pl.col("is_published").any(),
        )
    )
