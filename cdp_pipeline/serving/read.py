"""Look-ups in the serving database for the command line: a person, the ledger of a run.

Every function takes a connection from `database.reading`, whose transaction shows one state throughout, and the
tables of `schema.database_tables`. Values come back as Python ones, unmasked; masking is the caller's.
"""

import json
from collections.abc import Sequence
from typing import Any

import polars as pl
import sqlalchemy as sa
from pandera.typing.polars import DataFrame

from cdp_pipeline.entities.table import M_co, Table

Row = dict[str, Any]
"""One row, by column name."""


def find_person_ids(connection: sa.Connection, tables: sa.MetaData, key: str, phones: Sequence[str] = ()) -> list[str]:
    """The ids of the people that a key fits, in order; empty if there is none.

    A person id fits that person, a former one those it was changed to. Any other key is searched as e-mail, as id
    of a source record (customer, lead, membership and so on) and as record key.

    Args:
        connection: A connection to the database.
        tables: The tables of the database.
        key: What the user typed.
        phones: The key as phone numbers in E.164, where it can be read as such.
    """
    profiles, contacts = tables.tables["profiles"], tables.tables["profile_contacts"]
    records = tables.tables["profile_records"]
    for ids in ((key,), _successors(tables, key)):
        by_id = sa.select(profiles.c.person_id).where(profiles.c.person_id.in_(ids))
        if found := connection.scalars(by_id.order_by(profiles.c.person_id)).all():
            return list(found)
    by_contact = sa.or_(
        sa.and_(contacts.c.kind == "email", contacts.c.value == key.strip().lower()),
        sa.and_(contacts.c.kind == "phone", contacts.c.value.in_(phones)),
    )
    either = sa.union(
        sa.select(contacts.c.person_id).where(by_contact),
        sa.select(records.c.person_id).where(records.c.source_id == key),
        sa.select(records.c.person_id).where(records.c.record_key == key),
    )
    return sorted(connection.scalars(either))


_MOST_IDS = 10_000
"""People of one query; databases limit the values of a statement."""


def read_best_known(
    connection: sa.Connection, tables: sa.MetaData, limit: int, person_ids: Sequence[str] | None = None
) -> list[Row]:
    """The profiles that are made of most records, ties by person id.

    Args:
        connection: A connection to the database.
        tables: The tables of the database.
        limit: Greatest number of profiles.
        person_ids: Only these people; None for all.
    """
    profiles = tables.tables["profiles"]
    best = sa.select(profiles).order_by(profiles.c.record_count.desc(), profiles.c.person_id).limit(limit)
    if person_ids is None:
        return _rows(connection, best)
    found = [
        row
        for start in range(0, len(person_ids), _MOST_IDS)
        for row in _rows(connection, best.where(profiles.c.person_id.in_(person_ids[start : start + _MOST_IDS])))
    ]
    return sorted(found, key=lambda row: (-row["record_count"], row["person_id"]))[:limit]


def read_names(connection: sa.Connection, tables: sa.MetaData) -> list[tuple[str, str]]:
    """Person id and name of all people with a name: the names on profiles, and their alternatives."""
    profiles, values = tables.tables["profiles"], tables.tables["profile_values"]
    shown = sa.select(profiles.c.person_id, profiles.c.display_name).where(profiles.c.display_name.is_not(None))
    found = [(person, name) for person, name in connection.execute(shown)]
    contested = sa.select(values.c.person_id, values.c.value).where(values.c.attribute == "name")
    # The value of a group of columns is a JSON text of them.
    others = ((person, json.loads(value).get("display_name")) for person, value in connection.execute(contested))
    return found + [(person, name) for person, name in others if name]


def read_person(connection: sa.Connection, tables: sa.MetaData, person_id: str) -> dict[str, list[Row]]:
    """All that is published of a person: the rows of `profiles` and of each `profile_*` table, ordered by key."""
    return {
        table.name: _rows(connection, sa.select(table).where(table.c.person_id == person_id).order_by(*_key(table)))
        for table in tables.sorted_tables
        if table.name.startswith("profile") and "person_id" in table.c
    }


def ledger_of_run(connection: sa.Connection, tables: sa.MetaData, run_id: str) -> list[Row]:
    """The lines of the ledger that a run wrote, by entity and drop date."""
    ledger = tables.tables["run_ledger"]
    query = sa.select(ledger).where(ledger.c.run_id == run_id)
    return _rows(connection, query.order_by(ledger.c.object_type, ledger.c.drop_date.nulls_last()))


def read_table(connection: sa.Connection, tables: sa.MetaData, table: Table[M_co]) -> DataFrame[M_co]:
    """All rows of a published table in its declared types, by key; for small ones, as all are in memory at once."""
    found = tables.tables[table.name]
    rows = connection.execute(sa.select(found).order_by(*_key(found)))
    return table.named(pl.DataFrame([tuple(row) for row in rows], schema=table.schema, orient="row"))


def _successors(tables: sa.MetaData, person_id: str) -> sa.Select[tuple[str]]:
    """The id itself and all ids that it was changed to, however many changes lie between."""
    history = tables.tables["person_id_history"]
    ids = sa.select(sa.literal(person_id).label("person_id")).cte("ids", recursive=True)
    ids = ids.union(sa.select(history.c.person_id).join(ids, history.c.old_person_id == ids.c.person_id))
    return sa.select(ids.c.person_id)


def _rows(connection: sa.Connection, query: sa.Select[Any]) -> list[Row]:
    return [dict(row) for row in connection.execute(query).mappings()]


def _key(table: sa.Table) -> list[sa.Column[Any]]:
    return [table.c[name] for name in table.info["key"]]
