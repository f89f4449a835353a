"""`cdp run` around the job, which a fake stands for: who waits, what is warned of and what is said of a failure."""

import io
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from cdp_pipeline.lake import Lake
from cdp_pipeline.lake_lock import held
from cdp_pipeline.settings import Settings
from cdp_pipeline.terminal.running import Chosen, run_job

WHAT_IS_NEW = Chosen(frozenset(), everything=False)


@dataclass
class FailingJob:
    """A job that does something, and then fails."""

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
    return Settings(_env_file=None, raw_dir=tmp_path / "raw", lake_dir=tmp_path / "lake")


def run(settings: Settings, job: FailingJob, chosen: Chosen = WHAT_IS_NEW) -> str:
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
    printed = run(settings, FailingJob(lambda: ended.append(len(ended) == 1)))
    thread.join()
    assert "Run other (process " in printed
    assert "writes the lake; waiting until it has ended." in printed
    assert ended == [True, True], "the job began when the other run had ended"


def test_a_chosen_date_without_files_is_a_warning(settings: Settings) -> None:
    job = FailingJob()
    printed = run(settings, job, Chosen(frozenset({date(2026, 11, 16)}), everything=False))
    assert "Warning: there is no file for drop date 2026-11-16; what was made of it before stays." in printed
    assert job.asked == [[date(2026, 11, 16)]]


def test_a_failed_run_says_which_state_the_database_is_in(settings: Settings) -> None:
    assert "The published database is as it was before this run. Mend the cause and run again." in run(
        settings, FailingJob()
    )

    def publish() -> None:
        Lake(settings.lake_dir).write_report("serving", "published", {"at": datetime.now(UTC).isoformat()})

    assert "The published database is the new state, published by this run. Mend" in run(settings, FailingJob(publish))
