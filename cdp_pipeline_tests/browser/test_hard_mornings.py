"""What an operator does about a held delivery, its repair and a run that stops, with `cdp`, and sees in the UI."""

import csv
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest

from cdp_pipeline_tests.browser.instance import Instance
from cdp_pipeline_tests.browser.operated import Operated
from cdp_pipeline_tests.browser.visitor import PICTURES, Visitor

pytestmark = pytest.mark.e2e

DAY = "2026-09-09"
RUNS = "/locations/__repository__@cdp_pipeline/jobs/daily_profiles/runs"
REASON = "this table is closed"


@pytest.fixture(scope="module")
def instance(operated: Operated) -> Instance:
    """The instance after a week, with one more delivery: thirty customers whose years of birth are words."""
    path = operated.instance.raw / "customer-identity" / DAY / "till.ndjson"
    path.parent.mkdir()
    rows = (
        {"customerId": f"T{n}", "systemName": "POS", "fullName": "Lý Thị Mơ", "phone": f"09031182{n}", "yob": "ninety"}
        for n in range(10, 40)
    )
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return operated.instance


@contextmanager
def closed_table(instance: Instance) -> Iterator[None]:
    """A database in which somebody else has forbidden to write the ledger."""
    with closing(sqlite3.connect(instance.folder / "serving" / "cdp.db")) as database:
        says = f"SELECT RAISE(ABORT, '{REASON}')"
        database.execute(f"CREATE TRIGGER closed BEFORE INSERT ON run_ledger BEGIN {says}; END")
        database.commit()
        yield
        database.execute("DROP TRIGGER closed")
        database.commit()


def morning(visitor: Visitor, browser: Any, instance: Instance, name: str) -> str:
    """The words of the data-quality page, which is as wide as a desktop and a telephone, with a picture of each."""
    texts = []
    for width in (1100, 390):
        tab = browser.new_page(viewport={"width": width, "height": 1300})
        tab.goto(instance.quality_page.as_uri())
        for part in ("document.documentElement", "document.body"):
            assert tab.evaluate(f"{part}.scrollWidth") <= width, "it is scrolled sideways"
        # What a box scrolls away nobody sees on a telephone.
        cut = "[...document.querySelectorAll('.wide')].filter(box => box.scrollWidth > box.clientWidth).length"
        assert width > 390 or tab.evaluate(cut) == 0, "a table is cut off"
        tab.screenshot(path=PICTURES / f"{name}_{width}.png", full_page=True)
        texts.append(tab.inner_text("body"))
        tab.close()
    visitor.read[name] = texts[0]
    return texts[0]


def test_a_delivery_is_held_its_rows_are_repaired_and_it_is_used(
    visitor: Visitor, browser: Any, instance: Instance
) -> None:
    status, told = instance.cdp("run")
    assert (status, "Published, 1 delivery held" in told) == (3, True), told
    run = instance.newest_run()
    visitor.open(RUNS, run[:8])
    visitor.picture("runs_of_the_job")
    assert f"1 delivery is held and not used: customer-identity {DAY}." in morning(visitor, browser, instance, "held")
    path = "/assets/rejected/customer_identity?view=checks&checkDetail=rejected_share_is_bearable"
    visitor.open(path, "No delivery is held because", "cdp repair FILE")
    visitor.picture("held_check")

    export = instance.folder / "serving" / "repair.csv"
    assert instance.cdp("rejected", "--date", DAY, "--csv", str(export))[0] == 0
    with export.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    with export.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows({**row, "yob": "1990"} for row in rows)
    status, told = instance.cdp("repair", str(export), "--yes")
    assert (status, f"30  put back: customer-identity {DAY}" in told) == (0, True), told
    status, told = instance.cdp("run")
    assert (status, "1 delivery held" in told) == (0, False), told
    page = morning(visitor, browser, instance, "repaired")
    assert "is held and not used" not in page
    assert f"Can the data of {DAY} be trusted?" in page


def test_a_run_that_stops_shows_its_reason_first_and_leaves_a_page_that_says_what_is_published(
    visitor: Visitor, browser: Any, instance: Instance
) -> None:
    with closed_table(instance):
        status, told = instance.cdp("run", "--date", DAY)
    says = f"Step publish failed: Cannot publish table run_ledger: {REASON}"
    assert (status, says in told) == (1, True), told
    run = instance.newest_run()
    visitor.open(RUNS, run[:8], "Failure")
    text = visitor.open(f"/runs/{run}", REASON, "RUN_FAILURE")
    assert "Stack Trace" in text
    assert "Stack Trace" not in text.partition(REASON)[0]
    visitor.picture("stopped_run")
    page = morning(visitor, browser, instance, "stopped")
    assert page.startswith("No Can the data of")
    assert "stopped at publish. Published is the state of" in page


def test_the_alert_of_a_run_of_the_command_line_reaches_the_webhook(operated: Operated) -> None:
    operated.instance.wait_until(lambda: bool(operated.webhook.posted), "the alert")
    (message,) = operated.webhook.posted
    assert (message["drop_dates"], message["failed_steps"]) == (DAY, ["publish"])
    assert message["run_id"] in str(message["text"])
