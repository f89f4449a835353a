"""`cdp train` read as its user reads it."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from cdp_pipeline.commands.train import train_model
from cdp_pipeline.identity.matching import model as model_module
from cdp_pipeline.settings import Settings

WORDS = ("Hải", "Lộc", "Sơn", "Tâm", "Yến", "Thúy", "Quý", "Bích", "Đào", "Giang", "Kiên", "Luân")


def train(settings: Settings) -> tuple[int, str]:
    out = Console(record=True, width=200, file=io.StringIO())
    return train_model(settings, out, out), out.export_text()


@pytest.fixture(scope="module")
def shop(run_steps: Callable[[Path], Any], tmp_path_factory: pytest.TempPathFactory) -> Any:
    raw = tmp_path_factory.mktemp("raw")
    folder = raw / "customer-identity" / "2026-11-16"
    folder.mkdir(parents=True)
    lines = [
        f"{system}{n},{system},Trịnh {WORDS[n]} {WORDS[n * 5 % 12]},09033{n * 137:05},{1950 + n}-0{1 + n % 9}-12"
        for n in range(12)
        for system in ("CRM", "POS")
    ]
    text = "\n".join(["customerId,systemName,fullName,phone,dob2", *lines, ""])
    (folder / "people.csv").write_text(text, encoding="utf-8")
    return run_steps(raw)


def test_it_prints_levels_and_what_is_expected_and_names_its_page(shop: Any) -> None:
    status, text = train(shop.settings)
    assert status == 0
    assert "by its frequency" in text
    assert "expected precision" in text
    assert "0.999" in text
    assert "Trained on 24 records" in text
    assert "The model is not kept: with fewer than 1,000 pairs" in text
    assert (shop.settings.lake_dir / "model.html").exists()
    assert "Trịnh" not in text, "a model holds nobody's data"


def test_it_says_when_the_model_is_kept(shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_module, "STEADY_PAIRS", 5)
    _, text = train(shop.settings)
    assert "The model is kept: runs use it until you train again" in text


def test_before_the_first_run_it_says_so_in_one_line(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, raw_dir=tmp_path, lake_dir=tmp_path / "lake")
    assert train(settings) == (1, "There are no records to train on; run `cdp run` first.\n")
    assert not (tmp_path / "lake").exists()
