"""The data-quality page as one HTML file that needs nothing beside it: no script, no font, no network.

First whether the data can be trusted, then what is open over all days, what changed since the day before, and details.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape

from cdp_pipeline.reporting.day import OpenCheck, QualityDay, Reason
from cdp_pipeline.reporting.markdown import HELD_COLUMNS, HELD_HINT, OPEN_COLUMNS, OPEN_HINT, STOPPED_HINT, WORST
from cdp_pipeline.values.foreign_text import visible

ANSWERS = {"yes": "Yes", "partly": "Partly", "no": "No"}
"""What the page answers to whether the data can be trusted."""

_CODE = re.compile(r"`([^`]+)`")
_TILES = ("people", "new", "merged", "split")

_STYLE = """
:root { color-scheme: light dark; --ink: #1d2330; --soft: #5d6577; --line: #dde1ea; --tile: #f4f6fb; --mark: #4f6bd8;
  --warn: #a35f00; --warned: #fff1d6; --bad: #b3261e; --good: #1f7a45; --page: #fff }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e7ee; --soft: #9aa3b5; --line: #343b4a; --tile: #1f2531;
  --mark: #8ea2f5; --warn: #f0b354; --warned: #3d3118; --bad: #ff8a80; --good: #6fd09a; --page: #151a23 } }
* { box-sizing: border-box }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--page); max-width: 62rem;
  margin: 1.5rem auto; padding: 0 1rem; overflow-wrap: anywhere }
h1 { margin: 0 0 .3rem; font-size: 1.25rem; font-weight: 500 } h1 strong { font-size: 2rem; margin-right: .4rem }
h2 { margin: 2.2rem 0 .4rem; font-size: 1.15rem } h3 { margin: 1.1rem 0 .2rem; font-size: 1rem }
.yes strong { color: var(--good) } .partly strong { color: var(--warn) } .no strong { color: var(--bad) }
p.verdict { font-size: 1.05rem; border-left: 4px solid var(--good); padding-left: .8rem; margin: .8rem 0 }
p.verdict.partly { border-color: var(--warn) } p.verdict.no { border-color: var(--bad) }
.wide { overflow-x: auto; max-width: 100% }
table { border-collapse: collapse; margin: .3rem 0; white-space: nowrap }
td:first-child, th:first-child { position: sticky; left: 0; background: var(--page) }
th, td { padding: .2rem .8rem .2rem 0; border-bottom: 1px solid var(--line); text-align: right;
  font-variant-numeric: tabular-nums; vertical-align: top }
th { color: var(--soft); font-weight: 500 }
td.text, th.text { text-align: left } td.bar { min-width: 8rem; text-align: left }
td.bar i { display: inline-block; height: .7rem; background: var(--mark); border-radius: 2px; margin-right: .4rem }
tr.all td { font-weight: 600 } tr.unusual td { background: var(--warned) }
dl.numbers { display: flex; flex-wrap: wrap; gap: .6rem; margin: 1rem 0 }
dl.numbers div { background: var(--tile); border-radius: .5rem; padding: .5rem 1rem; min-width: 5.5rem; flex: 0 1 auto }
dt { color: var(--soft); font-size: .85rem } dd { margin: 0 }
dl.numbers dd { font-size: 1.4rem; font-variant-numeric: tabular-nums }
dl.facts dd { margin: 0 0 .8rem } dl.facts .no strong { color: var(--bad) }
dl.facts .partly strong { color: var(--warn) }
code { display: inline-block; max-width: 100% }
p.hint, footer, figcaption { color: var(--soft); font-size: .9rem } footer { margin-top: 2.5rem }
div.plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 19rem), 1fr)); gap: 1rem }
figure { margin: 0 } svg { width: 100%; height: auto }
@media (max-width: 30rem) { body { margin: 1rem auto } thead { display: none } table, tbody { display: block }
  tr { display: flex; flex-wrap: wrap; gap: 0 .9rem; padding: .35rem 0; border-bottom: 1px solid var(--line) }
  table { white-space: normal } td { border: 0; padding: 0; font-size: .9rem } td:empty { display: none }
  td:first-child { position: static; flex-basis: 100%; font-weight: 500 } tr.unusual td { background: none }
  tr.unusual { background: var(--warned) } td.bar { min-width: 0 }
  td + td::before { content: attr(data-head) " "; color: var(--soft) } }
"""


def quality_page(day: QualityDay, pictures: Mapping[str, str] | None = None) -> str:
    """The facts of `quality_parts`, all of them, as a self-contained HTML document; dark where the reader's screen is.

    Everything that comes from files is escaped.

    Args:
        day: The facts.
        pictures: The trends of the day as SVG texts, by their digest; those without one are left out.
    """
    answer = ANSWERS[day.answer]
    sections = [
        f'<h1 class="{day.answer}"><strong>{answer}</strong> Can the data of {escape(day.days)} be trusted?</h1>',
        f'<p class="verdict {day.answer}">{_with_code(day.verdict)}</p>',
        "<h2>Still open</h2>",
        *_open(day),
        *_changes(day),
        "<h2>The newest drop dates</h2>",
        _numbers(day),
        *_details(day, pictures or {}),
    ]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{answer}: data quality, "
        f"{escape(day.days)}</title><style>{_STYLE}</style></head><body>{''.join(sections)}<footer>Run "
        f"{escape(day.run_id)}, page made {escape(day.made_at)} (UTC). "
        f"{escape(_published_when(day))}</footer></body></html>\n"
    )


def _published_when(day: QualityDay) -> str:
    return f"Database published {day.published_at} (UTC)." if day.published_at else "Nothing is published yet."


def _open(day: QualityDay) -> list[str]:
    """What is open, of all days; one sentence where nothing is."""
    found = []
    if day.stopped:
        found += [
            "<h3>A stopped run</h3>",
            f"<p>Run {escape(day.stopped.run_id)} stopped at {escape(', '.join(day.stopped.steps))}. Its output "
            "or log shows why, a red check below what to do; correct the cause and run again.</p>",
        ]
    if day.held:
        held = [(h.object_type, h.drop_date, f"{h.read:,}", f"{h.accepted:,}", f"{h.rejected:,}") for h in day.held]
        found += [
            "<h3>Held deliveries</h3>",
            _table(HELD_COLUMNS, held, texts=2),
            f'<p class="hint">{_with_code(HELD_HINT)}</p>',
        ]
    if day.warnings:
        found += ["<h3>Checks that do not hold</h3>", _checks(day.open_checks)]
    if day.open_rows:
        rows = [(o.object_type, o.worst, o.oldest, o.newest, f"{o.rows:,}") for o in day.open_rows]
        found += [
            "<h3>Rejected rows that are not repaired</h3>",
            _table(OPEN_COLUMNS, rows, texts=4),
            f'<p class="hint">{_with_code(OPEN_HINT)}</p>',
        ]
    return found or ["<p>Nothing: no held delivery, no check that does not hold, no rejected row, no stopped run.</p>"]


def _changes(day: QualityDay) -> list[str]:
    if day.before is None:
        return []
    items = "".join(f"<li>{escape(visible(change))}</li>" for change in day.changes)
    return [
        f"<h2>Since {escape(day.before_on)}</h2>",
        f"<ul>{items}</ul>" if items else "<p>Nothing changed in what is open, and as many people are published.</p>",
    ]


def _details(day: QualityDay, pictures: Mapping[str, str]) -> list[str]:
    found = ["<h3>Ledger</h3>", _ledger(day)]
    if day.reasons:
        found += ["<h3>Why rows were rejected</h3>", _reasons(day.reasons)]
    if day.findings:
        found += ["<h3>Unusual, but no reason to reject a row</h3>", _reasons(day.findings)]
    drawn = [(trend, pictures[trend.digest]) for trend in day.trends if trend.digest in pictures]
    if drawn:
        figures = (
            f'<figure role="img" aria-label="{escape(trend.words)}"><figcaption>{escape(trend.object_type)}: '
            f"{trend.measure}</figcaption>{svg}</figure>"
            for trend, svg in drawn
        )
        found += [
            "<h2>Day by day</h2>",
            '<p class="hint">The band is what is usual of that weekday in the eight weeks before; a dot lies beyond it.'
            "</p>",
            f'<div class="plots">{"".join(figures)}</div>',
        ]
    if day.people:
        words = [(name, f"{count:,}") for name, count in day.people_in_order]
        found += ["<h2>People</h2>", _table(("people", "count"), words)]
    return [*found, "<h2>Published</h2>", _published(day)]


def _checks(checks: Iterable[OpenCheck]) -> str:
    """Each check with its result for its newest day, and the other days on which it does not hold."""
    items = []
    for check in checks:
        also = f' <span class="hint">Also of {escape(", ".join(check.days))}.</span>' if check.days else ""
        style = "past" if check.is_past else "no" if check.is_red else "partly"
        items.append(
            f'<dt class="{style}">{escape(check.newest.asset)} <strong>{escape(check.newest.check)}</strong></dt>'
            f"<dd>{_with_code(check.newest.message)}{also}</dd>"
        )
    return f'<dl class="facts">{"".join(items)}</dl>'


def _with_code(text: str) -> str:
    """Text in which what stands in backticks is a command or a name."""
    return _CODE.sub(r"<code>\1</code>", escape(visible(text)))


def _numbers(day: QualityDay) -> str:
    total = day.total
    facts = [("rows read", f"{total.read:,}"), ("rejected", f"{total.rejected:,} ({total.rejected_share:.1%})")]
    facts += [(name, f"{count:,}") for name, count in day.people_in_order if name in _TILES]
    tiles = "".join(f"<div><dt>{escape(name)}</dt><dd>{value}</dd></div>" for name, value in facts)
    hint = f'<p class="hint">{STOPPED_HINT}</p>' if day.stopped else ""
    return f'<dl class="numbers">{tiles}</dl>{hint}'


def _ledger(day: QualityDay) -> str:
    head = ("entity", "files", "read", "usually", "accepted", "rejected", "share", "usually", "duplicates")
    lines = []
    for entity in (*day.entities, day.total):
        style = "all" if entity.object_type == "all" else "unusual" if entity.is_unusual else ""
        rows, share = entity.usual_rows, entity.usual_rejected_share
        cells = (
            entity.object_type,
            f"{entity.files:,}",
            f"{entity.read:,}",
            "" if rows is None else f"{rows:,.0f}",
            f"{entity.accepted:,}",
            f"{entity.rejected:,}",
            f"{entity.rejected_share:.2%}",
            "" if share is None else f"{share:.2%}",
            f"{entity.duplicates:,}",
        )
        lines.append(f'<tr class="{style}">{_cells(head, cells, 1)}</tr>')
    return _in_table(head, "".join(lines), 1)


def _reasons(reasons: Sequence[Reason]) -> str:
    """The worst reasons with bars, then the others without."""
    largest = max(reason.rows for reason in reasons)
    head, lines = ("entity", "rule", "rows"), []
    for number, reason in enumerate(reasons):
        bar = f'<i style="width:{6 * reason.rows / largest:.2f}rem"></i>' if number < WORST else ""
        texts = _cells(head[:2], (reason.object_type, reason.rule), 2)
        lines.append(f'<tr>{texts}<td class="bar" data-head="{head[2]}">{bar}{reason.rows:,}</td></tr>')
    return _in_table(head, "".join(lines), 3)


def _published(day: QualityDay) -> str:
    changed = day.changed_tables
    rest = f"{len(day.tables) - len(changed)} of {len(day.tables)} tables did not change."
    rows = [(t.table, f"{t.inserted:,}", f"{t.updated:,}", f"{t.deleted:,}", f"{t.unchanged:,}") for t in changed]
    table = _table(("table", "inserted", "updated", "deleted", "unchanged"), rows) if rows else ""
    return f'{table}<p class="hint">{escape(_published_when(day))} {rest}</p>'


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], texts: int = 1) -> str:
    return _in_table(head, "".join(f"<tr>{_cells(head, row, texts)}</tr>" for row in rows), texts)


def _in_table(head: Sequence[str], body: str, texts: int) -> str:
    heads = "".join(f'<th class="{"text" if n < texts else ""}">{escape(cell)}</th>' for n, cell in enumerate(head))
    return f'<div class="wide"><table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>'


def _cells(head: Sequence[str], row: Sequence[str], texts: int) -> str:
    """The cells of a row, each with its heading, which a narrow screen shows beside it instead of above."""
    return "".join(
        f'<td class="{"text" if n < texts else ""}" data-head="{escape(name)}">{escape(visible(cell))}</td>'
        for n, (name, cell) in enumerate(zip(head, row, strict=True))
    )
