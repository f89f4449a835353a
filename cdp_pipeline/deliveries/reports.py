"""What the processing of one entity's day found: the ledger line, its files, rules broken and findings.

A report is written last, beside the day's Parquet files: a day without one, or whose files differ from it, is still
to be done. A day has up to two reports: of the rows in use, and of the newest delivery where that one is held.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from cdp_pipeline.ingest.files import RawFile
from cdp_pipeline.lake import UNDATED, Lake, day_name

RULES_VERSION = 10
"""Raised when the meaning of rules or normalisers changes, so that finished days are read anew."""


@dataclass(frozen=True)
class FileState:
    """A file as it was read."""

    source_file: str
    size: int
    modified_ns: int
    digest: str


@dataclass(frozen=True)
class LedgerLine:
    """What one run made of one entity's day: read = accepted + rejected + duplicates.

    The accepted rows of a held delivery are counted as accepted, though they are not used as long as it is held.
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
    """The newest ledger line of a day with what belongs to it, and the lines of earlier runs.

    `listed_companies` are those whose list of leads came whole that day, aliases resolved; see `lead_scans.py`.
    `losses` says what the sender took away since the day was read before, see `losses.py`.
    `is_withdrawn` says that no file was read for it: a held delivery was removed, and these are the rows before it.
    `repaired` counts the rejected rows that accepted rows of `cdp repair` stand for.
    `is_accepted` says that an operator accepted the delivery with all that is rejected; it holds for these files only.
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
        """Whether these files, as they are now by name, size and time of change, are what was read."""
        then = {(f.source_file, f.size, f.modified_ns) for f in self.files}
        return then == {(f.source_file, f.size, f.modified_ns) for f in files}

    def stays_accepted(self, files: Iterable[FileState]) -> bool:
        """Whether the operator's decision holds for files read now: only for the content it was made about."""
        then = {(f.source_file, f.digest) for f in self.files}
        return self.is_accepted and then == {(f.source_file, f.digest) for f in files}


def newest_day_report(lake: Lake, entity_name: str, day: str) -> DayReport | None:
    """The report of the newest delivery of a day, whether it is held or in use; None if the day was never read."""
    return read_day_report(lake.held, entity_name, day) or read_day_report(lake, entity_name, day)


def reported_days(lake: Lake, entity_name: str) -> list[str]:
    """The days that were ever read, whether their rows are in use or held; oldest first, `undated` last."""
    return sorted({*lake.report_days(entity_name), *lake.held.report_days(entity_name)})


def newest_day_reports(lake: Lake, entity_name: str) -> dict[str, DayReport]:
    """The report of the newest delivery by day, in the order of `reported_days`."""
    days = reported_days(lake, entity_name)
    return {day: report for day in days if (report := newest_day_report(lake, entity_name, day))}


def read_day_report(lake: Lake, entity_name: str, day: str) -> DayReport | None:
    """The report of the rows of a day that are in use, if it was ever finished; of a held delivery from `lake.held`."""
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
        # Reports of former rules lack them; their days are read anew.
        listed_companies=tuple(stored.get("listed_companies", ())),
        is_accepted=stored.get("is_accepted", stored.get("is_taken", False)),
        losses=tuple(stored.get("losses", ())),
        repaired=stored.get("repaired", 0),
        is_withdrawn=stored.get("is_withdrawn", False),
    )


def write_day_report(lake: Lake, entity_name: str, day: str, report: DayReport) -> None:
    """Keep the report of a day."""
    stored: dict[str, Any] = asdict(report)
    lake.write_report(entity_name, day, stored)


def summed(counters: list[dict[str, int]]) -> Counter[str]:
    """Counts of several days together."""
    total: Counter[str] = Counter()
    for counter in counters:
        total.update(counter)
    return total


def drop_date_of(day: str) -> date | None:
    """The drop date behind a day's name in the lake."""
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


def written_at(moment: datetime) -> str:
    """A timestamp as ledger lines write it."""
    return moment.isoformat(timespec="milliseconds")
