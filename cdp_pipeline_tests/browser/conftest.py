"""The running UI after three runs, and a browser to look at it with."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cdp_pipeline_tests.browser.instance import ROOT, Instance
from cdp_pipeline_tests.browser.operated import BAD, DAYS, FIRST, Operated, drop_a_week
from cdp_pipeline_tests.browser.visitor import PICTURES, Visitor
from cdp_pipeline_tests.webhook import listening


@pytest.fixture(scope="session")
def operated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operated]:
    raw = tmp_path_factory.mktemp("drops") / "raw"
    drop_a_week(raw)
    with listening() as webhook:
        instance = Instance(tmp_path_factory.mktemp("instance"), raw, webhook.url)
        instance.start()
        try:
            first_run, backfill = instance.launch_day(FIRST), instance.launch_backfill(DAYS[:6])
            endings, backfill_runs = [instance.ending(first_run)], instance.backfill_runs(backfill)
            bad_run = instance.launch_day(BAD)
            endings.append(instance.ending(bad_run))
            yield Operated(instance, webhook, first_run, backfill_runs, bad_run, endings)
        finally:
            instance.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    # Imported here, so that the other tests do without.
    from playwright.sync_api import sync_playwright

    found = subprocess.run([ROOT / ".ci" / "chromium"], stdout=subprocess.PIPE, text=True, check=True)
    # Chromium's sandbox refuses root, and containers have little shared memory.
    arguments = ["--disable-dev-shm-usage", *(["--no-sandbox"] if os.getuid() == 0 else [])]
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=found.stdout.strip(), args=arguments)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def visitor(operated: Operated, browser: Any) -> Visitor:
    PICTURES.mkdir(exist_ok=True)
    for old in PICTURES.glob("*.png"):
        old.unlink()
    return Visitor(operated.instance.url, browser)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    taken = sorted(PICTURES.glob("*.png")) if PICTURES.exists() else []
    if taken and any("browser" in report.nodeid for report in terminalreporter.getreports("passed")):
        terminalreporter.write_line(f"{len(taken)} screenshots in {PICTURES.relative_to(Path.cwd())}/")
