"""`cdp retention`: the preview names layer, entity and period in counts, and changes nothing."""

import io
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from cdp_pipeline.commands import preview_retention
from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.settings import Settings
from cdp_pipeline_tests.deliveries.conftest import Place, place_in


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A lake with a customer of 2024 and one of this month."""
    monkeypatch.setattr(Settings, "today", property(lambda _: date(2026, 11, 18)))
    place = place_in(tmp_path)
    for day, number in (("2024-05-10", 1), ("2026-11-16", 2)):
        place.drop(
            CUSTOMER_IDENTITY,
            day,
            {"customerId": f"C{number}", "systemName": "CRM", "fullName": "Lê Mai", "phone": f"091234500{number}"},
        )
        place.process(CUSTOMER_IDENTITY, day)
    return place


def preview(place: Place, periods: str = "", run: Callable[[], int] | None = None) -> tuple[int, str]:
    settings = place.settings
    if periods:
        file = settings.raw_dir.parent / "retention.toml"
        file.write_text(periods)
        settings = settings.model_copy(update={"retention": file})
    out = Console(record=True, width=200, file=io.StringIO())
    return preview_retention(settings, out, out, run), out.export_text()


def test_without_a_file_it_says_that_nothing_is_removed(place: Place) -> None:
    status, text = preview(place)
    assert status == 0
    assert "CDP_RETENTION names no file" in text


def test_the_preview_counts_by_layer_and_entity_and_changes_nothing(place: Place) -> None:
    before = {path: path.stat().st_mtime_ns for path in place.lake.root.rglob("*.parquet")}
    status, text = preview(place, '[records]\ndefault = "2 years"\n')
    assert status == 0
    assert "records  customer-identity  2 years      1        1  2024-05-10" in text
    assert "Nothing is changed." in text
    assert {path: path.stat().st_mtime_ns for path in place.lake.root.rglob("*.parquet")} == before


def test_nothing_too_old_is_said_in_a_sentence(place: Place) -> None:
    assert "Nothing in the lake is older on 2026-11-18" in preview(place, '[records]\ndefault = "9 years"\n')[1]


def test_with_a_run_its_status_is_the_commands(place: Place) -> None:
    calls: list[Any] = []
    status, text = preview(place, '[records]\ndefault = "2 years"\n', lambda: calls.append(1) or 3)
    assert (status, calls) == (3, [1])
    assert "Nothing is changed" not in text
