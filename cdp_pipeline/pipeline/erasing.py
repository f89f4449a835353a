"""Confirmed requests for erasure + the lake -> the lake without these persons, and after publication nothing of them.

1. The corrections of the person of each new request are removed from their file, and the person's hashes are added to
   the suppression list, with the counts from which it began.
2. Days in use and held are rewritten without the suppressed rows, once for each list: a file of the lake names the
   requests that it has applied, and a lake that is restored from before lacks them.
3. The memory of ids keeps a tombstone per person: the id, and neither records nor keys made of their values.
4. The steps of the run rebuild and publish what was made of these rows.
5. The database is rewritten, archives of exports are removed, what is left is counted, and the proof is written.

Each step may be repeated, so a killed run is finished by the next one.
"""

import secrets
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Final

import polars as pl

from cdp_pipeline.deliveries import (
    SuppressedDay,
    erase_rows,
    find_suppressed_days,
    placeholders_of,
    staging_context_of,
    suppressions_of,
)
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.identity import PERSON_ID_HISTORY, PERSON_IDS, RECORD_PERSONS
from cdp_pipeline.identity.persons import bury_nodes
from cdp_pipeline.pipeline.corrections import count_corrections, erase_corrected_records, erase_corrections_of
from cdp_pipeline.pipeline.identity import IDS, IDS_BEFORE, clear_identity_state
from cdp_pipeline.pipeline.snapshot import PUBLISHED_TABLES
from cdp_pipeline.privacy import (
    CORRECTIONS_FILE,
    HASHES,
    PrivacyError,
    Request,
    RequestLog,
    SuppressionList,
    Suppressions,
    archives_of,
    clear_before,
    confirmed_erasures,
    differences,
    digest_settings,
    find_person_rows,
    hashes_of,
    keep_before,
    left_over,
    proof_of,
    read_before,
    read_key,
    suppressed_keys,
    suppressed_rows,
    values_of_person,
    write_proof,
)
from cdp_pipeline.serving import ServingError, purge_database, reading
from cdp_pipeline.settings import Settings
from cdp_pipeline.staging import staging_table
from cdp_pipeline.store import Lake
from cdp_pipeline.values.display_text import count_of

TOMBSTONE: Final = "erased:"
"""Begins the node of an erased person in the memory of ids."""

_APPLIED, _PURGED = ("privacy", "applied"), ("privacy", "purged")
_ROWS_AT_ONCE: Final = 250_000


def apply_erasures(lake: Lake, settings: Settings, run_id: str, log: Callable[[str], object]) -> None:
    """Remove the rows of all erased persons from the lake, unless it has applied these requests; the caller holds it.

    Args:
        lake: The lake.
        settings: Where requests and their key lie, and by what rejected cells are normalised.
        run_id: Written into the ledger for days that are rewritten.
        log: Receives a sentence about what was removed.

    Raises:
        PrivacyError: The requests, their key, or the database cannot be read.
    """
    requests = RequestLog(settings.privacy_dir)
    for request in confirmed_erasures(requests):
        if request.state == "confirmed":
            _suppress(lake, settings, request, log)
    if suppressions := suppressions_of(settings):
        erase_corrected_records(settings, suppressions)
    days, rows = erase_from_lake(lake, settings, run_id)
    if days:
        log(f"Erased on request: {count_of(rows, 'row')} of {count_of(days, 'day')} of entities.")
    applied = _listed(lake, _APPLIED)
    for request in confirmed_erasures(requests):
        if request.state == "confirmed" and request.request_id in applied:
            requests.append(request.event("applied"))


def erase_from_lake(lake: Lake, settings: Settings, run_id: str) -> tuple[int, int]:
    """Apply the suppression list to a lake that has not applied all of it; returns the days and rows changed."""
    suppressions = suppressions_of(settings)
    listed = _request_ids(suppressions)
    if not listed - _listed(lake, _APPLIED):
        return 0, 0
    lake.clear_report(*_APPLIED)
    removed: list[pl.Series] = []
    days = rows = 0
    for found in find_suppressed_days(lake, ENTITIES, suppressions, partial(staging_context_of, settings)):
        erase_rows(found, run_id)
        removed.append(found.staged["record_key"])
        days, rows = days + 1, rows + found.staged.height + found.rejected.height
    _bury(lake, suppressions, pl.concat([pl.Series("record_key", [], pl.String), *removed]).unique())
    lake.settle()
    lake.write_report(*_APPLIED, {"requests": sorted(listed)})
    return days, rows


def finish_erasures(lake: Lake, settings: Settings, log: Callable[[str], object] = lambda _: None) -> bool:
    """Purge the database of erased persons, and prove the requests that are thereby done; after publication.

    Returns whether it was purged.

    Args:
        lake: The lake, as it is published.
        settings: Where database and requests lie.
        log: Receives a sentence per request that is done.

    Raises:
        ServingError: The database cannot be purged.
        PrivacyError: Rows of an erased person are left; the request stays open.
    """
    requests = RequestLog(settings.privacy_dir)
    suppressions = suppressions_of(settings)
    listed = _request_ids(suppressions)
    is_applied = listed <= _listed(lake, _APPLIED)
    to_prove = [r for r in confirmed_erasures(requests) if r.state == "applied" and r.request_id in listed]
    if not is_applied or not (to_prove or listed - _listed(lake, _PURGED)):
        return False
    purge_database(settings.database_url, PUBLISHED_TABLES)
    lake.write_report(*_PURGED, {"requests": sorted(listed)})
    key = read_key(settings.privacy_key_file, settings.privacy_dir)
    for request in to_prove:
        before = read_before(settings.privacy_dir, request.request_id)
        for file in archives_of(requests, settings.privacy_dir, request.person_id):
            file.unlink()
        tables = _tables_of(lake, settings, request)
        files = _files_of(lake, settings, _of_request(suppressions, request))
        if left := left_over({**tables, **files}, (PERSON_ID_HISTORY.name,)):
            raise PrivacyError(
                f"{request.request_id} is not done: the published state holds {', '.join(left)} of the person. This is "
                "a fault of the pipeline: rebuild with `cdp run --all`, and report it if it stays."
            )
        proof = proof_of(
            request,
            before.started_at,
            datetime.now(UTC),
            digest_settings(settings.without_secrets),
            differences(before.tables, tables),
            differences(before.files, files),
        )
        write_proof(settings.privacy_dir, key, proof)
        requests.append(request.event("done"))
        clear_before(settings.privacy_dir, request.request_id)
        log(f"{request.request_id} is done: the person is erased; `cdp requests verify` shows the proof.")
    return True


def count_returned(lake: Lake, settings: Settings) -> int:
    """How many current records are of erased persons; none is read as long as no person is suppressed."""
    suppressions = suppressions_of(settings).unshared
    there = [entity for entity in ENTITIES if lake.exists("current", entity.name)] if suppressions else []
    return sum(_count_current(lake, entity, suppressions) for entity in there)


def find_erased_with(lake: Lake, settings: Settings, request: Request) -> dict[str, int]:
    """The other persons of whom an erasure would remove records, and how many: records that state the same values.

    Nothing is written: the hashes are made with a key that is used once. Every row of the lake is compared.
    """
    if not lake.exists("identity", RECORD_PERSONS.name):
        return {}
    key = secrets.token_bytes(32)
    values = values_of_person(lake, request.person_id, ENTITIES, placeholders_of(settings))
    suppressions = _suppressions_of(settings, request, values, key)
    days = find_suppressed_days(lake, ENTITIES, suppressions, partial(staging_context_of, settings))
    removed = pl.concat([pl.Series("record_key", [], pl.String), *(day.staged["record_key"] for day in days)])
    others = (
        lake.scan("identity", RECORD_PERSONS.name)
        .filter(pl.col("record_key").is_in(removed.unique().implode()), pl.col("person_id") != request.person_id)
        .group_by("person_id")
        .agg(pl.col("record_key").n_unique())
    )
    return dict(others.sort("person_id").collect().iter_rows())


def _suppressions_of(settings: Settings, request: Request, values: pl.DataFrame, key: bytes) -> Suppressions:
    """The hashes of a request's person, not erased yet, whose values are known."""
    rows = [
        (request.request_id, request.person_id, one.hash, one.kind, one.is_shared) for one in hashes_of(values, key)
    ]
    return Suppressions(key, settings.identity_scope, pl.DataFrame(rows, schema=HASHES, orient="row"), values)


def _suppress(lake: Lake, settings: Settings, request: Request, log: Callable[[str], object]) -> None:
    """Add the hashes of a request's person to the list, unless they are there."""
    known = SuppressionList(settings.privacy_dir)
    if (known.hashes()["request_id"] == request.request_id).any():
        return
    key = read_key(settings.privacy_key_file, settings.privacy_dir)
    known.check(key, ())
    values = values_of_person(lake, request.person_id, ENTITIES, placeholders_of(settings))
    if values.is_empty():
        log(
            f"{request.request_id} stays open: the lake has no record of {request.person_id}; the person may have been "
            "merged since, which person_id_history shows. If another request erased the person, or retention, end this "
            f"one: `cdp request revoke --key {request.request_id} --yes`."
        )
        return
    files = _files_of(lake, settings, _suppressions_of(settings, request, values, key))
    archives = archives_of(RequestLog(settings.privacy_dir), settings.privacy_dir, request.person_id)
    files |= {"exports": len(archives)} if archives else {}
    keep_before(settings.privacy_dir, request.request_id, _tables_of(lake, settings, request), files)
    # Before the hashes, as this is not repeated once they are in the list.
    erase_corrections_of(lake, settings, request.person_id)
    known.add(request.request_id, request.person_id, hashes_of(values, key), datetime.now(UTC).date(), key)


def _of_request(suppressions: Suppressions, request: Request) -> Suppressions:
    own = suppressions.hashes.filter(pl.col("request_id") == request.request_id)
    return Suppressions(suppressions.key, suppressions.scope, own)


def _tables_of(lake: Lake, settings: Settings, request: Request) -> dict[str, int]:
    try:
        with reading(settings.database_url) as connection:
            rows = find_person_rows(connection, PUBLISHED_TABLES, lake, ENTITIES, request.person_id)
    except ServingError as error:
        raise PrivacyError(
            f"The rows of the person of {request.request_id} cannot be counted: {error} Nothing was erased; correct "
            "the database or CDP_DATABASE_URL and run again."
        ) from None
    return {table: len(found) for table, found in rows.tables.items()}


def _files_of(lake: Lake, settings: Settings, suppressions: Suppressions) -> dict[str, int]:
    """Rows by layer and entity, and lines of the file of corrections."""
    counts: Counter[str] = Counter({CORRECTIONS_FILE: count_corrections(settings, suppressions)})
    for found in find_suppressed_days(lake, ENTITIES, suppressions, partial(staging_context_of, settings)):
        counts.update(_layers_of(lake, found))
    for entity in ENTITIES:
        if lake.exists("current", entity.name):
            counts[f"current/{entity.name}"] += _count_current(lake, entity, suppressions.unshared)
    return dict(+counts)


def _layers_of(lake: Lake, found: SuppressedDay) -> dict[str, int]:
    held = "" if found.lake == lake else "held/"
    return {
        f"{held}staging/{found.entity.name}": found.staged.height,
        f"{held}rejected/{found.entity.name}": found.rejected.height,
    }


def _count_current(lake: Lake, entity: Entity, suppressions: Suppressions) -> int:
    columns = [name for name in lake.scan("current", entity.name).collect_schema().names() if name != "extra"]
    batches = lake.scan("current", entity.name).select(columns).collect_batches(chunk_size=_ROWS_AT_ONCE)
    return sum(int(suppressed_rows(rows, entity, suppressions).sum()) for rows in batches)


def _bury(lake: Lake, suppressions: Suppressions, removed: pl.Series) -> None:
    """Replace the nodes of erased persons in the memory of ids by one tombstone per person without another node.

    Args:
        lake: The lake, whose days are rewritten.
        suppressions: The hashes in force.
        removed: Keys of the records that lost rows.
    """
    if not lake.exists(*IDS):
        return
    ids = PERSON_IDS.conform(lake.scan(*IDS)).collect()
    gone = pl.col("record_key").is_in(suppressed_keys(ids["record_key"], suppressions).implode())
    left = [
        lake.scan_days("staging", entity.name, staging_table(entity).schema)
        .select("record_key")
        .filter(pl.col("record_key").is_in(removed.implode()))
        for entity in ENTITIES
    ]
    without_rows = removed.to_frame().join(pl.concat(left).unique().collect(), on="record_key", how="anti")
    gone |= pl.col("record_key").is_in(without_rows["record_key"].implode())
    buried = ids.filter(gone)
    if not buried.is_empty():
        clear_identity_state(lake)
        lake.write(*IDS, bury_nodes(ids.lazy(), buried, TOMBSTONE))
    # The memory before the last change has their keys as well, also after a run that was killed here.
    lake.link(lake.path(*IDS), *IDS_BEFORE)


def _request_ids(suppressions: Suppressions) -> set[str]:
    return set(suppressions.hashes["request_id"].unique())


def _listed(lake: Lake, report: tuple[str, str]) -> set[str]:
    return set((lake.read_report(*report) or {}).get("requests", ()))
