import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from cdp_pipeline.quality.report.content import EntityDay, Held, OpenRows, QualityDay, Stopped, Warned
from cdp_pipeline.quality.report.history import OpenState
from cdp_pipeline.quality.report.page import quality_page
from cdp_pipeline.quality.report.plots import Trend, TrendDay, draw


class Reader(HTMLParser):
    """The words of a page, and the addresses it would load."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.loads: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "link", "img", "iframe"):
            self.loads.append(tag)

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_the_page_shows_what_the_day_holds(quality_day: QualityDay) -> None:
    words = Reader(quality_page(quality_day)).words
    asked = words.index("Partly") + 1
    assert words[asked : asked + 3] == [" Can the data of ", "2026-11-16", " be trusted?"]
    assert quality_day.verdict in words
    for fact in ("customer-identity", "value:field19", "format:phone", "1,050", "profiles", "927"):
        assert fact in words
    assert '<tr class="unusual">' in quality_page(quality_day)
    assert '<p class="verdict partly">' in quality_page(quality_day)
    assert "Database published 2026-11-16 02:05:00 (UTC). 1 of 2 tables did not change." in words


def test_the_page_is_dark_where_the_screen_of_its_reader_is(with_trend: QualityDay) -> None:
    page = quality_page(with_trend, {trend.digest: draw(trend) for trend in with_trend.trends})
    assert "@media (prefers-color-scheme: dark)" in page
    colours = set(re.findall(r'(?:fill|stroke)="([^"]*)"', page))
    assert colours <= {"none", "transparent", *(f"var(--{name})" for name in ("ink", "soft", "mark", "warn"))}


@pytest.fixture
def with_trend(quality_day: QualityDay) -> QualityDay:
    days = (TrendDay(f"2026-11-{n:02}", 100.0 + n, 50.0, 150.0, n == 5) for n in range(1, 9))
    return replace(quality_day, trends=(Trend("customer-identity", "rows", tuple(days)),))


def test_the_page_needs_nothing_beside_it(with_trend: QualityDay) -> None:
    page = quality_page(with_trend, {trend.digest: draw(trend) for trend in with_trend.trends})
    assert Reader(page).loads == []
    assert set(re.findall(r'https?://[^"<]*', page)) == {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    assert "rows of customer-identity: 108 on 2026-11-08; unusual on 1 of 8 days" in page


def test_what_is_open_comes_first_then_what_changed_then_details(quality_day: QualityDay) -> None:
    rows = OpenRows("moego-lead", 7, 2, "2026-11-01", "2026-11-03", "required:id")
    day = replace(
        quality_day,
        open_rows=(rows,),
        stopped=Stopped("r2", "2026-11-16 02:00:00", ("publish",)),
        before=OpenState(people=940),
        before_on="2026-11-15",
        state=OpenState(people=952, stopped=True),
    )
    words = Reader(quality_page(day)).words
    told = [
        "Still open",
        "A stopped run",
        "Rejected rows that are not repaired",
        "Since 2026-11-15",
        "Ledger",
        "People",
    ]
    places = [words.index(word) for word in told]
    assert places == sorted(places)
    assert {"The last run stopped.", "People: 952, +12."} <= set(words)
    assert any(word.startswith("Rows are counted as the stopped run read them") for word in words)


def test_a_page_on_which_nothing_is_open_says_so() -> None:
    assert "<p>Nothing: no held delivery" in quality_page(QualityDay(("2026-11-16",), True, "r1", ""))


def test_a_check_that_does_not_hold_on_several_days_is_told_once(quality_day: QualityDay) -> None:
    warned = [Warned("staging/moego_lead", "as_many_rows_as_usual", f"{n} rows.", f"2026-11-1{n}") for n in (4, 5)]
    words = Reader(quality_page(replace(quality_day, warnings=tuple(warned)))).words
    assert words.count("as_many_rows_as_usual") == 1
    assert {"5 rows. ", "Also of 2026-11-14."} <= set(words)


def test_one_message_of_several_entities_is_told_once(quality_day: QualityDay) -> None:
    assets = ("staging/moego_lead", "staging/sms_interaction")
    warned = tuple(Warned(asset, "as_many_rows_as_usual", "No file on 2026-11-16.", "2026-11-16") for asset in assets)
    words = Reader(quality_page(replace(quality_day, warnings=warned))).words
    assert words.count("No file on 2026-11-16.") == 1
    assert "staging/moego_lead, staging/sms_interaction " in words


def test_a_misspelt_landing_folder_is_in_the_answer(quality_day: QualityDay) -> None:
    unread = "customer-idenity/ in the raw folder is not an object type and is not read; did you mean x/?"
    day = replace(quality_day, unread=(unread,))
    assert day.answer == "partly"
    assert any(unread in word for word in Reader(quality_page(day)).words)


def test_what_comes_from_files_is_text_and_not_markup() -> None:
    odd = QualityDay(("2026-11-16",), True, "r1", "", (EntityDay("<script>alert(1)</script>", 1, 1, 1, 0, 0),))
    assert "<script>" not in quality_page(odd)


def test_checks_that_warn_are_told_with_what_to_do(quality_day: QualityDay) -> None:
    warned = Warned("staging/moego_lead", "as_many_rows_as_usual", "2 rows, usually 20. Ask the sender.")
    words = Reader(quality_page(replace(quality_day, warnings=(warned,)))).words
    assert "2 rows, usually 20. Ask the sender." in words
    assert "Checks that do not hold" not in Reader(quality_page(quality_day)).words


def test_held_deliveries_are_shown_with_what_to_do(quality_day: QualityDay) -> None:
    held = (Held("moego-lead", "2026-11-14", 431, 3, 428),)
    words = Reader(quality_page(replace(quality_day, held=held))).words
    for fact in ("Held deliveries", "moego-lead", "2026-11-14", "431", "428"):
        assert fact in words
    assert "cdp run --date DATE --accept-rejected" in words
    assert "Held deliveries" not in Reader(quality_page(quality_day)).words


def test_each_cell_names_its_heading_as_a_narrow_screen_has_no_room_for_a_table(quality_day: QualityDay) -> None:
    page = quality_page(quality_day)
    cells = re.findall(r'<td class="[a-z]*"( data-head="[^"]+")?', page)
    assert cells
    assert all(cells)
    assert '<td class="" data-head="duplicates">10</td>' in page
