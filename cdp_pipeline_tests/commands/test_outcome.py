"""How a run ends on the terminal: with the people, not only their number, and with commands that can be pasted."""

import io
from typing import Any

import pytest
from rich.console import Console

from cdp_pipeline.commands.outcome import print_outcome
from cdp_pipeline.pipeline.publication import Published
from cdp_pipeline.serving.pipeline import Changes
from cdp_pipeline.settings import Settings
from cdp_pipeline_tests.commands.test_finding import url  # noqa: F401

ROWS = {"profiles": 5, "profile_records": 12, "unlinked_records": 1}


@pytest.fixture
def printed(url: str) -> Any:  # noqa: F811
    """What is printed of a publication with these changes of profiles: inserted, updated, deleted, unchanged."""

    def call(*changes: int, is_idle: bool = False) -> str:
        out = Console(record=True, width=80, file=io.StringIO())
        published = Published({"profiles": Changes(*changes)}, ROWS)
        print_outcome(Settings(_env_file=None, database_url=url), published, [], is_idle, "run 1234 took 2.0 s", out)
        return out.export_text()

    return call


def test_a_run_shows_people_masked_and_where_to_look_next(printed: Any) -> None:
    text = printed(4, 1, 0, 0)
    assert "Published: 4 rows inserted, 1 updated and 0 deleted in 1 table." in text
    assert "5 people from 12 records, 1 record without a person; run 1234 took 2.0 s." in text
    assert "N*** T*** M*** A***" in text
    assert "Minh Anh" not in text
    assert "\n  cdp show p1  " in text
    assert max(map(len, text.splitlines())) <= 80


def test_a_run_that_had_nothing_to_do_says_so_in_one_line(printed: Any) -> None:
    assert printed(0, 0, 0, 5, is_idle=True) == (
        "Nothing new in the raw folder, no table changed: 5 people from 12 records, 1 record without a person; "
        "run 1234 took 2.0 s.\n"
    )


def test_a_run_without_new_files_that_changed_something_says_both(printed: Any) -> None:
    text = printed(0, 1, 0, 4, is_idle=True)
    assert text.startswith("Nothing new in the raw folder; what follows was brought up to date.\nPublished: 0 rows")
