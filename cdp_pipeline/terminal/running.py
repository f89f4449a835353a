"""`cdp run`: chooses the drop dates, runs the job, prints its ledger, the people and where to look next."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Protocol

from rich.console import Console

from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.identity.rules import RulesError
from cdp_pipeline.ingest.files import Landing, discover_files
from cdp_pipeline.lake import UNDATED, Lake
from cdp_pipeline.lake_lock import held
from cdp_pipeline.profiles.survivorship_file import SurvivorshipError
from cdp_pipeline.settings import Settings
from cdp_pipeline.steps.database import published_at, read_published
from cdp_pipeline.steps.days import empty_missing_days, pending, work_of
from cdp_pipeline.steps.persons import read_choices
from cdp_pipeline.steps.rebuilding import forget_states
from cdp_pipeline.steps.reports import LedgerLine, read_day_report
from cdp_pipeline.steps.tables import read_attributes
from cdp_pipeline.steps.verdicts import broken_days
from cdp_pipeline.terminal.ledger import changes_table, ledger_table


@dataclass(frozen=True)
class Chosen:
    """What the user asked for: drop dates to read again, or everything; neither means what is new.

    Attributes:
        days: Drop dates.
        everything: All there are, from nothing.
        accept_rejected: Take days that are rejected beyond the limit as they are.
        accept_fewer_people: Publish although tables of people lost a large part of their rows.
    """

    days: frozenset[date]
    everything: bool
    accept_rejected: bool = False
    accept_fewer_people: bool = False


class Outcome(Protocol):
    """How the launched runs ended."""

    @property
    def run_ids(self) -> tuple[str, ...]:
        """The runs."""

    @property
    def failures(self) -> tuple[str, ...]:
        """A sentence per step or check that failed."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """A sentence per check that warns."""


class Launch(Protocol):
    """Runs the job over drop dates."""

    def __call__(
        self,
        days: Sequence[date],
        *,
        reprocess: bool,
        tell: Callable[[str], None],
        folder: Path,
        accept_rejected: bool,
        accept_fewer_people: bool,
    ) -> Outcome:
        """Run it; see `defs/launch.py`."""


def run_job(settings: Settings, chosen: Chosen, folder: Path, launch: Launch, out: Console, err: Console) -> int:
    """Run `daily_profiles` over the chosen drop dates and report; returns the exit status."""
    if not settings.raw_dir.is_dir():
        err.print(
            f"There is no folder {settings.raw_dir}; create it or name the landing folders in CDP_RAW_DIR.",
            soft_wrap=True,
        )
        return 1
    try:
        read_choices(settings)
        read_attributes(settings)
    except (RulesError, SurvivorshipError) as error:
        err.print(str(error), soft_wrap=True)
        return 2
    lake = Lake(settings.lake_dir)
    with held(lake, f"of cdp run, {secrets.token_hex(4)}", tell=lambda words: err.print(words, soft_wrap=True)):
        return _run_held(settings, lake, chosen, folder, launch, out, err)


def _run_held(
    settings: Settings, lake: Lake, chosen: Chosen, folder: Path, launch: Launch, out: Console, err: Console
) -> int:
    """Run while nobody else writes the lake: what is chosen, what is read and what is told are of one state."""
    landing = discover_files(settings.raw_dir, [entity.object_type for entity in ENTITIES])
    _warn(landing, err)
    days = _days_to_read(lake, landing, chosen, settings)
    readable = _readable(days, settings, err)
    _warn_of_empty_days(landing, chosen, err)
    if not days:
        out.print("Nothing new in the raw folder; bringing what follows up to date.")
    if chosen.everything:
        forget_states(lake)
        empty_missing_days(lake, landing, ENTITIES, settings, f"all-{datetime.now(UTC):%Y%m%dT%H%M%S%f}")
    began = datetime.now(UTC)
    before = published_at(lake)
    with out.status("Starting") as status:
        outcome = launch(
            readable,
            reprocess=chosen.everything or bool(chosen.days),
            tell=lambda step: status.update(step),
            folder=folder,
            accept_rejected=chosen.accept_rejected,
            accept_fewer_people=chosen.accept_fewer_people,
        )
    lines = _lines_of(lake, outcome.run_ids)
    if lines:
        out.print(ledger_table(lines))
    for warning in outcome.warnings:
        err.print(f"Warning: {warning}", soft_wrap=True)
    if outcome.failures:
        for failure in outcome.failures:
            err.print(failure, soft_wrap=True)
        state = "as it was before this run" if published_at(lake) == before else "the new state, published by this run"
        err.print(f"The published database is {state}. Mend the cause and run again.", soft_wrap=True)
        return 1
    published = read_published(lake)
    changed = {
        name: change
        for name, change in published.changes.items()
        if change.inserted or change.updated or change.deleted
    }
    out.print(changes_table(changed) if changed else "Published: no table changed.")
    took = (datetime.now(UTC) - began).total_seconds()
    out.print(
        f"{published.people:,} people from {published.records:,} records, "
        f"{published.unlinked:,} records without a person; "
        f"run {outcome.run_ids[-1][:8]} took {took:.1f} s."
    )
    rejected = sum(line.rejected for line in lines)
    out.print(
        "Next: cdp show <phone, e-mail or id> for one person"
        + (f", cdp rejected for the {rejected:,} rejected rows" if rejected else "")
        + ", make ui for the Dagster UI."
    )
    return 0


def _warn(landing: Landing, err: Console) -> None:
    for folder in landing.unknown_folders:
        err.print(f"Warning: {folder}/ in the raw folder is no object type and is not read.", soft_wrap=True)
    for file in landing.unfinished:
        err.print(f"{file} is still being written and is left for the next run.", soft_wrap=True)


def _days_to_read(lake: Lake, landing: Landing, chosen: Chosen, settings: Settings) -> list[str]:
    """The names of the days to read: asked for, or all there are, or those with new or changed files.

    With these go the days that stop every run: they are judged again, so that nothing is published past them.
    """
    if chosen.days:
        return sorted(day.isoformat() for day in chosen.days)
    if chosen.everything:
        return sorted({work.day for entity in ENTITIES for work in work_of(lake, landing, entity)})
    return sorted({work.day for work in pending(lake, landing, ENTITIES, settings)} | broken_days(lake, ENTITIES))


def _readable(days: list[str], settings: Settings, err: Console) -> list[date]:
    """Those days that are partitions; misplaced files go along with any day."""
    # A sender east of us may already be in tomorrow; Dagster's newest partition is today.
    today = (datetime.now(UTC) + timedelta(hours=settings.default_timezone_gmt)).date()
    first = settings.first_drop_date
    outside = [d for d in days if d != UNDATED and not first <= date.fromisoformat(d) <= today]
    for day in outside:
        err.print(
            f"Warning: drop date {day} lies outside {first} (CDP_FIRST_DROP_DATE) to {today} (today) and is not read.",
            soft_wrap=True,
        )
    inside = [date.fromisoformat(d) for d in days if d not in outside and d != UNDATED]
    return inside or ([today] if UNDATED in days else [])


def _warn_of_empty_days(landing: Landing, chosen: Chosen, err: Console) -> None:
    there = {file.drop_date for file in landing.files}
    for day in sorted(chosen.days - there):
        err.print(f"Warning: there is no file for drop date {day}; what was made of it before stays.", soft_wrap=True)


def _lines_of(lake: Lake, run_ids: tuple[str, ...]) -> list[LedgerLine]:
    found = []
    for entity in ENTITIES:
        for day in lake.report_days(entity.name):
            report = read_day_report(lake, entity.name, day)
            if report and report.line.run_id in run_ids:
                found.append(report.line)
    return found
