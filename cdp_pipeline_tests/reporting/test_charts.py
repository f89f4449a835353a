import base64
from xml.etree import ElementTree

from cdp_pipeline.reporting.charts import as_markdown_image, bar_chart

SVG = "{http://www.w3.org/2000/svg}"


def test_the_longest_bar_fills_the_room_and_the_others_are_in_proportion() -> None:
    chart = ElementTree.fromstring(bar_chart([("a", 200), ("b", 100), ("c", 0)], "Rows"))
    longest, half, none = (float(bar.attrib["width"]) for bar in chart.iter(f"{SVG}rect"))
    assert longest == 2 * half
    assert none == 0


def test_labels_are_text_whatever_they_hold() -> None:
    chart = ElementTree.fromstring(bar_chart([("a <b> & c", 1)], "Rows"))
    assert "a <b> & c" in [text.text for text in chart.iter(f"{SVG}text")]


def test_a_chart_without_bars_is_still_one() -> None:
    assert ElementTree.fromstring(bar_chart([], "Rows")).tag == f"{SVG}svg"


def test_markdown_holds_the_chart_itself() -> None:
    image = as_markdown_image(bar_chart([("a", 1)], "Rows"), "Rows")
    encoded = image.split("base64,")[1].removesuffix(")")
    assert base64.b64decode(encoded).decode() == bar_chart([("a", 1)], "Rows")


def test_a_narrow_chart_keeps_its_labels_and_shortens_its_bars() -> None:
    label = "customer-product-subscriber required:customerId"
    for width in (640, 420):
        chart = ElementTree.fromstring(bar_chart([(label, 5)], "Rows", width=width))
        bar = next(chart.iter(f"{SVG}rect")).attrib
        assert int(bar["x"]) > 200
        assert int(bar["x"]) + int(bar["width"]) < width
