"""`cdp init` writes a project that works, changes nothing of the user's, and says what to do next."""

import io
import sys
from importlib.resources import files
from pathlib import Path

import dotenv
import pytest
from rich.console import Console

from cdp_pipeline.commands.init import settings_file, write_project
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.settings import PREFIX, Settings

ROOT = Path(__file__).parents[2]


def start(folder: Path, with_sample: bool = False) -> tuple[int, str]:
    out = Console(record=True, width=80, file=io.StringIO())
    status = write_project(folder, with_sample, out, out)
    return status, out.export_text()


def test_a_project_has_settings_landing_folders_and_what_dagster_reads(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    status, printed = start(folder)
    assert status == 0
    assert {path.name for path in folder.iterdir()} == {".env", ".gitignore", "workspace.yaml", "dagster.yaml", "data"}
    assert {path.name for path in (folder / "data" / "raw").iterdir()} == {e.object_type for e in ENTITIES}
    assert f"  cd {folder}" in printed
    assert "  cdp run  " in printed
    assert "DAGSTER_HOME=$PWD dagster dev -w workspace.yaml" in printed


def test_its_settings_are_the_defaults_until_a_line_is_uncommented(tmp_path: Path) -> None:
    text = settings_file()
    assert all(f"# {PREFIX}{name.upper()}=" in text for name in Settings.model_fields)
    path = tmp_path / ".env"
    path.write_text(text, encoding="utf-8")
    assert dotenv.dotenv_values(path) == {}
    path.write_text(text.replace("# CDP_CURRENCY=VND", "CDP_CURRENCY=SGD"), encoding="utf-8")
    assert dotenv.dotenv_values(path) == {"CDP_CURRENCY": "SGD"}


def test_the_sample_comes_on_request_and_is_that_of_the_checkout(tmp_path: Path) -> None:
    status, printed = start(tmp_path, with_sample=True)
    assert status == 0
    assert "A sample of three days: 52 files of made-up people." in printed
    sample = tmp_path / "data" / "raw"
    written = {path.relative_to(sample) for path in sample.rglob("*") if path.is_file()}
    shipped, generated = ROOT / "data" / "raw", {path.parts[0] for path in written}
    there = {path.relative_to(shipped) for path in shipped.rglob("*") if path.is_file()}
    # An entity that the generator does not know has a sample in the checkout only.
    assert written == {path for path in there if path.parts[0] in generated}


def test_a_folder_that_holds_something_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").touch()
    status, printed = start(tmp_path)
    assert (status, [path.name for path in tmp_path.iterdir()]) == (2, ["mine.txt"])
    assert "is not empty; name a new folder, so that nothing of yours is changed." in printed


def test_commands_have_their_whole_path_where_cdp_is_not_on_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "bin" / "cdp"
    script.parent.mkdir()
    script.touch(mode=0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["bin/cdp", "init"])
    monkeypatch.setenv("PATH", "/usr/bin")
    printed = start(tmp_path / "shop")[1]
    assert f"\n  {script} run" in printed
    assert f"DAGSTER_HOME=$PWD {tmp_path}/bin/dagster dev -w workspace.yaml" in printed


@pytest.mark.parametrize("name", ["workspace.yaml", "dagster.yaml"])
def test_what_dagster_reads_is_as_in_the_checkout(name: str) -> None:
    shipped = files("cdp_pipeline.commands").joinpath("project", name).read_text(encoding="utf-8")
    assert shipped == (ROOT / name).read_text(encoding="utf-8")
