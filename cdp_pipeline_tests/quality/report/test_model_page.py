from xml.etree import ElementTree

from cdp_pipeline.quality.report.model_page import (
    BY_FREQUENCY,
    LevelLine,
    ModelFacts,
    ThresholdLine,
    bits_bar,
    model_page,
)

LEVELS = (
    LevelLine("name", "same name", 0.8, None),
    LevelLine("gender", "same gender", 0.97, 0.956),
    LevelLine("gender", "different genders", 0.03, -4.06),
)
THRESHOLDS = (ThresholdLine(0.0, 9_000, 0.4, 1.0), ThresholdLine(0.999, 0, None, None))
FACTS = ModelFacts(12_000, 3_400.4, 900.0, -14.52, is_kept=True, levels=LEVELS, thresholds=THRESHOLDS)


def bar(bits: float | None) -> tuple[str, float, float] | None:
    """A bar's side, where it begins and how long it is."""
    found = ElementTree.fromstring(bits_bar(bits)).find("rect")
    return None if found is None else (found.attrib["class"], float(found.attrib["x"]), float(found.attrib["width"]))


def test_what_speaks_for_one_person_is_a_bar_to_the_right_and_what_speaks_against_to_the_left() -> None:
    assert bar(10) == ("for", 120, 60)
    assert bar(-10) == ("against", 60, 60)
    assert bar(90) == ("for", 120, 120)
    assert bar(None) is None


def test_the_page_says_what_each_level_is_worth_and_where_the_value_decides() -> None:
    page = model_page(FACTS)
    assert f"<td>80.00%</td><td>{BY_FREQUENCY}</td>" in page
    assert "<td>97.00%</td><td>+1.0</td>" in page
    assert "<td>3.00%</td><td>-4.1</td>" in page
    assert "12,000 records, among which 3,400 pairs" in page


def test_the_page_says_what_is_expected_and_nothing_where_nothing_is_known() -> None:
    page = model_page(FACTS)
    assert "<td>all candidates</td><td>9,000</td><td>40.00%</td><td>100.00%</td>" in page
    assert "<td>0.999</td><td>0</td><td></td><td></td>" in page


def test_the_page_needs_nothing_beside_it() -> None:
    page = model_page(FACTS)
    assert not any(word in page for word in ("<script", "http", "url(", "<link", "@import"))
