"""The page in Dagster: a run that stops writes it too."""

from pathlib import Path

import dagster as dg

from cdp_pipeline.defs.jobs import daily_profiles
from cdp_pipeline.defs.quality import page_of_stopped_run
from cdp_pipeline.defs.resources import Workplace


@dg.op
def build_of_lan() -> None:
    """A step whose error names a person."""
    raise ValueError("Nguyen Thi Lan, 0912345678")


@dg.job(hooks={page_of_stopped_run}, resource_defs={"workplace": Workplace()})
def stopping() -> None:
    build_of_lan()


def test_a_step_that_fails_writes_the_page_which_names_the_step_and_no_person(raw: Path) -> None:
    assert not stopping.execute_in_process(raise_on_error=False).success
    page = Workplace().settings.quality_page.read_text(encoding="utf-8")
    assert "<strong>No</strong>" in page
    assert "stopped at build_of_lan. Nothing is published yet." in page
    assert "0912345678" not in page


def test_the_main_job_does_so() -> None:
    assert page_of_stopped_run in (daily_profiles.hooks or ())
