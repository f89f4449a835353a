import os
import socket
from pathlib import Path

import pytest

from cdp_pipeline.ingest import files as folder_walk
from cdp_pipeline.ingest.files import discover_files

TYPE = "customer-identity"
DAY = f"{TYPE}/2026-03-01"


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """A raw folder with one healthy file, beside a folder that is none of ours."""
    (tmp_path / "raw" / DAY).mkdir(parents=True)
    (tmp_path / "raw" / DAY / "crm.ndjson").write_text("{}")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "secret.csv").write_text("a,b")
    return tmp_path / "raw"


def problems(raw: Path, *roots: Path, max_files: int = 100) -> dict[str, str]:
    """What is wrong with each file, by its path below the entity's folder."""
    files = discover_files(raw, [TYPE], roots, max_files).files
    return {file.source_file.removeprefix(f"{TYPE}/"): file.problem or "" for file in files}


def test_a_fifo_a_socket_and_a_link_to_a_device_are_refused_on_their_day_and_not_opened(
    raw: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(raw / DAY / "a.csv")
    # The address of a socket may have a hundred characters, the path of a test more.
    monkeypatch.chdir(raw / DAY)
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind("b.csv")
    (raw / DAY / "c.csv").symlink_to("/dev/zero")
    found = problems(raw, Path("/dev"))
    assert "a named pipe (FIFO)" in found["2026-03-01/a.csv"]
    assert "a socket" in found["2026-03-01/b.csv"]
    assert "a device" in found["2026-03-01/c.csv"]
    assert found["2026-03-01/crm.ndjson"] == ""
    assert len({file.drop_date for file in discover_files(raw, [TYPE]).files}) == 1


@pytest.mark.parametrize("target", ["secret.csv", "", "../elsewhere/secret.csv"])
def test_a_link_that_leads_out_is_one_refused_entry_until_its_target_is_a_root(raw: Path, target: str) -> None:
    outside = raw.parent / "elsewhere"
    (raw / DAY / "linked").symlink_to(outside / target)
    assert "CDP_RAW_LINK_ROOTS" in problems(raw)["2026-03-01/linked"]
    assert not any("CDP_RAW_LINK_ROOTS" in found for found in problems(raw, outside).values())


def test_links_within_the_raw_folder_are_followed(raw: Path) -> None:
    (raw / TYPE / "2026-03-02").symlink_to("2026-03-01")
    (raw / TYPE / "2026-03-01" / "again.ndjson").symlink_to(raw / DAY / "crm.ndjson")
    days = ("2026-03-01", "2026-03-02")
    assert problems(raw) == {f"{day}/{name}": "" for day in days for name in ("again.ndjson", "crm.ndjson")}


def test_linked_landing_folders_and_days_are_refused_alike_when_they_lead_out(raw: Path) -> None:
    (raw / TYPE / "2026-03-02").symlink_to(raw.parent / "elsewhere")
    (raw / "moego-lead").symlink_to(raw.parent / "elsewhere")
    (lead,) = discover_files(raw, ["moego-lead"]).files
    assert "leads out" in str(lead.problem)
    assert "leads out" in problems(raw)["2026-03-02"]


def test_links_in_circles_and_to_nothing_are_one_entry_each(raw: Path) -> None:
    (raw / DAY / "up").symlink_to(raw)
    (raw / DAY / "self").symlink_to("self")
    (raw / DAY / "gone.csv").symlink_to("nothing")
    found = problems(raw)
    assert len(found) == 4
    assert "leads back" in found["2026-03-01/up"]
    assert "leads nowhere" in found["2026-03-01/self"]
    assert "leads nowhere" in found["2026-03-01/gone.csv"]


def test_a_folder_too_deep_is_one_entry_and_its_neighbours_are_seen(raw: Path) -> None:
    deep = raw / DAY / Path(*"abcdefghij")
    deep.mkdir(parents=True)
    (deep / "crm.ndjson").write_text("{}")
    found = problems(raw)
    assert sum("levels deep" in problem for problem in found.values()) == 1
    assert found["2026-03-01/crm.ndjson"] == ""


def test_a_day_with_too_many_files_is_one_entry_and_other_days_are_read(raw: Path) -> None:
    (raw / TYPE / "2026-03-02").mkdir()
    for n in range(3):
        (raw / TYPE / "2026-03-02" / f"{n}.ndjson").write_text("{}")
    assert len(problems(raw, max_files=3)) == 4
    found = problems(raw, max_files=2)
    assert list(found) == ["2026-03-01/crm.ndjson", "2026-03-02"]
    assert "more than 2 files" in found["2026-03-02"]


def test_a_folder_that_cannot_be_looked_into_is_one_entry(raw: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (raw / DAY / "closed").mkdir()
    scan = os.scandir

    def refuse(path: Path):
        if path.name == "closed":
            raise PermissionError(13, "Permission denied")
        return scan(path)

    monkeypatch.setattr(folder_walk.os, "scandir", refuse)
    assert "Permission denied" in problems(raw)["2026-03-01/closed"]
