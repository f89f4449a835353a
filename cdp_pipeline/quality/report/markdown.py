"""The data-quality page as markdown, part by part, for the asset's page in Dagster.

Parts, because the UI shows a short one in its place and hides a long one behind a click; `templates/quality.md` is the
page.
"""

import re
from collections.abc import Sequence

from cdp_pipeline.quality.report.content import QualityDay, Reason
from cdp_pipeline.quality.report.rendering import render

# Alone on its line. Text of others cannot look so: it is escaped, and stands behind a bar or a dash.
_HEADING = re.compile(r"^# (\w+)\n", re.MULTILINE)


def quality_parts(day: QualityDay) -> dict[str, str]:
    """The page by part, in the order of the template; what the day has nothing of is left out.

    `held` (deliveries that are not used), `warnings` (checks that do not hold), `open` (rejected rows that are not
    repaired), `changes` (since the page of the day before), `people`, `reasons`, `ledger`, `findings` (in
    accepted rows), `published`.
    """
    _, *parts = _HEADING.split(render("quality.md", day=day))
    return {name: text.strip() for name, text in zip(parts[::2], parts[1::2], strict=True) if text.strip()}


def reasons_table(reasons: Sequence[Reason], *, of_one_entity: bool = False) -> str:
    """The worst reasons as a table, and how many rows the others concern; of one entity, without its name."""
    return render("reasons.md", reasons=reasons, of_one_entity=of_one_entity).strip()
