"""The data-quality page as one HTML file that needs nothing beside it: no script, no font, no network.

First whether the data can be trusted, then what is open over all days, what changed since the day before, and details;
`templates/quality.html` is the page.
"""

from collections.abc import Mapping

from cdp_pipeline.quality.report.content import QualityDay
from cdp_pipeline.quality.report.rendering import render

ANSWERS = {"yes": "Yes", "partly": "Partly", "no": "No"}
"""What the page answers to whether the data can be trusted."""

_TILES = ("people", "new", "merged", "split")


def quality_page(day: QualityDay, pictures: Mapping[str, str] | None = None) -> str:
    """The facts of `quality_parts`, all of them, as a self-contained HTML document; dark where the reader's screen is.

    Everything that comes from files is escaped.

    Args:
        day: The facts.
        pictures: The trends of the day as SVG texts, by their digest; those without one are left out.
    """
    known = pictures or {}
    return render(
        "quality.html",
        day=day,
        answer=ANSWERS[day.answer],
        drawn=[(trend, known[trend.digest]) for trend in day.trends if trend.digest in known],
        tiles=_TILES,
    )
