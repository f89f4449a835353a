"""The data-quality page as one HTML file that needs nothing beside it: no script, no font, no network."""

import re
from collections.abc import Iterable, Sequence
from html import escape

from cdp_pipeline.reporting.charts import bar_chart
from cdp_pipeline.reporting.day import QualityDay, Reason, is_unusual
from cdp_pipeline.reporting.markdown import HELD_COLUMNS, HELD_HINT, WORST

_CODE = re.compile(r"`([^`]+)`")
_TILES = ("people", "new", "merged", "split")

_STYLE = """
:root { color-scheme: light dark; --ink: #1d2330; --soft: #687083; --line: #dde1ea; --tile: #f4f6fb; --mark: #4f6bd8;
  --warn: #b26a00; --warned: #fff1d6 }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e7ee; --soft: #9aa3b5; --line: #343b4a; --tile: #1f2531;
  --mark: #8ea2f5; --warn: #f0b354; --warned: #3d3118 } body { background: #151a23 } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); max-width: 62rem; margin: 2rem auto; padding: 0 1rem }
h1 { margin-bottom: .3rem } h2 { margin: 2.2rem 0 .4rem; font-size: 1.15rem }
table { border-collapse: collapse; margin: .3rem 0 }
th, td { padding: .2rem .8rem; border-bottom: 1px solid var(--line); text-align: right;
  font-variant-numeric: tabular-nums }
th { color: var(--soft); font-weight: 500 }
th:first-child, td:first-child, td.text, th.text { text-align: left; vertical-align: top }
tr.all td { font-weight: 600 } tr.unusual td { background: var(--warned) }
p.verdict { font-size: 1.1rem; border-left: 4px solid var(--mark); padding-left: .8rem; margin: 1rem 0 }
p.verdict.unusual { border-color: var(--warn) }
dl.numbers { display: flex; flex-wrap: wrap; gap: .6rem; margin: 1rem 0 }
dl.numbers div { background: var(--tile); border-radius: .5rem; padding: .5rem 1rem; min-width: 5.5rem }
dt { color: var(--soft); font-size: .85rem } dd { margin: 0 }
dl.numbers dd { font-size: 1.4rem; font-variant-numeric: tabular-nums } dl.told dd { margin: 0 0 .8rem }
p.hint, footer { color: var(--soft); font-size: .9rem } footer { margin-top: 2.5rem }
svg { max-width: 100%; height: auto }
"""


def quality_page(day: QualityDay) -> str:
    """The facts of `quality_parts`, all of them, as a self-contained HTML document; dark where the reader's screen is.

    Everything that comes from files is escaped.
    """
    unusual = " unusual" if not day.is_sound else ""
    sections = [
        f"<h1>Data of {escape(day.days)}</h1>",
        f'<p class="verdict{unusual}">{escape(day.verdict)}</p>',
        _numbers(day),
    ]
    if day.held:
        held = [(h.object_type, h.drop_date, f"{h.read:,}", f"{h.accepted:,}", f"{h.rejected:,}") for h in day.held]
        sections += [
            "<h2>Held deliveries</h2>",
            _table(HELD_COLUMNS, held, texts=2),
            f'<p class="hint">{_with_code(HELD_HINT)}</p>',
        ]
    if day.warnings:
        sections += ["<h2>Checks that warn</h2>", _warnings(day)]
    if day.people:
        words = [(name, f"{count:,}") for name, count in day.people_in_order]
        sections += ["<h2>People</h2>", _table(("people", "count"), words)]
    if day.reasons:
        bars = [(f"{r.object_type} {r.rule}", r.rows) for r in day.reasons[:WORST]]
        sections += [
            "<h2>Why rows were rejected</h2>",
            bar_chart(bars, "Rows by reason", text="currentColor"),
            _reasons(day.reasons),
            '<p class="hint">The rows: <code>cdp rejected</code>, with --entity, --rule and --date. To repair them: '
            "<code>cdp rejected --csv repair.csv</code></p>",
        ]
    sections += ["<h2>Ledger</h2>", _ledger(day)]
    if day.findings:
        sections += ["<h2>Odd, but no reason to refuse a row</h2>", _reasons(day.findings)]
    sections += ["<h2>Published</h2>", _published(day)]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Data quality, {escape(day.days)}</title><style>{_STYLE}</style></head><body>"
        f"{''.join(sections)}"
        f"<footer>Run {escape(day.run_id)}, published {escape(day.finished_at)} (UTC).</footer></body></html>\n"
    )


def _warnings(day: QualityDay) -> str:
    """The checks with what they say."""
    told = (
        f"<dt>{escape(w.asset)} <strong>{escape(w.check)}</strong></dt><dd>{_with_code(w.says)}</dd>"
        for w in day.warnings
    )
    return f'<dl class="told">{"".join(told)}</dl>'


def _with_code(text: str) -> str:
    """Text in which what stands in backticks is a command or a name."""
    return _CODE.sub(r"<code>\1</code>", escape(text))


def _numbers(day: QualityDay) -> str:
    total = day.total
    facts = [("rows read", f"{total.read:,}"), ("rejected", f"{total.rejected:,} ({total.rejected_share:.1%})")]
    facts += [(name, f"{count:,}") for name, count in day.people_in_order if name in _TILES]
    tiles = "".join(f"<div><dt>{escape(name)}</dt><dd>{value}</dd></div>" for name, value in facts)
    return f'<dl class="numbers">{tiles}</dl>'


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


def _reasons(reasons: Iterable[Reason]) -> str:
    return _table(("entity", "rule", "rows"), [(r.object_type, r.rule, f"{r.rows:,}") for r in reasons], texts=2)


def _published(day: QualityDay) -> str:
    changed = day.changed_tables
    rest = f"{len(day.tables) - len(changed)} of {len(day.tables)} tables did not change."
    rows = [(t.table, f"{t.inserted:,}", f"{t.updated:,}", f"{t.deleted:,}", f"{t.unchanged:,}") for t in changed]
    table = _table(("table", "inserted", "updated", "deleted", "unchanged"), rows) if rows else ""
    return f'{table}<p class="hint">{rest}</p>'


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], texts: int = 1) -> str:
    body = "".join(f"<tr>{_cells(row, texts)}</tr>" for row in rows)
    return f"<table><thead><tr>{_heads(head, texts)}</tr></thead><tbody>{body}</tbody></table>"


def _heads(head: Sequence[str], texts: int) -> str:
    return "".join(f'<th class="{"text" if n < texts else ""}">{escape(cell)}</th>' for n, cell in enumerate(head))


def _cells(row: Sequence[str], texts: int) -> str:
    return "".join(f'<td class="{"text" if n < texts else ""}">{escape(cell)}</td>' for n, cell in enumerate(row))
