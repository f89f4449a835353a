import re
from dataclasses import replace
from html.parser import HTMLParser

from cdp_pipeline.reporting.day import EntityDay, Held, QualityDay, Warned
from cdp_pipeline.reporting.page import quality_page


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
    assert "Data of 2026-11-16" in words
    assert quality_day.verdict in words
    for fact in ("customer-identity", "value:field19", "format:phone", "1,050", "profiles", "927"):
        assert fact in words
    assert '<tr class="unusual">' in quality_page(quality_day)
    assert '<p class="verdict unusual">' in quality_page(quality_day)
    assert "1 of 2 tables did not change." in words


def test_the_page_is_dark_where_the_screen_of_its_reader_is(quality_day: QualityDay) -> None:
    page = quality_page(quality_day)
    assert "@media (prefers-color-scheme: dark)" in page
    assert 'fill="currentColor"' in page


def test_the_page_needs_nothing_beside_it(quality_day: QualityDay) -> None:
    page = quality_page(quality_day)
    assert Reader(page).loads == []
    assert set(re.findall(r'https?://[^"<]*', page)) == {"http://www.w3.org/2000/svg"}


def test_what_comes_from_files_is_text_and_not_markup() -> None:
    odd = QualityDay(("2026-11-16",), True, "r1", "", (EntityDay("<script>alert(1)</script>", 1, 1, 1, 0, 0),))
    assert "<script>" not in quality_page(odd)


def test_checks_that_warn_are_told_with_what_to_do(quality_day: QualityDay) -> None:
    warned = Warned("staging/moego_lead", "as_many_rows_as_usual", "2 rows, usually 20. Ask the sender.")
    words = Reader(quality_page(replace(quality_day, warnings=(warned,)))).words
    assert "2 rows, usually 20. Ask the sender." in words
    assert "Checks that warn" not in Reader(quality_page(quality_day)).words


def test_held_deliveries_are_shown_with_what_to_do(quality_day: QualityDay) -> None:
    held = (Held("moego-lead", "2026-11-14", 431, 3, 428),)
    words = Reader(quality_page(replace(quality_day, held=held))).words
    for fact in ("Held deliveries", "moego-lead", "2026-11-14", "431", "428"):
        assert fact in words
    assert "cdp run --date DATE --accept-rejected" in words
    assert "Held deliveries" not in Reader(quality_page(quality_day)).words
