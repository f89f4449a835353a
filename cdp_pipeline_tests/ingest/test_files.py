import os
from datetime import date
from pathlib import Path

import pytest

from cdp_pipeline.ingest.files import RawFile, discover_files

TYPES = ["customer-identity", "moego-lead"]


def lay(raw: Path, *places: str) -> None:
    for place in places:
        (raw / place).parent.mkdir(parents=True, exist_ok=True)
        (raw / place).write_text("{}")


def placed(raw: Path) -> dict[str, date | None]:
    return {file.source_file: file.drop_date for file in discover_files(raw, TYPES).files}


def test_a_file_in_a_days_folder_belongs_to_that_day(tmp_path: Path) -> None:
    lay(tmp_path, "customer-identity/2026-03-01/crm.ndjson", "moego-lead/2026-02-28/page.JSON")
    landing = discover_files(tmp_path, TYPES)
    assert [(f.object_type, f.source_file, f.drop_date, f.problem) for f in landing.files] == [
        ("customer-identity", "customer-identity/2026-03-01/crm.ndjson", date(2026, 3, 1), None),
        ("moego-lead", "moego-lead/2026-02-28/page.JSON", date(2026, 2, 28), None),
    ]


@pytest.mark.parametrize(
    "name", ["crm-2026-03-01.csv", "crm_20260301.csv", "2026-03-01T0200.csv", "20260301-and-2026-03-01.csv"]
)
def test_a_file_beside_the_days_belongs_to_the_day_in_its_name(tmp_path: Path, name: str) -> None:
    lay(tmp_path, f"customer-identity/{name}")
    assert placed(tmp_path) == {f"customer-identity/{name}": date(2026, 3, 1)}


@pytest.mark.parametrize(
    ("place", "found"),
    [
        ("customer-identity/crm.csv", "holds no date"),
        ("customer-identity/crm-12345678.csv", "holds no date"),
        ("customer-identity/crm-1202603011.csv", "holds no date"),
        ("customer-identity/crm-2026-02-30.csv", "holds no date"),
        ("customer-identity/2026-03-01_to_2026-03-31.csv", "holds 2 different dates"),
        ("customer-identity/march/crm-2026-03-01.csv", "lies in march/, which is not a date"),
        ("customer-identity/2026-3-1/crm.csv", "which is not a date"),
        ("customer-identity/2026-02-30/crm.csv", "which is not a date"),
        ("customer-identity/2026-03-01/crm/part.csv", "too deep, in 2026-03-01/crm/"),
    ],
)
def test_a_file_without_a_day_is_misplaced_and_told_so(tmp_path: Path, place: str, found: str) -> None:
    lay(tmp_path, place)
    (file,) = discover_files(tmp_path, TYPES).files
    assert file.drop_date is None
    assert found in str(file.problem)
    assert "<YYYY-MM-DD>/" in str(file.problem)


def test_a_file_still_being_written_waits_for_the_next_run(tmp_path: Path) -> None:
    names = [".crm.csv", "_crm.csv", "crm.csv.tmp", "crm.PART"]
    lay(tmp_path, *(f"customer-identity/2026-03-01/{name}" for name in names), "customer-identity/_old/crm.csv")
    landing = discover_files(tmp_path, TYPES)
    assert landing.files == ()
    assert set(landing.unfinished) == {
        *(f"customer-identity/2026-03-01/{name}" for name in names),
        "customer-identity/_old/crm.csv",
    }


def test_unknown_folders_are_named_and_files_at_the_top_are_not_ours(tmp_path: Path) -> None:
    lay(tmp_path, "orders/2026-03-01/a.csv", "Customer-Identity/2026-03-01/a.csv", "README.txt", ".cache/a", "_old/a")
    landing = discover_files(tmp_path, TYPES)
    assert (landing.files, landing.unknown_folders) == ((), ("Customer-Identity", "orders"))


def test_files_come_by_type_day_and_name(tmp_path: Path) -> None:
    places = [
        "customer-identity/2026-03-02/a.csv",
        "customer-identity/2026-03-01/b.csv",
        "moego-lead/2026-01-01/a.json",
    ]
    lay(tmp_path, *places, "customer-identity/2026-03-01/a.csv", "customer-identity/nowhere.csv")
    assert list(placed(tmp_path)) == [
        "customer-identity/nowhere.csv",
        "customer-identity/2026-03-01/a.csv",
        "customer-identity/2026-03-01/b.csv",
        "customer-identity/2026-03-02/a.csv",
        "moego-lead/2026-01-01/a.json",
    ]


def test_an_ending_nobody_knows_is_no_question_of_place(tmp_path: Path) -> None:
    lay(tmp_path, "customer-identity/2026-03-01/notes.txt")
    assert placed(tmp_path) == {"customer-identity/2026-03-01/notes.txt": date(2026, 3, 1)}


def test_no_raw_folder_means_no_files(tmp_path: Path) -> None:
    assert discover_files(tmp_path / "nowhere", TYPES).files == ()


def test_linked_folders_are_followed_and_loops_are_not(tmp_path: Path) -> None:
    lay(tmp_path / "mount", "crm.csv")
    day = tmp_path / "raw/customer-identity/2026-03-01"
    day.parent.mkdir(parents=True)
    day.symlink_to(tmp_path / "mount")
    (tmp_path / "mount/loop").symlink_to(tmp_path / "raw")
    (tmp_path / "mount/gone.csv").symlink_to(tmp_path / "nowhere")
    landing = discover_files(tmp_path / "raw", TYPES, [tmp_path / "mount"])
    files = {file.source_file: file.problem for file in landing.files}
    assert files["customer-identity/2026-03-01/crm.csv"] is None
    assert "leads nowhere" in str(files["customer-identity/2026-03-01/gone.csv"])


def test_a_file_replaced_by_one_of_the_same_size_and_time_has_another_stamp(tmp_path: Path) -> None:
    lay(tmp_path, "customer-identity/2026-03-01/crm.csv")
    (file,) = discover_files(tmp_path, TYPES).files
    assert isinstance(file, RawFile)
    before = file.stamp()
    assert before == file.stamp()
    new = tmp_path / "new"
    new.write_bytes(file.path.read_bytes())
    os.utime(new, ns=(file.modified_ns, file.modified_ns))
    new.replace(file.path)
    after = file.stamp()
    assert after is not None
    assert before is not None
    assert (after.size, after.modified_ns) == (before.size, before.modified_ns)
    assert after != before
    file.path.unlink()
    assert file.stamp() is None
