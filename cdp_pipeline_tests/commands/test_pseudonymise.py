"""`cdp pseudonymise` read as its user reads it."""

import io
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from rich.console import Console

from cdp_pipeline.cli import cdp
from cdp_pipeline.commands.pseudonymise import Wanted, pseudonymise_tables
from cdp_pipeline.privacy import RequestLog, new_request
from cdp_pipeline.settings import Settings

Told = tuple[int, str]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, run_steps: Callable[[Path], Any]) -> Settings:
    """Two customers of one age."""
    raw = tmp_path_factory.mktemp("raw")
    folder = raw / "customer-identity" / "2026-11-16"
    folder.mkdir(parents=True)
    people = [("C1", "Nguyễn Thị Hoa", "0912345678"), ("C2", "Trần Quốc Bình", "0987654321")]
    both = {"systemName": "CRM", "dob2": "1988-06-15"}
    lines = (json.dumps({"customerId": i, "fullName": n, "phone": p, **both}) for i, n, p in people)
    (folder / "part.ndjson").write_text("\n".join(lines), encoding="utf-8")
    settings: Settings = run_steps(raw).settings
    return settings


def call(settings: Settings, target: Path, **others: Any) -> Told:
    out = Console(record=True, width=200, file=io.StringIO())
    return pseudonymise_tables(settings, Wanted(target, "churn", **others), out, out), out.export_text()


def test_it_prints_tables_what_was_left_out_and_the_smallest_group(world: Settings, tmp_path: Path) -> None:
    status, printed = call(world, tmp_path / "out", tables=("profiles", "profile_records"))
    assert status == 0
    assert [line.split() for line in printed.splitlines()[1:3]] == [["profiles", "2"], ["profile_records", "2"]]
    assert "2 persons for analytics; left out: 0 whose data may not be used for it." in printed
    assert "14 personal" in printed
    assert "1 group, the smallest of 2 persons; 2 persons in groups of fewer than 5." in printed
    assert "with --k 5 all of this is left empty of them" in printed
    assert "These are still personal data" in printed
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == ["profile_records.parquet", "profiles.parquet"]
    assert "Hoa" not in printed


def test_without_profiles_no_group_is_counted(world: Settings, tmp_path: Path) -> None:
    status, printed = call(world, tmp_path / "out", tables=("profile_records",))
    assert (status, "Alike in" in printed) == (0, False)


def test_an_unknown_table_is_refused_with_the_nearest_name(world: Settings, tmp_path: Path) -> None:
    assert call(world, tmp_path / "out", tables=("profile_record",)) == (
        2,
        "'profile_record' is no table that can be exported; did you mean profile_records?\n",
    )


def test_a_folder_with_content_or_of_the_pipeline_is_refused(world: Settings, tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("mine")
    assert call(world, tmp_path)[0] == 2
    for place in (world.lake_dir / "out", world.raw_dir / "out", world.copies_dir / "out"):
        status, printed = call(world, place)
        assert (status, "which is the pipeline's; name a folder elsewhere" in printed) == (2, True)
        assert not place.exists()


def test_a_link_to_nowhere_is_refused_as_what_it_is(world: Settings, tmp_path: Path) -> None:
    (tmp_path / "out").symlink_to(tmp_path / "unmounted")
    status, printed = call(world, tmp_path / "out")
    assert (status, "is a link to a place that is not there; name a new folder." in printed) == (2, True)


def test_nothing_leaves_while_a_request_is_being_carried_out(world: Settings, tmp_path: Path) -> None:
    settings = world.model_copy(update={"privacy_dir": tmp_path / "privacy", "privacy_key_file": tmp_path / "key"})
    request = new_request("object", "P1", date(2026, 11, 17), purposes=("analytics",))
    for event in ("received", "confirmed"):
        RequestLog(settings.privacy_dir).append(request.event(event))
    status, printed = call(settings, tmp_path / "out")
    assert (status, "(object) is being carried out" in printed, "Run `cdp run`" in printed) == (1, True, True)
    assert not (tmp_path / "out").exists()


def test_copies_that_are_not_of_the_newest_publication_are_not_exported(world: Settings, tmp_path: Path) -> None:
    (pending := world.copies_dir / ".pending").touch()
    status, printed = call(world, tmp_path / "out")
    pending.unlink()
    assert (status, "are not those of the newest publication" in printed) == (1, True)
    other = world.model_copy(update={"parquet_dir": tmp_path / "none"})
    assert call(other, tmp_path / "out")[0] == 1


def test_a_full_disk_is_named_and_nothing_is_left_on_it(world: Settings, small_disk: Path) -> None:
    (filler := small_disk / "filler").write_bytes(b"0" * 200_000)
    status, printed = call(world, small_disk / "out")
    assert (status, "A disk became full while" in printed) == (1, True)
    assert list(small_disk.iterdir()) == [filler]


def test_what_a_kill_left_beside_the_folder_is_removed(world: Settings, tmp_path: Path) -> None:
    (tmp_path / ".out.1.part").mkdir()
    assert call(world, tmp_path / "out", tables=("profiles",))[0] == 0
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("use", ["marketing", "profiling"])
def test_other_uses_have_the_people_of_their_view(world: Settings, tmp_path: Path, use: str) -> None:
    status, printed = call(world, tmp_path / "out", tables=("profiles",), use=use)
    people = {"marketing": "0 persons for marketing; left out: 2", "profiling": "2 persons for profiling; left out: 0"}
    assert (status, people[use] in printed) == (0, True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["out"], "Missing option '--purpose'"),
        (["out", "--purpose", "Churn study"], "'Churn study' cannot name a purpose; expected up to 40 lower-case"),
        (["out", "--purpose", "churn", "--k", "1"], "'1' is not a whole number of at least 2, such as 5."),
        (["out", "--purpose", "churn", "--for", "sales"], "'sales' is not one of"),
    ],
)
def test_wrong_usage_is_explained(arguments: list[str], message: str) -> None:
    result = CliRunner().invoke(cdp, ["pseudonymise", *arguments])
    assert (result.exit_code, message in result.output) == (2, True), result.output
