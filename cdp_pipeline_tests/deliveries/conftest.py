"""A landing folder written line by line, and what the steps make of it."""

import importlib.util
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from cdp_pipeline.deliveries.days import DaysDone, process_days
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.ingest.files import discover_files
from cdp_pipeline.settings import Settings
from cdp_pipeline.store.lake import Lake


@dataclass
class Place:
    """A raw folder and a lake of a test's own."""

    settings: Settings
    told: list[str] = field(default_factory=list)
    warned: list[str] = field(default_factory=list)

    @property
    def lake(self) -> Lake:
        return Lake(self.settings.lake_dir)

    def landing(self):
        return discover_files(self.settings.raw_dir, [entity.object_type for entity in ENTITIES])

    def drop(self, entity: Entity, day: str, *entries: dict[str, Any] | str, name: str = "part.ndjson") -> Path:
        """Write a file of entries, or of lines as they are."""
        path = self.settings.raw_dir / entity.object_type / day / name
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [entry if isinstance(entry, str) else json.dumps(entry, ensure_ascii=False) for entry in entries]
        path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
        return path

    def process(
        self, entity: Entity, *days: str, reprocess: bool = False, from_nothing: bool = False, run_id: str = "run-1"
    ) -> DaysDone:
        """Process days of an entity."""
        self.told.clear()
        self.warned.clear()
        return process_days(
            self.lake,
            entity,
            self.settings,
            run_id,
            days=days,
            reprocess=reprocess,
            from_nothing=from_nothing,
            log=self.told.append,
            warn=self.warned.append,
        )


def place_in(folder: Path) -> Place:
    """A place whose raw folder, lake and database lie in a folder, be they there already or not."""
    (folder / "raw").mkdir(parents=True, exist_ok=True)
    return Place(
        Settings(
            _env_file=None,
            raw_dir=folder / "raw",
            lake_dir=folder / "lake",
            database_url=f"sqlite:///{folder}/cdp.db",
            privacy_dir=folder / "privacy",
            privacy_key_file=folder / "privacy.key",
        )
    )


def copy_folder(source: Path, target: Path) -> None:
    """Copy a folder that does not change; what is a link, or has two names by which the lake knows it, is so there."""
    copies: dict[int, str] = {}

    def copy(path: str, to: str) -> None:
        inode = Path(path).stat().st_ino
        if inode in copies:
            os.link(copies[inode], to)
        else:
            copies[inode] = to
            shutil.copy2(path, to)

    shutil.copytree(source, target, symlinks=True, copy_function=copy, dirs_exist_ok=True)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return place_in(tmp_path)


@pytest.fixture(scope="session")
def now() -> datetime:
    return datetime(2026, 11, 18, tzinfo=UTC)


@pytest.fixture(scope="session")
def customer() -> Callable[..., dict[str, Any]]:
    """A customer that keeps all rules."""

    def build(number: int, **columns: Any) -> dict[str, Any]:
        return {
            "customerId": f"C{number}",
            "systemName": "CRM",
            "fullName": "Nguyễn Văn An",
            "phone": f"09123450{number:02}",
            **columns,
        }

    return build


def loaded(path: Path) -> ModuleType:
    """A module that is no package's."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def damaged_files() -> dict[str, Any]:
    """The damaged files of the reader's tests, by name."""
    return loaded(Path(__file__).parents[1] / "ingest" / "damaged_files.py").damaged_files()


@pytest.fixture(scope="session")
def whole_run() -> ModuleType:
    """Runs all steps, and says what they made: `whole_run.py`."""
    return loaded(Path(__file__).parents[1] / "pipeline" / "whole_run.py")
