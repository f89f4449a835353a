from xml.etree import ElementTree

from cdp_pipeline.quality.report.plots import Trend, TrendDay, draw


def trend(*, unusual: int = 5, is_known: bool = True) -> Trend:
    band = (50.0, 150.0) if is_known else (None, None)
    days = (TrendDay(f"2026-11-{n:02}", 100.0, *band, n == unusual) for n in range(1, 9))
    return Trend("customer-identity", "rows", tuple(days))


def test_a_picture_has_a_line_a_band_and_a_dot_for_each_unusual_day() -> None:
    svg = draw(trend())
    assert ElementTree.fromstring(svg).tag == "{http://www.w3.org/2000/svg}svg"
    assert [svg.count(f"var(--{name})") for name in ("mark", "warn")] == [2, 1]


def test_no_band_is_drawn_where_nothing_is_usual_yet() -> None:
    svg = draw(trend(is_known=False))
    assert [svg.count(f"var(--{name})") for name in ("mark", "warn")] == [1, 1]


def test_equal_pictures_have_one_digest_and_others_another() -> None:
    assert trend().digest == trend().digest
    assert trend().digest != trend(unusual=6).digest
