"""A person in the lake -> the hashes by which rows of this person are recognised from now on.

1. The person's records are those of identity, deleted ones included.
2. Every staged version of them states values, also values that a later version replaced.
3. Placeholders are left out, and contacts that identity does not count as the person's.
4. A value that another live person holds is marked as shared, as are names, birth dates, and ids of other systems.
"""

from collections.abc import Mapping, Sequence
from typing import Final, Literal

import polars as pl

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.identity import IDENTIFIERS, PERSON_IDS, RECORD_PERSONS
from cdp_pipeline.privacy.suppression import (
    ANYWHERE,
    CUSTOMER,
    ID,
    LEAD,
    RECORD,
    SECONDS,
    hashed_values,
    is_distinctive,
    stated_values,
)
from cdp_pipeline.privacy.suppression_list import SuppressedHash
from cdp_pipeline.staging import staging_table
from cdp_pipeline.store import Lake
from cdp_pipeline.values.placeholders import PlaceholderList, is_listed

_IDS: Final = (CUSTOMER, LEAD)
_SCOPES: Final[tuple[Literal["company", "organisation"], ...]] = ("company", "organisation")


def records_of(lake: Lake, person_ids: Sequence[str]) -> pl.Series:
    """The keys of the records of persons, live and deleted; none of a person who was never known."""
    parts = [pl.LazyFrame(schema={"person_id": pl.String, "record_key": pl.String})]
    parts += [
        lake.scan("identity", table.name).select("person_id", "record_key")
        for table in (RECORD_PERSONS, PERSON_IDS)
        if lake.exists("identity", table.name)
    ]
    found = pl.concat(parts).filter(pl.col("person_id").is_in(list(person_ids)))
    return found.select(pl.col("record_key").unique().sort()).collect().to_series()


def hashes_of(values: pl.DataFrame, key: bytes) -> list[SuppressedHash]:
    """The hashes under a key of what `values_of_person` gave."""
    hashes = values.join(hashed_values(values, key), on=["kind", "scope", "value"]).sort("kind", "hash")
    return [SuppressedHash(*one) for one in hashes.select("hash", "kind", "is_shared").iter_rows()]


def values_of_person(
    lake: Lake, person_id: str, entities: Sequence[Entity], placeholders: Mapping[str, PlaceholderList]
) -> pl.DataFrame:
    """A person's records, ids, documents and contacts, name and birth: kind, scope, value and is_shared.

    None are placeholders. Contacts are there both within their company and for all companies, as the setting of the
    scope may change.

    Args:
        lake: The lake with the person.
        person_id: The person.
        entities: All entities.
        placeholders: The placeholder lists by kind.
    """
    keys = records_of(lake, [person_id])
    stated = _stated_by(lake, keys, entities)
    stated = stated.join(_not_own(lake, person_id), on=["kind", "value"], how="anti")
    stated = stated.filter(~is_listed("kind", "value", placeholders)).unique()
    own = stated.filter("is_own", pl.col("kind").is_in(_IDS))
    # An id that another system's record names means a customer of the first system, but may be one of its own later.
    owned = own.select("kind", "value", has_owner=pl.lit(value=True)).unique()
    stated = stated.join(owned, on=["kind", "value"], how="left")
    is_of_other = ~pl.col("is_own") & pl.col("has_owner").fill_null(value=False)
    ids = own.filter(is_distinctive(pl.col("value"))).with_columns(kind=pl.lit(ID), scope=pl.lit(ANYWHERE))
    held = _held_by_others(lake, keys, person_id, entities, stated)
    return (
        pl.concat([stated.with_columns(is_of_other=is_of_other).drop("has_owner"), ids.with_columns(is_of_other=False)])
        .join(held.with_columns(is_held=True), on=["kind", "scope", "value"], how="left")
        .with_columns(
            is_shared=pl.col("is_held").fill_null(value=False) | pl.col("kind").is_in(SECONDS) | pl.col("is_of_other")
        )
        .group_by("kind", "scope", "value")
        .agg(pl.col("is_shared").all())
    )


def _stated_by(lake: Lake, keys: pl.Series, entities: Sequence[Entity]) -> pl.DataFrame:
    """The values of all staged versions of the records, in use and held: kind, scope, value and is_own.

    An id is the person's own where the record is the customer or lead that has it.
    """
    parts = [pl.DataFrame(schema={**dict.fromkeys(("kind", "scope", "value"), pl.String), "is_own": pl.Boolean})]
    for entity in entities:
        schema = staging_table(entity).schema
        for of in (lake, lake.held):
            rows = of.scan_days("staging", entity.name, schema).filter(pl.col("record_key").is_in(keys.implode()))
            found = rows.collect()
            if found.is_empty():
                continue
            own = [CUSTOMER] if entity.is_customer else [LEAD] if entity.is_lead else []
            both = [stated_values(found.lazy(), entity, "record_key", scope).collect() for scope in _SCOPES]
            is_own = ~pl.col("kind").is_in(_IDS) | pl.col("kind").is_in(own)
            parts += [part.select("kind", "scope", "value", is_own=is_own) for part in both]
    return pl.concat(parts).unique()


def _not_own(lake: Lake, person_id: str) -> pl.DataFrame:
    """Contacts in the person's records that identity takes for another person's: kind and value."""
    if not lake.exists("identity", IDENTIFIERS.name):
        return pl.DataFrame(schema={"kind": pl.String, "value": pl.String})
    nodes = lake.scan("identity", PERSON_IDS.name).filter(pl.col("person_id") == person_id).select("node_key")
    found = lake.scan("identity", IDENTIFIERS.name).join(nodes, on="node_key", how="semi")
    is_other = pl.col("status").is_in(["contradicting", "blocked"]).all()
    return found.group_by("kind", "value").agg(is_other=is_other).filter("is_other").select("kind", "value").collect()


def _held_by_others(
    lake: Lake, keys: pl.Series, person_id: str, entities: Sequence[Entity], stated: pl.DataFrame
) -> pl.DataFrame:
    """Which of the values live records of other persons state too: kind, scope and value."""
    asked = stated.filter(~pl.col("kind").is_in((RECORD, *SECONDS))).select("kind", "scope", "value").unique()
    parts = [asked.clear()]
    others = lake.scan("identity", RECORD_PERSONS.name).filter(pl.col("person_id") != person_id).select("record_key")
    for entity in entities:
        if asked.is_empty() or not entity.identifiers or not lake.exists("current", entity.name):
            continue
        if entity.is_message or entity.names_another_person:
            continue
        rows = lake.scan("current", entity.name).filter(~pl.col("record_key").is_in(keys.implode()))
        for scope in _SCOPES:
            found = stated_values(rows, entity, "record_key", scope).join(
                asked.lazy(), on=["kind", "scope", "value"], how="semi"
            )
            parts.append(found.join(others, on="record_key", how="semi").select("kind", "scope", "value").collect())
    return pl.concat(parts).unique()
