"""The result of processing one entity's day: the ledger line, its files, broken rules and findings.

A report is written last, beside the day's Parquet files. A day without a report, or whose files differ from it, must
still be processed. A day has up to two reports: of the rows in use, and of the newest delivery if it is held.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from cdp_pipeline.ingest.files import RawFile
from cdp_pipeline.lake import UNDATED, Lake, day_name

RULES_VERSION = 10
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
    """The result of one run for one entity's day: read = accepted + rejected + duplicates.

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
        losses: Sentences about files removed or shortened since the previous read, see `losses.py`.
        repaired: Number of rejected rows that accepted rows of `cdp repair` replace.
        is_withdrawn: Whether no file was read: a held delivery was removed, and these are the rows before it.
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
    """A ledger line from the day's counts (`read`, `accepted`, `rejected`, `duplicates`)."""
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
