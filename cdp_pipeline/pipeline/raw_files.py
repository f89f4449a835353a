"""Raw files + the hashes of an erased person -> where the person's rows lie, and on request the files without them.

1. The files of days on which a row was suppressed, and of days that the lake does not hold whole, are read again, one
   at a time: accepted, rejected and repeated rows.
2. Each file gets a copy without these rows beside it, which is read too: all other entries must be read as before, and
   no row of the person may be left. Else the copy is removed, and the file stays with a reason for its owner.
3. The copy takes the place of the file in one step, and the report of its day gets the new state of the file.

A killed call leaves each file as it was or as it is to be; the next one goes on with those that are left.
"""

import os
import secrets
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import polars as pl

from cdp_pipeline.deliveries import (
    SUPERSEDED,
    FileState,
    bounds_of,
    digest_of,
    landing_of,
    limits_of,
    newest_day_report,
    read_day_report,
    staging_context_of,
    suppressed_entries,
    suppressions_of,
    write_day_report,
)
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.registry import BY_OBJECT_TYPE, ENTITIES
from cdp_pipeline.ingest import (
    PLACE,
    UNREADABLE,
    Entries,
    RawFile,
    ReaderCrashedError,
    UnfaithfulError,
    UnreadableFileError,
    read_files_apart,
    read_mappings,
    write_without,
)
from cdp_pipeline.privacy import Request, Suppressions, add_to_proof, read_key, verify_proof
from cdp_pipeline.settings import Settings
from cdp_pipeline.store import Lake, day_name, make_durable, scratch_folder

_COPY: Final = ".cdp-rewrite."
"""Begins the name of a copy; a name with a point in front is not read by a run."""

_HASHES: Final = pl.Schema({"placed": pl.UInt64(), "content": pl.UInt64(), "is_read": pl.Boolean()})
_PLACE: Final = [declared.name for declared in PLACE]
NOT_ASKED: Final = "it was not to be rewritten"
"""The reason of a file in a search without rewriting."""

_UNREAD: Final = "it cannot be read as it is now; correct it and call again"


@dataclass(frozen=True)
class RawRows:
    """The rows of a person in a raw file.

    Attributes:
        file: The file.
        places: Row and number of the entry within it, in order.
        lines: By row, how many lines its text has.
        others: Hashes of all other entries with their places, and without them.
        is_whole: Whether all of the file could be read and searched.
    """

    file: RawFile
    places: tuple[tuple[int, int], ...]
    lines: Mapping[int, int]
    others: pl.DataFrame
    is_whole: bool = True


@dataclass(frozen=True)
class Rewritten:
    """What became of a raw file.

    Attributes:
        found: The file with the person's rows.
        reason: Why it was left as it is, and what its owner is to do; empty if it was rewritten.
    """

    found: RawRows
    reason: str = ""


def find_raw_rows(lake: Lake, settings: Settings, own: Suppressions, scratch: Path) -> Iterator[RawRows]:
    """The raw files that hold rows of an erased person, which the lake has applied, and those that cannot be searched.

    Args:
        lake: The lake, whose reports name the days without suppressed rows.
        settings: How files are read.
        own: The hashes of the person.
        scratch: A folder for parts of files.
    """
    if not own:
        return
    for entity in ENTITIES:
        files: dict[str, list[RawFile]] = {}
        for file in landing_of(settings, [entity]).files:
            files.setdefault(day_name(file.drop_date), []).append(file)
        for day, of_day in files.items():
            if _is_without(lake, entity, day, of_day):
                continue
            for file in of_day:
                found = _read(file, settings, own, scratch)
                if found.places or not found.is_whole:
                    yield found


def rewrite_raw(lake: Lake, settings: Settings, own: Suppressions, found: RawRows, scratch: Path) -> Rewritten:
    """Rewrite a raw file without the rows of a person; the caller holds the lake.

    Args:
        lake: The lake with the report of the file's day.
        settings: How files are read.
        own: The hashes of the person.
        found: The file with the person's rows.
        scratch: A folder for parts of files.
    """
    file = found.file
    if not found.is_whole:
        return Rewritten(found, _UNREAD)
    if reason := _refused(file, settings):
        return Rewritten(found, reason)
    for left in file.path.parent.glob(f"{_COPY}*"):
        left.unlink()
    copy = file.path.with_name(f"{_COPY}{secrets.token_hex(4)}.{file.path.name}")
    stamp = file.stamp()
    try:
        with file.opened() as source:
            places: dict[int, list[int]] = {}
            for row, number in found.places:
                places.setdefault(row, []).append(number)
            entity = BY_OBJECT_TYPE[file.object_type]
            entries = Entries(places, found.lines, entity.comes_in_pages)
            keeps_places = write_without(source, copy, file.path.name, entries, scratch, bounds_of(settings))
        if reason := _differs(lake, settings, own, found, copy, scratch, keeps_places=keeps_places):
            return Rewritten(found, reason)
        if stamp is None or file.stamp() != stamp:
            return Rewritten(found, "it was changed meanwhile; call again")
        _put_in_place(copy, file.path)
    except UnfaithfulError as error:
        return Rewritten(found, f"{error}; remove the rows in the program that writes it")
    except UnreadableFileError:
        return Rewritten(found, _UNREAD)
    except OSError as error:
        return Rewritten(found, f"it cannot be written ({error.strerror or error}); permit it and call again")
    finally:
        copy.unlink(missing_ok=True)
    _keep_state(lake, settings, file, keeps_places=keeps_places)
    return Rewritten(found)


def settle_raw(lake: Lake, settings: Settings, request: Request, *, is_rewritten: bool) -> list[Rewritten]:
    """List the raw files that hold rows of the person of an erasure, and rewrite them on request; the lake is held.

    The proof counts rows by object type, and files: after each file, and in the end what is left.

    Args:
        lake: The lake.
        settings: How files are read, and where requests lie.
        request: The request, which is done.
        is_rewritten: Whether files are rewritten.
    """
    key, own = read_key(settings.privacy_key_file, settings.privacy_dir), _hashes_of(settings, request)
    settled = []
    # Below the lake, where the next run removes what a killed call has left.
    with scratch_folder(lake) as scratch:
        for found in find_raw_rows(lake, settings, own, scratch):
            one = rewrite_raw(lake, settings, own, found, scratch) if is_rewritten else Rewritten(found, NOT_ASKED)
            # Hashes of millions of rows are needed no longer.
            settled.append(replace(one, found=replace(found, others=found.others.clear())))
            if not one.reason:
                add_to_proof(settings.privacy_dir, key, request, _counts([one]))
    if is_rewritten:
        left = _counts([one for one in settled if one.reason])
        # What an earlier call left may be gone since.
        proven = {name for name in verify_proof(settings.privacy_dir, key, request).files if name.startswith("raw")}
        add_to_proof(settings.privacy_dir, key, request, {}, {name: left[name] for name in proven | left.keys()})
    return settled


def _counts(settled: Sequence[Rewritten]) -> Counter[str]:
    """Files that hold rows, and rows by object type."""
    counts: Counter[str] = Counter()
    for one in (one for one in settled if one.found.places):
        counts.update({f"raw/{one.found.file.object_type}": len(one.found.places), "raw files": 1})
    return counts


def _hashes_of(settings: Settings, request: Request) -> Suppressions:
    """The hashes of a request that are in force."""
    suppressions = suppressions_of(settings)
    return replace(suppressions, hashes=suppressions.hashes.filter(pl.col("request_id") == request.request_id))


def _is_without(lake: Lake, entity: Entity, day: str, files: list[RawFile]) -> bool:
    """Whether every row of a day's files was compared with the hashes of erased persons, and none was of them.

    Rows that retention removed, and repairs that a later delivery replaced, were in the lake no more; of a file that
    could not be read whole, rows never were.
    """
    newest = newest_day_report(lake, entity.name, day)
    if newest is None or not newest.covers(files):
        return False
    reports = filter(None, (newest, read_day_report(lake, entity.name, day)))
    return not any(
        r.line.suppressed or r.expired or r.findings.get(SUPERSEDED) or r.rules.get(UNREADABLE) for r in reports
    )


def _read(file: RawFile, settings: Settings, suppressions: Suppressions, scratch: Path) -> RawRows:
    """The rows of a person in a file, and hashes of all others."""
    if file.problem:
        return RawRows(file, (), {}, pl.DataFrame(schema=_HASHES), is_whole=False)
    entity = BY_OBJECT_TYPE[file.object_type]
    limits = limits_of(settings, datetime.now(UTC))
    context = staging_context_of(settings, file.drop_date or date.min)
    mappings = read_mappings(settings.mappings).of(entity)
    own, is_whole = [], True
    # Of a file as a whole there is no text.
    is_of_file = pl.col("raw").is_null() & pl.col("rules").list.contains(UNREADABLE)
    others = [pl.DataFrame(schema=_HASHES)]
    try:
        for batch in read_files_apart([file], entity, scratch=scratch, mappings=mappings, bounds=bounds_of(settings)):
            is_whole &= batch.rejected.filter(is_of_file).is_empty()
            found = suppressed_entries(batch, entity, limits, context, suppressions)
            own.append(found.select(*_PLACE, lines=pl.col("raw").str.count_matches("\n", literal=True) + 1))
            others += [
                _hashed(part.join(found, on=_PLACE, how="anti", maintain_order="left"), is_read=is_read)
                for part, is_read in ((batch.rows, True), (batch.rejected, False))
            ]
    except ReaderCrashedError:
        is_whole = False
    places = pl.concat(own).sort("source_row", "entry_number") if own else pl.DataFrame(schema=dict.fromkeys(_PLACE))
    return RawRows(
        file,
        tuple(places.select("source_row", "entry_number").iter_rows()),
        dict(places.select("source_row", pl.col("lines").fill_null(1)).iter_rows()) if own else {},
        pl.concat(others),
        is_whole,
    )


def _hashed(entries: pl.DataFrame, *, is_read: bool) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "placed": entries.hash_rows(),
            "content": entries.drop(_PLACE).hash_rows(),
            "is_read": [is_read] * entries.height,
        },
        schema=_HASHES,
    )


def _differs(
    lake: Lake, settings: Settings, own: Suppressions, found: RawRows, copy: Path, scratch: Path, *, keeps_places: bool
) -> str:
    """Why a copy must not take the place of its file; empty if all others are read from it as before."""
    stat = copy.stat()
    file = replace(found.file, path=copy, size=stat.st_size, modified_ns=stat.st_mtime_ns)
    now = _read(file, settings, own, scratch)
    if now.places or not now.is_whole:
        return "rows of the person would be left in it; remove the rows in the program that writes it"
    hashes = "placed" if keeps_places else "content"
    if any(not _same(found.others, now.others, hashes, is_read=is_read) for is_read in (True, False)):
        return (
            "other rows of it would be read differently, as they are explained by the row that goes; remove the rows "
            "in the program that writes it"
        )
    if not keeps_places and _is_repaired(lake, found):
        return "a repair names rows of it by their numbers, which would change; remove the rows and repair again"
    return ""


def _same(before: pl.DataFrame, now: pl.DataFrame, hashes: str, *, is_read: bool) -> bool:
    one, other = (rows.filter(pl.col("is_read") == is_read)[hashes] for rows in (before, now))
    return one.len() == other.len() and bool((one.sort() == other.sort()).all())


def _is_repaired(lake: Lake, found: RawRows) -> bool:
    """Whether the day has files of `cdp repair`, whose lines may name rows of this file by their numbers."""
    entity = BY_OBJECT_TYPE[found.file.object_type]
    report = read_day_report(lake, entity.name, day_name(found.file.drop_date))
    return report is not None and report.repaired > 0


def _refused(file: RawFile, settings: Settings) -> str:
    """Why a file is not rewritten whatever it holds; empty if it may be."""
    below = file.path.relative_to(settings.raw_dir)
    if Path(os.path.realpath(file.path)) != Path(os.path.realpath(settings.raw_dir)) / below:
        return "it is reached by a link; remove the rows in the file to which the link leads"
    if file.path.stat().st_nlink > 1:
        return "it has a second name (hard link) under which the rows would stay; remove one of the names, call again"
    return ""


def _put_in_place(copy: Path, path: Path) -> None:
    """Give a copy mode, owner and attributes of a file, and put it in its place, on disk when this returns."""
    stat = path.stat()
    shutil.copystat(path, copy)
    if (stat.st_uid, stat.st_gid) != (copy.stat().st_uid, copy.stat().st_gid):
        os.chown(copy, stat.st_uid, stat.st_gid)
    os.utime(copy)
    make_durable([copy])
    copy.replace(path)
    make_durable([path])


def _keep_state(lake: Lake, settings: Settings, file: RawFile, *, keeps_places: bool) -> None:
    """Put the new state of a file into the reports of its day, so that it does not count as shortened by its sender.

    If rows have other numbers now, the next run reads the day again, as lineage names rows by their numbers. A file
    that a sender had replaced since it was read is left to the next run.
    """
    entity: Entity = BY_OBJECT_TYPE[file.object_type]
    day = day_name(file.drop_date)
    [listed] = [one for one in landing_of(settings, [entity]).files if one.source_file == file.source_file]
    state = FileState(listed.source_file, listed.size, listed.modified_ns, digest_of(listed))
    for of in (lake, lake.held):
        report = read_day_report(of, entity.name, day)
        before = (file.source_file, file.size, file.modified_ns)
        if report is not None and before in {(f.source_file, f.size, f.modified_ns) for f in report.files}:
            files = tuple(state if one.source_file == file.source_file else one for one in report.files)
            reading = report.reading if keeps_places else ""
            write_day_report(of, entity.name, day, replace(report, files=files, reading=reading))
    lake.settle()
