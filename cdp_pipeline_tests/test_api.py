"""The public names of the package: what their docstrings show runs, and importing the package costs nothing."""

import doctest
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import cdp_pipeline
from cdp_pipeline import ConfigurationError, Settings, read_profiles, run
from cdp_pipeline.serving.database import ServingError

AN = {"customerId": "C1", "systemName": "CRM", "fullName": "Nguyễn Thị An", "phone": "0912345678"}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, with one customer in its raw folder and no settings."""
    for name in [name for name in os.environ if name.startswith("CDP_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "data" / "raw" / "customer-identity" / "2026-11-16" / "a.ndjson"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(AN) + "\n", encoding="utf-8")
    return tmp_path


def test_what_the_docstrings_show_runs(project: Path) -> None:
    finder, runner = doctest.DocTestFinder(recurse=False), doctest.DocTestRunner()
    for name, shown in (("Settings", Settings), ("run", run), ("read_profiles", read_profiles)):
        (example,) = finder.find(shown, name, globs={})
        assert runner.run(example).attempted > 0, name
    assert runner.summarize().failed == 0
    assert (project / "data" / "serving" / "cdp.db").exists()


def test_a_run_can_be_followed_step_by_step_with_its_warnings(project: Path) -> None:
    (project / "data" / "raw" / "customer-idenity").mkdir()
    told: list[str] = []
    assert run(progress=told.append).status == "published"
    assert told[0] == (
        "Warning: customer-idenity/ in the raw folder is not an object type and is not read; did you mean "
        "customer-identity/?"
    )
    assert {"read customer identity", "build profiles"} <= set(told)


def test_what_cannot_be_done_is_an_error_in_words(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ServingError, match="run the pipeline first"):
        read_profiles()
    monkeypatch.setenv("CDP_LAKE", "x")
    with pytest.raises(ConfigurationError, match="did you mean CDP_LAKE_DIR"):
        read_profiles()


def test_every_public_name_is_there_and_no_other() -> None:
    assert all(getattr(cdp_pipeline, name).__doc__ for name in cdp_pipeline.__all__)
    with pytest.raises(AttributeError, match="attribute walk"):
        cdp_pipeline.walk  # noqa: B018


def test_importing_the_package_imports_nothing_else() -> None:
    code = "import sys, cdp_pipeline; print(sorted({'polars', 'dagster', 'pydantic', 'rich'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
