"""The settings of a test: folders and a database of its own, through the environment as users set them."""

from pathlib import Path

import pytest


@pytest.fixture
def raw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty raw folder that the settings name, beside a lake and a database that do not exist yet."""
    (tmp_path / "raw").mkdir()
    monkeypatch.setenv("CDP_RAW_DIR", str(tmp_path / "raw"))
    monkeypatch.setenv("CDP_LAKE_DIR", str(tmp_path / "lake"))
    monkeypatch.setenv("CDP_DATABASE_URL", f"sqlite:///{tmp_path}/serving/cdp.db")
    return tmp_path / "raw"
