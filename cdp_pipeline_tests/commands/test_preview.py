"""`cdp run --preview-identity` tells what would change and changes nothing."""

import io
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from cdp_pipeline.commands.preview import preview_identity
from cdp_pipeline.configuration import ConfigurationError
from cdp_pipeline.settings import Settings

HEADER = "customerId,systemName,fullName,phone,email\n"


def drop(raw: Path, day: str, rows: str) -> None:
    folder = raw / "customer-identity" / day
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "people.csv").write_text(HEADER + rows, encoding="utf-8")


def files(folder: Path) -> dict[Path, tuple[int, int]]:
    return {p: (p.stat().st_mtime_ns, p.stat().st_size) for p in folder.rglob("*") if p.is_file()}


@pytest.fixture(scope="module")
def run(run_steps: Callable[[Path], Any], tmp_path_factory: pytest.TempPathFactory) -> Any:
    raw = tmp_path_factory.mktemp("raw")
    drop(
        raw,
        "2026-11-16",
        "C1,CRM,Lê Hoa,0912345678,\nC2,POS,Hoa Lê,0987654321,\nC3,CRM,Trần An,0903111222,\n",
    )
    return run_steps(raw)


def preview(settings: Settings) -> tuple[int, str]:
    out = Console(record=True, width=400, file=io.StringIO())
    return preview_identity(settings, out, out), out.export_text()


def test_a_merge_is_told_before_it_happens_and_nothing_is_written(run: Any, tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    shutil.copytree(run.settings.raw_dir, raw)
    drop(raw, "2026-11-17", "C2,POS,Hoa Lê,0912345678,\nC4,POS,Phạm Tú,0911222333,\n")
    before = files(run.folder)
    status, text = preview(run.settings.model_copy(update={"raw_dir": raw}))
    assert status == 0
    assert "1 new or changed day was read" in text
    assert "People before: 3. Of these unchanged: 1; with more or fewer records: 1; merged into others: 1;" in text
    assert "New people: 1." in text
    assert files(run.folder) == before


def test_a_preview_of_nothing_new_is_one_sentence(run: Any) -> None:
    status, text = preview(run.settings)
    assert (status, text) == (
        0,
        "Preview; nothing was published. No file is new, and all 3 people stay as they are.\n",
    )


def test_a_delivery_that_would_be_held_is_named(run: Any, tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    shutil.copytree(run.settings.raw_dir, raw)
    drop(raw, "2026-11-17", ",POS,,,\n" * 20)
    _, text = preview(run.settings.model_copy(update={"raw_dir": raw}))
    assert "Held, so that none of its rows are in these numbers: customer-identity 2026-11-17." in text


def test_an_override_is_tried_before_it_is_published(run: Any, tmp_path: Path) -> None:
    keys = {r["source_id"]: r["record_key"] for r in run.rows("profile_records")}
    path = tmp_path / "overrides.csv"
    path.write_text(
        f"record_key_a,record_key_b,decision,by,why,when\n{keys['C1']},{keys['C2']},same,Mai,phoned,2026-11-17\nx,y,same,Mai,typo,\n",
        encoding="utf-8",
    )
    _, text = preview(run.settings.model_copy(update={"identity_overrides": path}))
    assert "merged into others: 1;" in text
    assert "Overrides file, line 3" in text


def test_rules_that_cannot_be_read_are_told_in_one_line(run: Any, tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text("[limits]\nphone = 0\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"limits\.phone is 0; allowed: a number of at least 1\.$"):
        preview(run.settings.model_copy(update={"identity_rules": path}))
