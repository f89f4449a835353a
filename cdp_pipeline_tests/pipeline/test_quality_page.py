from pathlib import Path

import pytest

from cdp_pipeline.pipeline.quality_page import write_quality_page
from cdp_pipeline.reporting.day import QualityDay


def test_a_page_is_replaced_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "serving" / "data_quality.html"
    write_quality_page(QualityDay(("2026-11-15",), True, "r1", ""), path)
    write_quality_page(QualityDay(("2026-11-16",), True, "r2", ""), path)
    assert "Data of 2026-11-16" in path.read_text()
    assert [p.name for p in path.parent.iterdir()] == ["data_quality.html"]


def test_a_page_that_cannot_be_written_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "data_quality.html"
    write_quality_page(QualityDay(("2026-11-15",), True, "r1", ""), path)

    def full(*_: object, **__: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="No space left"):
        write_quality_page(QualityDay(("2026-11-16",), True, "r2", ""), path)
    assert "Data of 2026-11-15" in path.read_bytes().decode()
    assert [p.name for p in tmp_path.iterdir()] == ["data_quality.html"]
