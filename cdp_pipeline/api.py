"""The pipeline from Python: `from cdp_pipeline import run, read_profiles, Settings`.

What the command line does, for programs: nothing is printed, results are values, and who wants to follow a run gives
it a `progress`. Whatever is not given as a setting
comes from the environment and `.env`, as on the command line.
"""

import io
import os
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

import polars as pl
from rich.console import Console

from cdp_pipeline.settings import Settings, in_force, read_settings

_WIDTH = 200


@dataclass(frozen=True)
class RunResult:
    """How a run ended.

    Attributes:
        status: `published`: everything; `held`: everything except deliveries with too many rejected rows; `failed`:
            a step or a check stopped the run, and the earlier publication stays.
        summary: What `cdp run` prints: the ledger, and what was published.
        problems: A line per warning, held delivery and failure.
    """

    status: Literal["published", "held", "failed"]
    summary: str
    problems: tuple[str, ...]


def run(
    settings: Settings | None = None,
    *,
    dates: Collection[date] = (),
    everything: bool = False,
    accept_rejected: bool = False,
    accept_fewer_people: bool = False,
    restore_ids: bool = False,
    progress: Callable[[str], object] | None = None,
) -> RunResult:
    """Run the job `daily_profiles` in this process: read what is new or changed, publish who is who.

    >>> from cdp_pipeline import run
    >>> run().status
    'published'

    The first run of a process fixes `first_drop_date`, `executor` and the time zone, which Dagster keeps. Files that
    the process makes from then on are its user's alone, as those of `cdp` are.

    Args:
        settings: Where to read and write; those of the environment when left out.
        dates: Drop dates to read again; without any, what is new or changed is read.
        everything: Read everything again, from nothing; person ids are kept.
        accept_rejected: Use held deliveries as they are, with all that is rejected.
        accept_fewer_people: Publish although tables of people shrank by much.
        restore_ids: Take lost person ids from the published database, or a kept copy.
        progress: Called with a line as each step begins, and with each warning and failure as it is found; `print`, or
            the method of a logger.

    Raises:
        ValueError: Nothing was ever delivered on these dates, or the backend cannot be used.
        ConfigurationError: A setting or file of rules cannot be used; it is a `ValueError` too.
        OSError: The lake cannot be read or written.
    """
    from cdp_pipeline.commands import HELD, Chosen, is_database_usable, run_job

    used = settings or read_settings()
    files = io.StringIO(), _Lines(progress)
    out, err = (Console(file=file, width=_WIDTH, highlight=False, emoji=False) for file in files)
    with in_force(used):
        from cdp_pipeline.defs.launch import RunOutcome, run_daily_profiles

        def launch(days: Sequence[date], *, log: Callable[[str], None], **options: Any) -> RunOutcome:
            return run_daily_profiles(days, log=progress or log, **options)

        chosen = Chosen(frozenset(dates), everything, accept_rejected, accept_fewer_people, restore_ids)
        instance = Path(os.environ.get("DAGSTER_HOME") or Path.cwd())
        is_usable = is_database_usable(used, err)
        ended = run_job(used, chosen, instance, launch, out, err) if is_usable else 1
    summary, problems = (file.getvalue() for file in files)
    if ended == 2:
        raise ValueError(problems.strip())
    status: dict[int, Literal["published", "held", "failed"]] = {0: "published", HELD: "held"}
    return RunResult(status.get(ended, "failed"), summary, tuple(problems.splitlines()))


class _Lines(io.StringIO):
    """Keeps what is printed, and passes each line on."""

    def __init__(self, progress: Callable[[str], object] | None) -> None:
        super().__init__()
        self._progress = progress

    def write(self, text: str) -> int:
        if self._progress:
            for line in filter(None, text.splitlines()):
                self._progress(line)
        return super().write(text)


def read_profiles(settings: Settings | None = None) -> pl.DataFrame:
    """The published profiles, one row per person, by person id; personal data is as it is, not masked.

    >>> from cdp_pipeline import read_profiles
    >>> read_profiles().select("display_name", "primary_phone", "record_count").rows()
    [('Nguyễn Thị An', '+84912345678', 1)]

    All are in memory at once; for millions read the Parquet copies, which `Settings().copies_dir` names.

    Args:
        settings: Where the database is; those of the environment when left out.

    Raises:
        ServingError: There is no such database, or nothing was published to it yet.
    """
    from cdp_pipeline.pipeline import PUBLISHED_TABLES
    from cdp_pipeline.profiles.golden import PROFILES
    from cdp_pipeline.serving import database_tables, read_table, reading

    with reading((settings or read_settings()).database_url) as connection:
        return read_table(connection, database_tables(PUBLISHED_TABLES), PROFILES)
