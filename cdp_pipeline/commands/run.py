"""`cdp run`: chooses the drop dates, checks the database, runs the job, and prints what it did.

Loads neither Dagster nor what reads files before there is something to run.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Protocol

from rich.console import Console
from rich.status import Status

from cdp_pipeline.backend import BackendError, backend_of
from cdp_pipeline.commands.outcome import ledger_table, print_outcome, warning_lines
from cdp_pipeline.commands.printing import print_text, progress
from cdp_pipeline.deliveries import (
    LedgerLine,
    days_without_files,
    empty_missing_days,
    held_deliveries,
    landing_of,
    misspelt_folders,
    newest_day_reports,
    pending,
    spanned,
    work_of,
)
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.ingest import Landing
from cdp_pipeline.pipeline import (
    chosen_of,
    clear_states,
    keep_stopped,
    mend,
    published_at,
    read_choices,
    read_published,
    write_quality_page,
)
from cdp_pipeline.privacy import read_retention
from cdp_pipeline.quality.report import Warned
from cdp_pipeline.serving import ServingError, UnwritableError, check_usable
from cdp_pipeline.settings import PREFIX, Settings
from cdp_pipeline.store import UNDATED, DamagedError, Lake, day_name, held
from cdp_pipeline.values.display_text import count_of, visible
from cdp_pipeline.values.mask import mask_contacts

HELD = 3
"""The exit status when everything else is published, but deliveries are held."""


@dataclass(frozen=True)
class Chosen:
    """What the user asked for: drop dates to read again, or everything; neither means what is new.

    Attributes:
        days: Drop dates.
        everything: All there are, from nothing.
        accept_rejected: Use held deliveries as they are, with all that is rejected.
        accept_fewer_people: Publish although tables of people lost a large part of their rows.
        restore_ids: Restore the memory of person ids, where that is lost.
    """

    days: frozenset[date]
    everything: bool
    accept_rejected: bool = False
    accept_fewer_people: bool = False
    restore_ids: bool = False


class Outcome(Protocol):
    """How the launched runs ended."""

    @property
    def run_ids(self) -> tuple[str, ...]:
        """The runs."""

    @property
    def failures(self) -> tuple[str, ...]:
        """A sentence per step or check that failed."""

    @property
    def warnings(self) -> tuple[Warned, ...]:
        """The checks that do not hold and stop nothing."""


class Launch(Protocol):
    """Runs the job over drop dates."""

    def __call__(
        self,
        days: Sequence[date],
        *,
        reprocess: bool,
        log: Callable[[str], None],
        folder: Path,
        from_nothing: bool,
        accept_rejected: bool,
        accept_fewer_people: bool,
    ) -> Outcome:
        """Run it; see `defs/launch.py`."""


def run_job(settings: Settings, chosen: Chosen, folder: Path, launch: Launch, out: Console, err: Console) -> int:
    """Run `daily_profiles` over the chosen drop dates and report.

    Returns:
        The exit status: 0 when all is published, `HELD` when deliveries are held, 1 when a step or a check that stops
        failed, 2 when the backend cannot be used, or nothing was ever delivered on the dates asked for.
    """
    if not settings.raw_dir.is_dir():
        print_text(err, f"There is no folder {settings.raw_dir}; create it or name the landing folders in CDP_RAW_DIR.")
        return 1
    read_choices(settings)
    chosen_of(settings)
    read_retention(settings.retention)
    try:
        backend_of(settings.backend).check(settings.lake_dir)
    except BackendError as error:
        print_text(err, str(error))
        return 2
    lake, run = Lake(settings.lake_dir), f"of cdp run, {secrets.token_hex(4)}"

    def log(words: str) -> None:
        print_text(err, words)

    def begin() -> None:
        mend(lake, settings, run, log, from_nothing=chosen.everything, restore=chosen.restore_ids)

    with progress(out, "Finding what is new") as status, held(lake, run, log=log, begin=begin):
        return _run_held(settings, lake, chosen, folder, launch, status, out, err)


def _run_held(
    settings: Settings, lake: Lake, chosen: Chosen, folder: Path, launch: Launch, status: Status, out: Console,
    err: Console,
) -> int:  # fmt: skip
    """Run while the lake is locked: choice of dates, reading and printed result belong to one state."""
    landing = landing_of(settings, ENTITIES)
    if problem := _without_files(chosen, settings, lake, landing):
        print_text(err, problem, style="red")
        return 2
    _warn(landing, misspelt_folders(settings, ENTITIES), err)
    new = _new_days(lake, landing, chosen, settings)
    readable = _readable(_with_held_days(lake, new, chosen), settings, err)
    _warn_of_empty_days(landing, chosen, err)
    emptied = f"all-{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
    if chosen.everything:
        clear_states(lake)
        empty_missing_days(lake, landing, ENTITIES, settings, emptied)
    began = datetime.now(UTC)
    before = published_at(lake)
    outcome = launch(
        readable,
        reprocess=chosen.everything or bool(chosen.days),
        log=lambda step: status.update(step),
        folder=folder,
        from_nothing=chosen.everything,
        accept_rejected=chosen.accept_rejected,
        accept_fewer_people=chosen.accept_fewer_people,
    )
    status.stop()
    lines = _lines_of(lake, outcome.run_ids)
    held_lines = held_deliveries(lake, ENTITIES)
    if lines:
        out.print(ledger_table(lines, held_lines))
    for loss in _losses(lake, landing, (*outcome.run_ids, emptied)):
        print_text(err, f"Warning: {loss}", style="yellow")
    for line in warning_lines(outcome.warnings):
        print_text(err, line, style="yellow")
    if outcome.failures:
        for failure in outcome.failures:
            print_text(err, failure, style="red")
        # A file that broke while the run read it shows as an error of whatever library read it.
        for path, reason in lake.damaged():
            print_text(err, str(DamagedError(path, lake.place(path)[0], reason)), style="red")
        state = "as it was before this run" if published_at(lake) == before else "the new state, published by this run"
        print_text(err, f"The published database is {state}. Correct the cause and run again.")
        now = datetime.now(UTC)
        keep_stopped(lake, outcome.run_ids[-1], now)
        write_quality_page(lake, settings, ENTITIES, outcome.run_ids[-1], now)
        print_text(err, f"What is open: {settings.quality_page}")
        return 1
    took = (datetime.now(UTC) - began).total_seconds()
    published = read_published(lake)
    assert published is not None, "a run that succeeds publishes"
    print_outcome(settings, published, lines, not new, f"run {outcome.run_ids[-1][:8]} took {took:.1f}\u00a0s", out)
    if held_lines:
        named = ", ".join(f"{line.object_type} {line.drop_date}" for line in held_lines)
        held_words = count_of(len(held_lines), "delivery")
        begin = f"Published, {held_words} held" if new else f"{held_words} still held"
        print_text(
            out,
            f"{begin}: {named}. No row of a held delivery is used "
            "until it is repaired, removed, or accepted with --accept-rejected.",
            style="red",
        )
        return HELD
    return 0


def _without_files(chosen: Chosen, settings: Settings, lake: Lake, landing: Landing) -> str | None:
    """A sentence about dates without any delivery: most likely they were mistyped."""
    known = {day for entity in ENTITIES for day in newest_day_reports(lake, entity.name) if day != UNDATED}
    delivered = {date.fromisoformat(day) for day in known} | {f.drop_date for f in landing.files if f.drop_date}
    if not chosen.days or chosen.days & delivered:
        return None
    asked = spanned([day.isoformat() for day in sorted(chosen.days)])
    if not delivered:
        return f"There is no file for {asked}, nor for any other date below {settings.raw_dir}."
    first = min(chosen.days)
    near = min(delivered, key=lambda day: (abs((day - first).days), day))
    return (
        f"There is no file for {asked}; did you mean {near}? The drop dates below {settings.raw_dir} go from "
        f"{min(delivered)} to {max(delivered)}."
    )


def _warn(landing: Landing, misspelt: Mapping[str, str], err: Console) -> None:
    for folder in landing.unknown_folders:
        name = visible(mask_contacts(folder))
        words = misspelt.get(folder) or f"{name}/ in the raw folder is not an object type and is not read."
        print_text(err, f"Warning: {words}", style="yellow")
    for file in landing.unfinished:
        print_text(err, f"{visible(mask_contacts(file))} is still being written and is left for the next run.")


def _new_days(lake: Lake, landing: Landing, chosen: Chosen, settings: Settings) -> list[str]:
    """The names of the days to read: asked for, or all there are, or those with new or changed files."""
    if chosen.days:
        return sorted(day.isoformat() for day in chosen.days)
    if chosen.everything:
        return sorted({work.day for entity in ENTITIES for work in work_of(lake, landing, entity)})
    return sorted({work.day for work in pending(lake, landing, ENTITIES, settings)})


def _with_held_days(lake: Lake, days: list[str], chosen: Chosen) -> list[str]:
    """The days to read, with days whose held deliveries are to be accepted.

    If there is nothing to read, all requested days are evaluated, as otherwise no check of that run would cover them.
    """
    is_asked = bool(chosen.days) or chosen.everything
    if is_asked or (days and not chosen.accept_rejected):
        return days
    return sorted({*days, *(line.drop_date for line in held_deliveries(lake, ENTITIES) if line.drop_date)})


def _readable(days: list[str], settings: Settings, err: Console) -> list[date]:
    """Those days that are partitions; misplaced files go along with any day."""
    first, today = settings.first_drop_date, settings.today
    outside = [d for d in days if d != UNDATED and not first <= date.fromisoformat(d) <= today]
    for day in outside:
        print_text(
            err,
            f"Warning: drop date {day} lies outside {first} (CDP_FIRST_DROP_DATE) to {today} (today) and is not read.",
            style="yellow",
        )
    inside = [date.fromisoformat(d) for d in days if d not in outside and d != UNDATED]
    return inside or ([today] if UNDATED in days else [])


def _warn_of_empty_days(landing: Landing, chosen: Chosen, err: Console) -> None:
    there = {file.drop_date for file in landing.files}
    if empty := [day.isoformat() for day in sorted(chosen.days - there)]:
        named = f"drop date {empty[0]}" if len(empty) == 1 else spanned(empty)
        print_text(err, f"Warning: there is no file for {named}; what was made of it before stays.", style="yellow")


def _losses(lake: Lake, landing: Landing, run_ids: tuple[str, ...]) -> list[str]:
    """What senders took away, by what these runs read, and days whose files are all gone."""
    reports = [report for entity in ENTITIES for report in newest_day_reports(lake, entity.name).values()]
    losses = [loss for report in reports if report.line.run_id in run_ids for loss in report.losses]
    there = {(file.object_type, day_name(file.drop_date)) for file in landing.files}
    return [*losses, *filter(None, [days_without_files(lake, ENTITIES, there)])]


def _lines_of(lake: Lake, run_ids: tuple[str, ...]) -> list[LedgerLine]:
    found: list[LedgerLine] = []
    for entity in ENTITIES:
        reports = newest_day_reports(lake, entity.name).values()
        found += [report.line for report in reports if report.line.run_id in run_ids]
    return found


_NO_STEP = "the database, which could not be used"


def is_database_usable(settings: Settings, err: Console) -> bool:
    """Whether a run can publish; otherwise prints the reason and writes a data-quality page of a stopped run.

    No page is written where the database's place cannot be written, as it lies beside the database.

    Every run publishes, if only to compare the database with the lake, so that the connection is always needed.

    Args:
        settings: The database, the lake and the page.
        err: Where the reason is printed.
    """
    try:
        check_usable(settings.database_url)
    except ServingError as error:
        reason = str(error).rstrip(".")
        if not isinstance(error, UnwritableError):
            _write_page(settings)
        print_text(
            err,
            f"{PREFIX}DATABASE_URL names a database that cannot be used. {reason}. Nothing was read or published; "
            "correct the database or the setting and run again.",
            style="red",
        )
        return False
    return True


def _write_page(settings: Settings) -> None:
    """Write the page of a run that stopped here, unless another run, which writes its own, is under way."""
    if not settings.lake_dir.is_dir():
        return
    from cdp_pipeline.deliveries import was_anything_read
    from cdp_pipeline.entities.registry import ENTITIES
    from cdp_pipeline.pipeline import keep_stopped, write_quality_page
    from cdp_pipeline.store import Lake, LakeBusyError, held

    lake, run, now = Lake(settings.lake_dir), secrets.token_hex(4), datetime.now(UTC)
    if not was_anything_read(lake, ENTITIES):
        return
    try:
        with held(lake, f"of cdp run, {run}", wait_seconds=0):
            keep_stopped(lake, run, now, _NO_STEP)
            write_quality_page(lake, settings, ENTITIES, run, now)
    except LakeBusyError:
        return
