"""The data-quality page as one HTML file that needs nothing beside it: no script, no font, no network."""

from collections.abc import Iterable, Sequence
from html import escape

from cdp_pipeline.reporting.charts import bar_chart
from cdp_pipeline.reporting.day import QualityDay, is_unusual
from cdp_pipeline.reporting.markdown import WORST

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #222; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; margin: .5rem 0 1.5rem }
th, td { padding: .2rem .8rem; border-bottom: 1px solid #ddd; text-align: right; font-variant-numeric: tabular-nums }
th:first-child, td:first-child, td.text, th.text { text-align: left }
tr.all td { font-weight: 600 } tr.unusual td { background: #fff1d6 }
p.verdict { font-size: 1.1rem; border-left: 4px solid #4f6bd8; padding-left: .8rem }
footer { color: #777; font-size: .85rem }
"""


def quality_page(day: QualityDay) -> str:
    """The same facts as `quality_markdown`, as a self-contained HTML document."""
    bars = [(f"{r.object_type} {r.rule}", r.rows) for r in day.reasons[:WORST]]
    sections = [
        f"<h1>Data of {escape(day.days)}</h1>",
        f'<p class="verdict">{escape(day.verdict)}</p>',
    ]
    if day.warnings:
        told = [(w.asset, w.check, w.says) for w in day.warnings]
        sections += ["<h2>Checks that warn</h2>", _table(("asset", "check", "what to know"), told, texts=3)]
    sections += ["<h2>Ledger</h2>", _ledger(day)]
    if bars:
        sections += [
            "<h2>Why rows were rejected</h2>",
            bar_chart(bars, "Rows by reason"),
            _table(("entity", "rule", "rows"), [(r.object_type, r.rule, f"{r.rows:,}") for r in day.reasons], texts=2),
        ]
    if day.findings:
        rows = [(r.object_type, r.rule, f"{r.rows:,}") for r in day.findings]
        sections += ["<h2>Odd, but no reason to refuse a row</h2>", _table(("entity", "rule", "rows"), rows, texts=2)]
    if day.people:
        people = [(name, f"{count:,}") for name, count in day.people.items()]
        sections += ["<h2>People</h2>", _table(("people", "count"), people)]
    tables = [(t.table, f"{t.inserted:,}", f"{t.updated:,}", f"{t.deleted:,}", f"{t.unchanged:,}") for t in day.tables]
    sections += ["<h2>Published</h2>", _table(("table", "inserted", "updated", "deleted", "unchanged"), tables)]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Data quality, {escape(day.days)}</title><style>{_STYLE}</style></head><body>"
        f"{''.join(sections)}"
        f"<footer>Run {escape(day.run_id)}, published {escape(day.finished_at)} (UTC).</footer></body></html>\n"
    )


def _ledger(day: QualityDay) -> str:
    head = ("entity", "files", "read", "accepted", "rejected", "duplicates", "rejected share", "usually")
    lines = []
    for entity in (*day.entities, day.total):
        style = "all" if entity.object_type == "all" else "unusual" if is_unusual(entity) else ""
        usual = entity.usual_rejected_share
        cells = (
            entity.object_type,
            *(f"{n:,}" for n in (entity.files, entity.read, entity.accepted, entity.rejected, entity.duplicates)),
            f"{entity.rejected_share:.2%}",
            "" if usual is None else f"{usual:.2%}",
        )
        lines.append(f'<tr class="{style}">{_cells(cells, 1)}</tr>')
    return f"<table><thead><tr>{_heads(head, 1)}</tr></thead><tbody>{''.join(lines)}</tbody></table>"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], texts: int = 1) -> str:
    body = "".join(f"<tr>{_cells(row, texts)}</tr>" for row in rows)
    return f"<table><thead><tr>{_heads(head, texts)}</tr></thead><tbody>{body}</tbody></table>"


def _heads(head: Sequence[str], texts: int) -> str:
    return "".join(f'<th class="{"text" if n < texts else ""}">{escape(cell)}</th>' for n, cell in enumerate(head))


def _cells(row: Sequence[str], texts: int) -> str:
    return "".join(f'<td class="{"text" if n < texts else ""}">{escape(cell)}</td>' for n, cell in enumerate(row))
