"""What `cdp run` hands to the job and tells of it; the job itself is played by a few lines here."""

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from cdp_pipeline.settings import Settings
from cdp_pipeline.terminal.running import Chosen, run_job


@dataclass
class Job:
    """A job that ends as told, and remembers what it was asked for."""

    failures: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    is_published: bool = False
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
    status, printed = run(Job(failures=("Step publish failed: disk is full",), warnings=("staging/x, y: 1 row lacks",)))
    assert status == 1
    assert printed.index("Warning: staging/x, y: 1 row lacks") < printed.index("Step publish failed: disk is full")


@pytest.mark.parametrize(("is_published", "state"), [(False, "as it was before this run"), (True, "in the new state")])
def test_a_failed_run_says_in_which_state_the_database_is(run: Any, is_published: bool, state: str) -> None:
    _, printed = run(Job(failures=("Check failed",), is_published=is_published))
    assert f"The published database is {state}. Mend the cause and run again." in printed


def test_what_a_person_accepts_goes_to_the_job(run: Any) -> None:
    job = Job(failures=("stop here",))
    run(job, Chosen(frozenset(), everything=False, accept_rejected=True, accept_fewer_people=True))
    assert (job.asked["accept_rejected"], job.asked["accept_fewer_people"]) == (True, True)


def test_a_day_of_only_bad_rows_stops_run_after_run_and_leaves_the_database_as_it_was(
    run_pipeline: Callable[[Path], Any], tmp_path: Path
) -> None:
    bad = tmp_path / "bad" / "customer-identity" / "2026-11-16" / "a.ndjson"
    bad.parent.mkdir(parents=True)
    bad.write_text('{"customerId": ""}\nnot json\n')
    stopped = run_pipeline(tmp_path / "bad")
    for status, printed in ((stopped.status, stopped.printed), stopped.again()):
        assert status == 1
        assert "rejected_share_is_bearable: 2026-11-16: 2 of 2 rows rejected" in printed
        assert "`cdp run --date 2026-11-16 --accept-rejected`" in printed
        assert "as it was before this run" in printed
    assert not (stopped.folder / "serving").exists()
