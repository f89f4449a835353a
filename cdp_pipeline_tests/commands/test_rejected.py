"""Rejected rows as they are listed on a terminal of eighty columns."""

import io
from datetime import date
from pathlib import Path

import pytest
from rich.console import Console

from cdp_pipeline.commands.rejected import list_rejected
from cdp_pipeline.entities.customer_product_activity import CUSTOMER_PRODUCT_ACTIVITY
from cdp_pipeline_tests.deliveries.conftest import Place, place_in

DAY = "2026-11-16"
KIND = CUSTOMER_PRODUCT_ACTIVITY.object_type
FILE = f"{KIND}/{DAY}/activities-of-the-shop-in-the-old-quarter-of-hanoi-and-of-hue.ndjson"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Two activities without what they must have, in a file whose name is wider than a terminal."""
    found = place_in(tmp_path)
    rows = ({"actionId": f"A{number}", "price": "abc", "actionAt": 1584507164} for number in range(2))
    found.drop(CUSTOMER_PRODUCT_ACTIVITY, DAY, *rows, name=Path(FILE).name)
    found.process(CUSTOMER_PRODUCT_ACTIVITY, DAY)
    return found


def listed(place: Place, day: date | None = None, limit: int = 20) -> str:
    out = Console(file=io.StringIO(), force_terminal=True, color_system=None, width=80)
    assert list_rejected(place.settings, None, None, day, limit, None, out, out) == 0
    return out.file.getvalue()


def test_names_of_files_and_rules_stand_whole_whatever_the_width_of_the_terminal(place: Place) -> None:
    lines = listed(place).splitlines()
    assert (FILE in lines, len(FILE) > 80) == (True, True)
    assert "    required:productName, required:productSku, type:price, value:actionAt" in lines
    assert {line for line in lines if len(line) > 80 and not line.startswith("  cdp ")} == {FILE}


def test_a_row_says_what_is_wrong_and_the_list_how_rows_are_repaired(place: Place) -> None:
    told = listed(place, date.fromisoformat(DAY), 1)
    assert "correct them" in told
    assert "deliver the file again" not in told
    assert "The newest 1 of 2 rejected rows are shown; --limit shows more." in told
    export = place.settings.quality_page.with_name("repair.csv")
    assert f"  cdp rejected --date {DAY} --csv {export}\n" in told
    assert f"  cdp repair {export}\n" in told


def test_a_word_outside_a_closed_list_leads_to_the_command_that_names_it(place: Place) -> None:
    assert "check-file" not in listed(place)
    row = {"actionId": "A9", "productName": "Cat food", "productSku": "S1", "recordStatus": "Gone"}
    place.drop(CUSTOMER_PRODUCT_ACTIVITY, DAY, row, name="more.ndjson")
    place.process(CUSTOMER_PRODUCT_ACTIVITY, DAY)
    told = listed(place)
    assert f"  cdp check-file {place.settings.raw_dir / KIND / DAY / 'more.ndjson'}\n" in told
    assert "the words outside a closed list, for a mapping" in told
    assert "Gone" not in told


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("required:productSKU", "There is no rule required:productSKU; did you mean required:productSku?\n"),
        ("conditon:NAME", "There is no rule conditon:NAME; did you mean condition:NAME?\n"),
        ("q", "There is no rule q of any entity.\n"),
    ],
)
def test_a_misspelt_rule_is_answered_by_the_nearest(place: Place, rule: str, told: str) -> None:
    err = Console(file=io.StringIO())
    assert list_rejected(place.settings, None, rule, None, 20, None, err, err) == 2
    assert err.file.getvalue() == told


@pytest.mark.parametrize("rule", ["unreadable", "envelope", "condition:CUSTOMER_REF", "format:phone"])
def test_a_rule_that_no_row_breaks_is_no_mistake(place: Place, rule: str) -> None:
    out = Console(file=io.StringIO())
    assert list_rejected(place.settings, None, rule, None, 20, None, out, out) == 0
    assert out.file.getvalue() == "No rejected rows.\n"
