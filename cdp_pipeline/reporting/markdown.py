"""The data-quality page as markdown, for the asset's page in Dagster."""

from collections.abc import Iterable, Sequence

from cdp_pipeline.reporting.charts import as_markdown_image, bar_chart
from cdp_pipeline.reporting.day import EntityDay, QualityDay, Reason

WORST = 15
"""So many reasons are shown; the others are counted below them."""


def quality_markdown(day: QualityDay) -> str:
    """The page: verdict, checks that warn, ledger, worst reasons with a chart, findings, people, changed tables."""
    parts = [f"## Data of {day.days}", day.verdict]
    if day.warnings:
        told = [(f"`{w.asset}`", f"`{w.check}`", w.says.replace("|", "\\|")) for w in day.warnings]
        parts += ["### Checks that warn", _table(("asset", "check", "what to know"), told, texts=3)]
    if day.entities:
        parts += ["### Ledger", _ledger(day.entities, day.total)]
    if day.reasons:
        parts += ["### Why rows were rejected", reasons_chart(day.reasons), reasons_table(day.reasons)]
    if day.findings:
        parts += ["### Odd, but no reason to refuse a row", reasons_table(day.findings)]
    if day.people:
        parts += ["### People", _table(("people", "count"), [(k, f"{v:,}") for k, v in day.people.items()])]
    changed = [t for t in day.tables if t.inserted or t.updated or t.deleted]
    rows = [
        (f"`{t.table}`", f"{t.inserted:,}", f"{t.updated:,}", f"{t.deleted:,}", f"{t.unchanged:,}") for t in changed
    ]
    parts += [
        "### Published",
        _table(("table", "inserted", "updated", "deleted", "unchanged"), rows) if rows else "No table changed.",
    ]
    return "\n\n".join(parts)


def reasons_chart(reasons: Sequence[Reason]) -> str:
    """The worst reasons as bars."""
    bars = [(f"{r.object_type} {r.rule}", r.rows) for r in reasons[:WORST]]
    return as_markdown_image(bar_chart(bars, "Rows by reason"), "Rows by reason")


def reasons_table(reasons: Sequence[Reason]) -> str:
    """The worst reasons as a table, and how many rows the others concern."""
    rows = [(r.object_type, f"`{r.rule}`", f"{r.rows:,}") for r in reasons[:WORST]]
    rest = reasons[WORST:]
    if rest:
        rows.append((f"{len(rest)} more", "", f"{sum(r.rows for r in rest):,}"))
    return _table(("entity", "rule", "rows"), rows)


def _ledger(entities: Iterable[EntityDay], total: EntityDay) -> str:
    rows = [
        (
            e.object_type,
            f"{e.files:,}",
            f"{e.read:,}",
            f"{e.accepted:,}",
            f"{e.rejected:,}",
            f"{e.duplicates:,}",
            f"{e.rejected_share:.2%}",
            "" if e.usual_rejected_share is None else f"{e.usual_rejected_share:.2%}",
        )
        for e in (*entities, total)
    ]
    head = ("entity", "files", "read", "accepted", "rejected", "duplicates", "rejected share", "usually")
    return _table(head, rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], texts: int = 1) -> str:
    lines = [head, ["---" if n < texts else "---:" for n in range(len(head))], *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
