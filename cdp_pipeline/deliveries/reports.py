"""The report of one entity's day: ledger line, files, broken rules, findings; and its losses since the last one.

A report is written last, beside the day's Parquet files. A day without a report, or whose files differ from it, must
still be processed. A day has up to two reports: of the rows in use, and of the newest delivery if it is held.

A sender corrects a file by delivering it again under its name, which replaces its rows. A file that was cut off in
transfer or removed by mistake has the same effect, so losses are reported.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.ingest import RawFile
from cdp_pipeline.store import DAILY_LAYERS, UNDATED, Lake, day_name
from cdp_pipeline.values.display_text import count_of, visible
from cdp_pipeline.values.mask import mask_contacts

RULES_VERSION = 11
"""Incremented when the meaning of rules or normalisers changes, so that finished days are read again."""


@dataclass(frozen=True)
class FileState:
    """A file as it was read."""

    source_file: str
    size: int
    modified_ns: int
    digest: str


@dataclass(frozen=True)
class LedgerLine:
    """The result of one run for one entity's day: read = accepted + rejected + duplicates + suppressed.

    The accepted rows of a held delivery count as accepted, though they are not in use while it is held.
    """

    run_id: str
    object_type: str
    drop_date: str | None
    files: int
    read: int
    accepted: int
    rejected: int
    duplicates: int
    finished_at: str
    suppressed: int = 0


@dataclass(frozen=True)
class DayReport:
    """The newest ledger line of a day with its details, and the lines of earlier runs.

    Attributes:
        line: The newest ledger line.
        files: The files that were read.
        rules: Rejected rows by rule.
        findings: Rows by finding.
        earlier: The ledger lines of earlier runs.
        reading: The fingerprint of the settings for reading, see `reading_of`.
        listed_companies: Companies with a complete list of leads that day, aliases resolved; see `lead_scans.py`.
        is_accepted: Whether an operator accepted the delivery with its rejected rows; applies to these files only.
        losses: Sentences about files removed or shortened since the previous read, see `reports.py`.
        repaired: Number of rejected rows that accepted rows of `cdp repair` replace.
        is_withdrawn: Whether no file was read: a held delivery was removed, and these are the rows before it.
        expired: By layer, how many of the rows that were read then are gone since, as their retention ended. They
            stay counted in the line, which counts what the files held.
    """

    line: LedgerLine
    files: tuple[FileState, ...]
    rules: dict[str, int] = field(default_factory=dict)
    findings: dict[str, int] = field(default_factory=dict)
    earlier: tuple[LedgerLine, ...] = ()
    reading: str = ""
    listed_companies: tuple[str | None, ...] = ()
    is_accepted: bool = False
    losses: tuple[str, ...] = ()
    repaired: int = 0
    is_withdrawn: bool = False
    expired: dict[str, int] = field(default_factory=dict)

    def covers(self, files: list[RawFile]) -> bool:
        """Whether these files, by name, size and modification time, are those that were read."""
        then = {(f.source_file, f.size, f.modified_ns) for f in self.files}
        return then == {(f.source_file, f.size, f.modified_ns) for f in files}

    def stays_accepted(self, files: Iterable[FileState]) -> bool:
        """Whether the operator's decision applies to these files, which is so if their content is the same."""
        then = {(f.source_file, f.digest) for f in self.files}
        return self.is_accepted and then == {(f.source_file, f.digest) for f in files}


def newest_day_report(lake: Lake, entity_name: str, day: str) -> DayReport | None:
    """The report of the newest delivery of a day, held or in use; None if the day was never read."""
    return read_day_report(lake.held, entity_name, day) or read_day_report(lake, entity_name, day)


def reported_days(lake: Lake, entity_name: str) -> list[str]:
    """The days that were ever read, held or in use; oldest first, `undated` last."""
    return sorted({*lake.report_days(entity_name), *lake.held.report_days(entity_name)})


def newest_day_reports(lake: Lake, entity_name: str) -> dict[str, DayReport]:
    """The report of the newest delivery by day, in the order of `reported_days`."""
    days = reported_days(lake, entity_name)
    return {day: report for day in days if (report := newest_day_report(lake, entity_name, day))}


def read_day_report(lake: Lake, entity_name: str, day: str) -> DayReport | None:
    """The report of the rows in use of a day (of a held delivery from `lake.held`); None if there is none."""
    stored = lake.read_report(entity_name, day)
    if stored is None:
        return None
    return DayReport(
        line=LedgerLine(**stored["line"]),
        files=tuple(FileState(**f) for f in stored["files"]),
        rules=stored["rules"],
        findings=stored["findings"],
        earlier=tuple(LedgerLine(**line) for line in stored["earlier"]),
        reading=stored["reading"],
        # Reports of earlier rule versions lack these keys; their days are read again.
        listed_companies=tuple(stored.get("listed_companies", ())),
        is_accepted=stored.get("is_accepted", stored.get("is_taken", False)),
        losses=tuple(stored.get("losses", ())),
        repaired=stored.get("repaired", 0),
        is_withdrawn=stored.get("is_withdrawn", False),
        expired=stored.get("expired", {}),
    )


def write_day_report(lake: Lake, entity_name: str, day: str, report: DayReport) -> None:
    """Store the report of a day."""
    stored: dict[str, Any] = asdict(report)
    lake.write_report(entity_name, day, stored)


def summed(counters: list[dict[str, int]]) -> Counter[str]:
    """The sum of the counts of several days."""
    total: Counter[str] = Counter()
    for counter in counters:
        total.update(counter)
    return total


def drop_date_of(day: str) -> date | None:
    """The drop date of a day's name in the lake; None for `undated`."""
    return None if day == UNDATED else date.fromisoformat(day)


def ledger_line(
    run_id: str, object_type: str, day: date | None, files: int, counts: dict[str, int], finished_at: datetime
) -> LedgerLine:
    """A ledger line from the day's counts (`read`, `accepted`, `rejected`, `duplicates`, `suppressed`)."""
    return LedgerLine(
        run_id=run_id,
        object_type=object_type,
        drop_date=None if day_name(day) == UNDATED else day_name(day),
        files=files,
        finished_at=written_at(finished_at),
        **counts,
    )


def written_at(timestamp: datetime) -> str:
    """A timestamp in the format of ledger lines."""
    return timestamp.isoformat(timespec="milliseconds")


_NAMED = 3


def losses(before: DayReport | None, now: DayReport) -> tuple[str, ...]:
    """A sentence about the files of a day that are gone, and one about those that are shorter; may be empty.

    Files count as shorter if they have fewer bytes and the day has fewer rows. The same rows in fewer bytes are no
    loss.
    """
    if before is None or now.line.drop_date is None or now.line.read >= before.line.read:
        return ()
    sizes = {f.source_file: f.size for f in now.files}
    gone = [f.source_file for f in before.files if f.source_file not in sizes]
    shorter = [f.source_file for f in before.files if sizes.get(f.source_file, f.size) < f.size]
    of = f"{now.line.object_type} {now.line.drop_date}"
    rows = f"{count_of(now.line.read, 'row')} of {of} read, {before.line.read:,} before"
    sentences = []
    if gone:
        sentences.append(f"Removed from the raw folder: {_named(gone)}; {rows}.")
    if shorter:
        sentences.append(f"Shorter than before under the same name: {_named(shorter)}; {rows}.")
    return tuple(sentences)


def withdrawal(object_type: str, day: str, rows: int) -> str:
    """A sentence about a held delivery whose files were removed.

    Args:
        object_type: The entity.
        day: The drop date.
        rows: Number of rows in use of an earlier delivery of the day.
    """
    stays = f"the {count_of(rows, 'row')} of the delivery before stay in use" if rows else "the day is empty now"
    return f"The held delivery of {object_type} {day} was removed from the raw folder; {stays}."


def days_without_files(lake: Lake, entities: Sequence[Entity], there: Collection[tuple[str, str]]) -> str:
    """A sentence about the days whose files are all gone and whose rows stay; empty if there are none.

    Args:
        lake: The lake with the reports.
        entities: The entities.
        there: Object type and day of all files in the raw folder.
    """
    gone = [
        f"{entity.object_type} {day}"
        for entity in entities
        for day in lake.report_days(entity.name)
        if day != UNDATED
        and (entity.object_type, day) not in there
        # An accepted delivery may hold nothing but rejected rows.
        and any(lake.rows(layer, entity.name, day) for layer in DAILY_LAYERS)
    ]
    if not gone:
        return ""
    return (
        f"Removed from the raw folder: all files of {_named(gone)}; what was made of them stays, and nothing could "
        "make it again. `cdp run --all` goes on without it."
    )


def _named(some: Sequence[str]) -> str:
    more = len(some) - _NAMED
    # File names of senders may contain phone numbers and e-mail addresses.
    return ", ".join(visible(mask_contacts(one)) for one in sorted(some)[:_NAMED]) + (
        f" and {more:,} more" if more > 0 else ""
    )
