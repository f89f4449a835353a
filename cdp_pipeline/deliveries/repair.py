"""Corrected cells of rejected rows -> a delivery that puts the rows back, next to their original files.

1. Find each corrected row by its file, row and entry among the rejected rows of the lake, and compare the cells.
2. Apply the changes of a person to the row as sent; ignore changes that only a spreadsheet made.
3. Report rows that would be rejected again. Write the others as lines of one new file per entity and day.

The file is written into the folder of the original drop date, so that a repaired row is no newer than it was. Each line
names the row that it repairs (`_repairs`), which `settled.py` reads.
"""

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from cdp_pipeline.deliveries.day import bounds_of, digest_of, landing_of, limits_of
from cdp_pipeline.deliveries.rejections import RAW, classified_rejections
from cdp_pipeline.deliveries.repaired_entries import DATES, RowError, entry_of_fields, entry_of_raw
from cdp_pipeline.deliveries.reports import newest_day_report
from cdp_pipeline.deliveries.settled import named_row, place_text, row_name
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.ingest import REPAIRS, RawFile, UnreadableEntryError, parse, read_files
from cdp_pipeline.settings import Settings
from cdp_pipeline.store import Lake
from cdp_pipeline.validation import validate_batch
from cdp_pipeline.values.mask import mask_contacts
from cdp_pipeline.values.spreadsheet_text import Change, change_of


class RepairError(Exception):
    """The file of corrected rows cannot be used as a whole; the message gives the reason and what to do."""


@dataclass(frozen=True)
class Corrected:
    """A row of the file of corrections.

    Attributes:
        number: Its row number in a spreadsheet, whose row 1 is the header.
        entity: The entity of the row.
        source_file: The file of the rejected row.
        source_row: The row in that file.
        entry_number: The entry within the row.
        cells: Its cells by source name of the field, and `raw`.
    """

    number: int
    entity: Entity
    source_file: str
    source_row: int
    entry_number: int
    cells: Mapping[str, str]

    @property
    def place(self) -> str:
        """File, row and entry of the rejected row, in one text."""
        return place_text(self.source_file, self.source_row, self.entry_number)


@dataclass(frozen=True)
class RepairedRow:
    """The outcome for a corrected row.

    Attributes:
        corrected: The row.
        day: The drop date of the rejected row; None if it is not put back.
        changed: Fields that a person changed; empty for an unchanged row.
        rewritten: Fields that only a spreadsheet rewrote.
        entry: The line that puts it back; None if it is not put back.
        problem: Why a changed row is not put back.
    """

    corrected: Corrected
    day: str | None = None
    changed: tuple[str, ...] = ()
    rewritten: tuple[str, ...] = ()
    entry: str | None = None
    problem: str | None = None


def plan_repair(lake: Lake, settings: Settings, rows: Sequence[Corrected]) -> list[RepairedRow]:
    """The outcome for each corrected row, in the given order; writes nothing.

    Raises:
        RepairError: The file was saved in a format that cannot represent all letters.
    """
    entities = tuple(dict.fromkeys(row.entity for row in rows))
    known = _rejected_rows(lake, entities, {row.source_file for row in rows})
    present = {file.source_file: file for file in landing_of(settings, entities).files}
    unusable = cache(lambda entity, day: _unusable_day(lake, present, entity, day))
    delivered = cache(lambda entity, day: _names_delivered(settings, entity, day))
    planned: list[RepairedRow] = []
    seen: set[str] = set()
    for row in rows:
        rejected = known.get(row.place)
        try:
            repaired = _repaired(row, rejected)
            if repaired.day is not None and rejected is not None:
                if row.place in seen:
                    raise RowError("It occurs twice in the file; keep one of them.")
                # A repaired row that was rejected again is in a repair file itself.
                if delivered(row.entity, repaired.day).get(rejected["name"], row.source_file) != row.source_file:
                    raise RowError("It was put back before and waits for the next run.")
                if problem := unusable(row.entity, repaired.day):
                    raise RowError(problem)
                seen.add(row.place)
        except RowError as error:
            repaired = RepairedRow(row, problem=str(error))
        planned.append(repaired)
    return _without_rejected(planned, settings)


def write_repair(settings: Settings, planned: Sequence[RepairedRow], now: datetime) -> list[Path]:
    """Write the planned lines, one file per entity and day by atomic rename; return the files.

    Raises:
        RepairError: One of the files exists already; none is written then.
    """
    days: dict[tuple[str, str], list[str]] = {}
    for row in planned:
        if row.entry is not None and row.day is not None:
            days.setdefault((row.corrected.entity.object_type, row.day), []).append(row.entry)
    name = f"repair-{now.astimezone(UTC):%Y%m%dT%H%M%S%fZ}.ndjson"
    files = {settings.raw_dir / object_type / day / name: lines for (object_type, day), lines in sorted(days.items())}
    for path in files:
        if path.exists():
            raise RepairError(f"{path} is there already; nothing was put back. Try again.")
    for path, lines in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.part")
        part.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        part.replace(path)
    return list(files)


def _rejected_rows(lake: Lake, entities: tuple[Entity, ...], files: set[str]) -> dict[str, dict[str, Any]]:
    found = classified_rejections(lake, entities).filter(pl.col("source_file").is_in(sorted(files))).collect()
    named = found.with_columns(repairs=named_row(pl.col("fields").str.json_path_match("$.extra")))
    rows = {
        place_text(row["source_file"], row["source_row"], row["entry_number"]): row
        for row in named.iter_rows(named=True)
    }
    return {place: row | {"name": row["repairs"] or row_name(place, row["raw"])} for place, row in rows.items()}


def _unusable_day(lake: Lake, present: Mapping[str, RawFile], entity: Entity, day: str) -> str | None:
    """Why no file may be added to a day. A run reads all its files again, so they must be unchanged."""
    report = newest_day_report(lake, entity.name, day)
    for state in report.files if report else ():
        file = present.get(state.source_file)
        name = mask_contacts(state.source_file)
        if file is None:
            return (
                f"{name} is gone from the landing folder, and a new file would replace what was made of it. Put the "
                "file back, or deliver the corrected rows with all others of that date."
            )
        if (file.size, file.modified_ns) != (state.size, state.modified_ns) and digest_of(file) != state.digest:
            return f"{name} was changed since it was read. Run `cdp run`, then export the rejected rows again."
    return None


def _names_delivered(settings: Settings, entity: Entity, day: str) -> dict[str, str]:
    """The rejected rows named in repair files of a day, read or not, each with the newest such file.

    Lines that no run accepts are ignored.
    """
    folder = settings.raw_dir / entity.object_type / day
    found = {}
    for path in sorted(folder.glob("repair-*.ndjson")):
        for line in path.read_bytes().split(b"\n") if path.is_file() else ():
            try:
                value = parse(line.decode()) if line.strip() else None
            except (UnicodeDecodeError, UnreadableEntryError):
                continue
            entries = value.get("entries", [value]) if isinstance(value, dict) else None
            for entry in entries if isinstance(entries, list) else ():
                if isinstance(entry, dict) and REPAIRS in entry:
                    found[str(entry[REPAIRS])] = f"{entity.object_type}/{day}/{path.name}"
    return found


def _repaired(row: Corrected, known: Mapping[str, Any] | None) -> RepairedRow:
    if known is None:
        raise RowError(
            "It is not a rejected row any more: its file was delivered again. Export the rejected rows again."
        )
    fields: dict[str, Any] = json.loads(known["fields"] or "{}")
    found_as: dict[Change, list[str]] = {change: [] for change in Change}
    for column in row.entity.columns:
        found = row.cells.get(column.source)
        if found is None:
            continue
        change = change_of(
            str(fields.get(column.name, "")),
            found,
            is_date=column.kind in DATES,
            was_unfit=f"type:{column.source}" in known["rules"],
        )
        _raise_on_lost_letters(change)
        found_as[change].append(column.source)
    changed, rewritten, doubtful = (found_as[change] for change in (Change.MADE, Change.REWRITTEN, Change.DOUBTFUL))
    raw_change = change_of(known["raw"] or "", row.cells.get(RAW, known["raw"] or ""))
    _raise_on_lost_letters(raw_change)
    is_raw_changed = raw_change is Change.MADE
    unchanged = RepairedRow(row, rewritten=tuple(rewritten))
    if not changed and not doubtful and not is_raw_changed:
        return unchanged
    if known["settled"]:
        raise RowError(f"It is settled: {known['settled']}.")
    if known["raw"] is None:
        raise RowError("It represents a whole file, which was rejected. Correct the file and deliver it again.")
    if known["drop_date"] is None:
        raise RowError(
            "Its file is not in the folder of a drop date. Move the file; its rows are then read from there."
        )
    if doubtful:
        raise RowError(
            f"The spreadsheet may have rewritten {', '.join(doubtful)}: zeros or digits are lost, or it is unclear "
            "which is the day and which the month. Format these cells as text, write dates as YYYY-MM-DD, and save the "
            f"file again; a number of more than 15 digits that does end in zeros is corrected in {RAW}."
        )
    if is_raw_changed and changed:
        raise RowError(f"Both {RAW} and {', '.join(changed)} were changed; change one of them.")
    corrections = {field: row.cells[field] for field in changed}
    entry = (
        entry_of_raw(row.cells[RAW], known["name"])
        if is_raw_changed
        else entry_of_fields(row.entity, known["name"], fields, corrections)
    )
    return replace(
        unchanged, day=known["drop_date"].isoformat(), changed=(RAW,) if is_raw_changed else tuple(changed), entry=entry
    )


def _raise_on_lost_letters(change: Change) -> None:
    if change is Change.LETTERS_LOST:
        raise RepairError(
            "The file has lost letters, which became ?; nothing was put back. Export the rejected rows again, "
            "and save the corrected file as `CSV UTF-8`."
        )


def _without_rejected(planned: Sequence[RepairedRow], settings: Settings) -> list[RepairedRow]:
    """Replace rows that a run would reject again by their problem."""
    wrong: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="cdp-repair-") as folder:
        for entity in dict.fromkeys(row.corrected.entity for row in planned if row.entry is not None):
            rows = [row for row in planned if row.entry is not None and row.corrected.entity == entity]
            path = Path(folder, f"{entity.name}.ndjson")
            path.write_text("".join(f"{row.entry}\n" for row in rows), encoding="utf-8")
            stat = path.stat()
            file = RawFile(entity.object_type, None, path, path.name, stat.st_size, stat.st_mtime_ns)
            for batch in read_files([file], entity, bounds=bounds_of(settings)):
                rejected = validate_batch(batch, entity, limits_of(settings, datetime.now(UTC))).rejected
                for number, message in rejected.select("source_row", "message").iter_rows():
                    wrong[rows[number - 1].corrected.place] = message
    return [
        RepairedRow(row.corrected, problem=f"It would be rejected again. {message}")
        if row.entry is not None and (message := wrong.get(row.corrected.place))
        else row
        for row in planned
    ]
