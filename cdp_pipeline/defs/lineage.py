"""Declarations -> column lineage: which columns an asset's columns are made of, one step back.

Derived from what the rooms declare (sources of entity columns, keys, identifiers, evidence of golden attributes), never
typed beside it; the tests prove on data that nothing else changes a column. Counts and flags over many rows have none.
The open-source UI keeps `dagster/column_lineage` for other programs without showing it; `lineage_table` is for people.
"""

from collections.abc import Iterable

import dagster as dg

from cdp_pipeline.current.tables import current_table
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.entities.table import Table
from cdp_pipeline.profiles.addresses import ADDRESS_SOURCES, PROFILE_ADDRESSES
from cdp_pipeline.profiles.contact_use import CONTACT_USES
from cdp_pipeline.profiles.contacts import CONTACT_KINDS, CONTACT_STATEMENTS, PROFILE_CONTACTS, STATING
from cdp_pipeline.profiles.golden import (
    ATTRIBUTES,
    CHILD_ATTRIBUTES,
    EVIDENCE,
    GOLDEN_VALUES,
    YEARS_OF_DATES,
    evidence_columns,
)
from cdp_pipeline.profiles.profiles import PROFILES
from cdp_pipeline.staging.tables import has_birth, has_name, staging_table

Column = tuple[tuple[str, str], str]
"""A column of an asset: the asset's layer and table, and the column's name there."""


def staging_lineage(entity: Entity) -> dg.TableColumnLineage:
    """Staged column -> the source's fields; what the reader adds (file, line, date) comes from no field."""
    person = entity.person
    moment = [person.birth_moment, "timezone_gmt"] if person.birth_moment else []
    made_of: dict[str, list[str | None]] = {}
    for column in entity.columns:
        made_of[column.name] = [column.name]
        for added in column.kind.adds:
            country = person.country if column.kind.name == "phone" else None
            made_of[f"{column.name}_{added.suffix}"] = [column.name, country]
    if has_name(person):
        names = [person.full_name, person.first_name, person.middle_name, person.last_name]
        made_of |= {"display_name": names, "name_match": names}
    if has_birth(person):
        made_of["birth_date"] = [person.birth_date, *moment]
        made_of["birth_year"] = [person.birth_date, *moment, person.birth_year]
    namespace = [entity.company_column, None if entity.fixed_system else "system_name"]
    made_of |= {
        "record_key": [*entity.natural_key, *namespace],
        "source_id": [entity.source_id],
        "company_id": [entity.company_column],
        "business_at": [*entity.business_time],
        "is_deleted": ["record_status"],
    }
    fields = {column.name: column.source for column in entity.columns}
    return _lineage(
        staging_table(entity),
        {
            name: [(("raw", entity.name), fields[column]) for column in columns if column in fields]
            for name, columns in made_of.items()
        },
    )


def current_lineage(entity: Entity) -> dg.TableColumnLineage:
    """Current column -> the staged column of that name, whose newest value it holds, or the times it was seen."""
    key = ("staging", entity.name)
    drop_dates, moments = [(key, "drop_date")], [(key, "business_at"), (key, "drop_date")]
    seen: dict[str, list[Column]] = {
        "first_seen_at": moments,
        "last_seen_at": moments,
        "first_drop_date": drop_dates,
        "last_drop_date": drop_dates,
    }
    staged = staging_table(entity).schema
    kept: dict[str, list[Column]] = {name: [(key, name)] for name in staged}
    return _lineage(current_table(entity), kept | seen)


def profile_lineage(table: Table) -> dg.TableColumnLineage | None:
    """Golden, contact and address columns -> the columns they are chosen from; null for other tables."""
    if table is EVIDENCE:
        return _lineage(table, _evidence())
    if table is GOLDEN_VALUES:
        return same_columns(table, [("profiles", EVIDENCE.name)], only=_GOLDEN)
    if table is PROFILES:
        return _lineage(table, _golden())
    if table is CONTACT_STATEMENTS:
        return _lineage(table, {"value": _contact_columns(STATING)})
    if table is CONTACT_USES:
        return _lineage(table, {"value": _contact_columns([entity for entity in ENTITIES if entity.is_message])})
    if table is PROFILE_CONTACTS:
        made_of = [("profiles", CONTACT_STATEMENTS.name), ("profiles", CONTACT_USES.name)]
        return same_columns(table, made_of, only=["value"])
    if table is PROFILE_ADDRESSES:
        parts: dict[str, list[Column]] = {}
        for entity, names in ADDRESS_SOURCES:
            for column, name in names.items():
                parts.setdefault(column, []).append((("current", entity.name), name))
        return _lineage(table, parts)
    return None


def same_columns(
    table: Table, sources: Iterable[tuple[str, str]], only: Iterable[str] | None = None
) -> dg.TableColumnLineage:
    """Column -> the column of that name in each of the assets that the table, or those columns of it, are a copy of."""
    return _lineage(table, {name: [(path, name) for path in sources] for name in only or table.schema})


def lineage_table(lineage: dg.TableColumnLineage) -> dg.MetadataValue:
    """Where the columns come from, as markdown; columns with the same origin under the same name share a line."""
    lines: dict[str, list[str]] = {}
    for name, deps in lineage.deps_by_column.items():
        columns_of: dict[str, list[str]] = {}
        for dep in deps:
            columns_of.setdefault(dep.asset_key.to_user_string(), []).append(dep.column_name)
        assets_of: dict[str, list[str]] = {}
        for asset, columns in columns_of.items():
            words = "the same" if columns == [name] else ", ".join(f"`{column}`" for column in columns)
            assets_of.setdefault(words, []).append(f"`{asset}`")
        origin = "; ".join(f"{words} in {', '.join(assets)}" for words, assets in assets_of.items())
        lines.setdefault(origin, []).append(f"`{name}`")
    rows = [f"| {', '.join(names)} | {origin} |" for origin, names in lines.items()]
    return dg.MetadataValue.md("\n".join(["| column | comes from |", "| --- | --- |", *rows]))


_GOLDEN = tuple(name for attribute in ATTRIBUTES for name in attribute.column_names)


def _evidence() -> dict[str, list[Column]]:
    made_of: dict[str, list[Column]] = {}
    for attribute in ATTRIBUTES:
        said_by = {object_type for tier in attribute.sources for object_type in tier}
        for entity in ENTITIES:
            if said_by and entity.object_type not in said_by:
                continue
            names = evidence_columns(entity)
            for column in attribute.column_names:
                for said in (column, YEARS_OF_DATES.get(column)):
                    if said in names:
                        made_of.setdefault(column, []).append((("current", entity.name), names[said]))
    return made_of


def _golden() -> dict[str, list[Column]]:
    made_of: dict[str, list[Column]] = {name: [(("profiles", GOLDEN_VALUES.name), name)] for name in _GOLDEN}
    for attribute in CHILD_ATTRIBUTES:
        if attribute.name == "address":
            made_of |= {name: [(("profiles", PROFILE_ADDRESSES.name), name)] for name in attribute.column_names}
        else:
            made_of[attribute.name] = [(("profiles", PROFILE_CONTACTS.name), "value")]
    return made_of


def _contact_columns(entities: Iterable[Entity]) -> list[Column]:
    """Every column that holds a phone or an e-mail of the record's person; of a message, the address it went to."""
    found: list[Column] = []
    for entity in entities:
        for identifier in entity.identifiers:
            if identifier.kind in CONTACT_KINDS:
                found.append((("current", entity.name), identifier.column))
            if identifier.further_column is not None and entity in STATING:
                found.append((("current", entity.name), identifier.further_column))
    return found


def _lineage(table: Table, made_of: dict[str, list[Column]]) -> dg.TableColumnLineage:
    """The lineage in the order of the table's columns, each source once."""
    return dg.TableColumnLineage(
        {
            name: [dg.TableColumnDep(dg.AssetKey(list(path)), column) for path, column in dict.fromkeys(made_of[name])]
            for name in table.schema
            if made_of.get(name)
        }
    )
