"""What `cdp run` hands to the job, whom it waits for and what it tells; a few lines here play the job itself."""

import io
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from rich.console import Console

from cdp_pipeline.commands.run import Chosen, run_job
from cdp_pipeline.quality.report.content import Warned
from cdp_pipeline.settings import Settings
from cdp_pipeline.store.lake import Lake
from cdp_pipeline.store.lock import held


@dataclass
class Job:
    """A job that ends as told, and remembers what it was asked for."""

    failures: tuple[str, ...] = ()
    warnings: tuple[Warned, ...] = ()
    run_ids: tuple[str, ...] = ("r1",)
    asked: dict[str, Any] = field(default_factory=dict)

    def __call__(self, days: Any, **asked: Any) -> "Job":
        self.asked = {"days": days, **asked}
        return self


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., tuple[int, str]]:
    """Runs a job over an empty raw folder; returns the exit status and what was printed."""
    (tmp_path / "raw").mkdir()
    settings = Settings(
        _env_file=None, raw_dir=tmp_path / "raw", lake_dir=tmp_path / "lake", database_url=f"sqlite:///{tmp_path}/a.db"
    )

    def call(job: Job, chosen: Chosen = Chosen(frozenset(), everything=False)) -> tuple[int, str]:  # noqa: B008
        out = Console(record=True, width=200, file=io.StringIO())
        status = run_job(settings, chosen, tmp_path, job, out, out)
        return status, out.export_text()

    return call


def test_checks_that_warn_are_printed_before_the_failures(run: Any) -> None:
    warned = Warned("staging/x", "y", "1 row lacks")
    status, printed = run(Job(failures=("Step publish failed: disk is full",), warnings=(warned,)))
    assert status == 1
    assert printed.index("Warning: staging/x, y: 1 row lacks") < printed.index("Step publish failed: disk is full")


def test_a_backend_that_cannot_be_used_is_one_line_and_nothing_is_run(
    one_file: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyspark", None)
    there = one_file.model_copy(update={"backend": "sc://spark.example.com:15002/;token=secret"})
    job, out = Job(), Console(record=True, width=400, file=io.StringIO())
    assert run_job(there, Chosen(frozenset(), everything=False), there.lake_dir.parent, job, out, out) == 2
    assert [line for line in out.export_text().splitlines() if line] == [
        "CDP_BACKEND is sc://spark.example.com:15002, for which pyspark is missing: install the extra, "
        "pip install 'cdp_pipeline[spark]', or set CDP_BACKEND=duckdb. See docs/cluster.md."
    ]
    assert job.asked == {}


def test_what_a_person_accepts_goes_to_the_job(run: Any) -> None:
    job = Job(failures=("stop here",))
    run(job, Chosen(frozenset(), everything=False, accept_rejected=True, accept_fewer_people=True))
    assert (job.asked["accept_rejected"], job.asked["accept_fewer_people"]) == (True, True)
    assert not job.asked["from_nothing"]
    run(job, Chosen(frozenset(), everything=True))
    assert (job.asked["reprocess"], job.asked["from_nothing"]) == (True, True)


WHAT_IS_NEW = Chosen(frozenset(), everything=False)


@dataclass
class FailingJob:
    """A job that does something, and then fails."""

    warnings = ()

    does: Callable[[], object] = lambda: None
    asked: list[list[date]] = field(default_factory=list)
    run_ids: tuple[str, ...] = ("run-1",)
    failures: tuple[str, ...] = ("Step publish failed: it does.",)

    def __call__(self, days: Any, **_: Any) -> "FailingJob":
        self.asked.append(list(days))
        self.does()
        return self


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "raw").mkdir()
    return Settings(
        _env_file=None, raw_dir=tmp_path / "raw", lake_dir=tmp_path / "lake", database_url=f"sqlite:///{tmp_path}/a.db"
    )


def printed_by(settings: Settings, job: FailingJob, chosen: Chosen = WHAT_IS_NEW) -> str:
    """What the command prints; it ends with 1."""
    out = Console(record=True, width=300, file=io.StringIO())
    assert run_job(settings, chosen, Path(), job, out, out) == 1
    return out.export_text()


def test_a_run_waits_for_another_one_and_says_for_whom(settings: Settings) -> None:
    waiting, ended = threading.Event(), []

    def other_run() -> None:
        with held(Lake(settings.lake_dir), "other"):
            begun.set()
            waiting.wait(0.5)
            ended.append(True)

    begun = threading.Event()
    thread = threading.Thread(target=other_run)
    thread.start()
    begun.wait()
    printed = printed_by(settings, FailingJob(lambda: ended.append(len(ended) == 1)))
    thread.join()
    assert "Run other (process " in printed
    assert "writes the lake; waiting until it has ended." in printed
    assert ended == [True, True], "the job began when the other run had ended"


@pytest.fixture
def one_file(settings: Settings) -> Settings:
    """A raw folder with one file, of 2026-11-16."""
    path = settings.raw_dir / "customer-identity" / "2026-11-16" / "a.ndjson"
    path.parent.mkdir(parents=True)
    path.write_text('{"customerId": "C1"}\n')
    return settings


def test_chosen_dates_without_files_are_one_warning_beside_one_that_has_some(one_file: Settings) -> None:
    job, days = FailingJob(), [date(2026, 11, day) for day in (16, 17, 18)]
    printed = printed_by(one_file, job, Chosen(frozenset(days), everything=False))
    assert "Warning: there is no file for 2 drop dates, 2026-11-17 to 2026-11-18; what was made of it" in printed
    assert printed.count("there is no file") == 1
    assert job.asked == [days]


def test_dates_on_which_nothing_ever_came_are_an_error_that_names_the_nearest(one_file: Settings) -> None:
    out, job = Console(record=True, width=300, file=io.StringIO()), FailingJob()
    chosen = Chosen(frozenset({date(2025, 11, 16)}), everything=False)
    assert run_job(one_file, chosen, Path(), job, out, out) == 2
    assert job.asked == []
    assert out.export_text() == (
        f"There is no file for 2025-11-16; did you mean 2026-11-16? The drop dates below {one_file.raw_dir} go from "
        "2026-11-16 to 2026-11-16.\n"
    )


def test_a_date_in_an_empty_raw_folder_is_an_error_too(settings: Settings) -> None:
    out = Console(record=True, width=300, file=io.StringIO())
    assert run_job(settings, Chosen(frozenset({date(2025, 11, 16)}), False), Path(), FailingJob(), out, out) == 2
    assert "There is no file for 2025-11-16, nor for any other date below" in out.export_text()


def test_a_failed_run_writes_the_page_and_says_where_it_lies(settings: Settings) -> None:
    printed = printed_by(settings, FailingJob())
    assert f"What is open: {settings.quality_page}" in printed
    assert "<strong>No</strong>" in settings.quality_page.read_text()
    assert "stopped at its start" in settings.quality_page.read_text()


def test_a_failed_run_says_which_state_the_database_is_in(settings: Settings) -> None:
    assert "The published database is as it was before this run. Correct the cause and run again." in printed_by(
        settings, FailingJob()
    )

    def publish() -> None:
        published = {"at": datetime.now(UTC).isoformat(), "changes": {}, "rows": {"profiles": 1}}
        Lake(settings.lake_dir).write_report("serving", "published", published)

    assert "The published database is the new state, published by this run. Correct" in printed_by(
        settings, FailingJob(publish)
    )


def test_a_run_that_failed_over_a_file_that_broke_meanwhile_names_it_and_what_to_do(settings: Settings) -> None:
    def break_a_file() -> None:
        lake = Lake(settings.lake_dir)
        lake.write("current", "leads", pl.DataFrame({"id": ["a"] * 100}))
        path = lake.path("current", "leads")
        path.write_bytes(path.read_bytes()[:-20])

    printed = printed_by(settings, FailingJob(break_a_file))
    assert "leads.parquet (layer current) is damaged: it is cut off" in printed
    assert "Run `cdp run`, which rebuilds it" in printed
