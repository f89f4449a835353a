from dataclasses import replace

from cdp_pipeline.reporting.day import QualityDay, Warned
from cdp_pipeline.reporting.markdown import quality_markdown


def test_the_page_tells_ledger_reasons_people_and_changes(quality_day: QualityDay) -> None:
    page = quality_markdown(quality_day)
    assert "## Data of 2026-11-16" in page
    assert "| customer-identity | 2 | 1,000 | 890 | 100 | 10 | 10.00% | 0.10% |" in page
    assert "| all | 3 | 1,050 | 940 | 100 | 10 | 9.52% |  |" in page
    assert "| customer-identity | `value:field0` | 20 |" in page
    assert "| moego-lead | `format:phone` | 3 |" in page
    assert "| new | 12 |" in page
    assert "| `profiles` | 12 | 3 | 1 | 927 |" in page
    assert "`links`" not in page, "an unchanged table is no news"


def test_the_reasons_beyond_the_worst_are_counted(quality_day: QualityDay) -> None:
    assert "| 5 more |  | 15 |" in quality_markdown(quality_day)


def test_a_day_without_anything_says_so() -> None:
    page = quality_markdown(QualityDay((), False, "r1", ""))
    assert "No new file was read" in page
    assert "No table changed." in page


def test_checks_that_warn_come_first(quality_day: QualityDay) -> None:
    warned = Warned("staging/moego_lead", "as_many_rows_as_usual", "2 rows | usually 20")
    page = quality_markdown(replace(quality_day, warnings=(warned,)))
    assert "| `staging/moego_lead` | `as_many_rows_as_usual` | 2 rows \\| usually 20 |" in page
    assert page.index("### Checks that warn") < page.index("### Ledger")
