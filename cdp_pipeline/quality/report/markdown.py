"""The data-quality page as markdown, part by part, for the asset's page in Dagster.

Parts, because the UI shows a short one in its place and hides a long one behind a click.
"""

import re
from collections.abc import Iterable, Sequence

from cdp_pipeline.quality.report.content import EntityDay, Held, OpenCheck, OpenRows, QualityDay, Reason, TableChange
from cdp_pipeline.values.display_text import visible

WORST = 15
"""So many reasons are shown; the others are counted below them."""

MOST_TABLES = 8
"""So many of the tables that changed are named; a run of any size changes most of them a little."""

# Every sign that begins markup, a link or HTML; in front of any of them a backslash is left out of what is shown.
_MARKUP = re.compile(r"[\\`*_{}\[\]()#!|<>~&@:]")
_CODE = re.compile(r"(`[^`]*`)")

HELD_COLUMNS = ("entity", "drop date", "read", "accepted", "rejected")

HELD_HINT = (
    "None of these rows are used, not even the accepted ones; rows of the same date that were used before stay. "
    "Repair its rows with `cdp rejected --csv FILE` and `cdp repair FILE`, deliver the corrected file under its own "
    "name, accept the delivery with `cdp run --date DATE --accept-rejected`, or remove the file."
)

OPEN_COLUMNS = ("entity", "most often", "from drop date", "to", "rows")

OPEN_HINT = (
    "Repair them with `cdp rejected --csv FILE` and `cdp repair FILE`; a row is settled too when its record comes "
    "whole with a later drop date."
)


STOPPED_HINT = (
    "Rows are counted as the stopped run read them, whether they are published or not; people and tables are those of "
    "the published state."
)


def markdown_text(text: str) -> str:
    """Text of others on one line, as markdown shows it letter by letter: no picture, link, HTML or end of a cell."""
    # A bare host name becomes a link by its dot.
    return _MARKUP.sub(r"\\\g<0>", visible(text)).replace("www.", "www\\.")


def markdown_code(text: str) -> str:
    """Text of others as code on one line; a backtick, which would end the code, becomes an apostrophe."""
    return "`" + visible(text).replace("`", "'").replace("|", "\\|") + "`"


def markdown_sentence(text: str) -> str:
    """A sentence of ours with code between backticks that may quote others: all but the code letter by letter."""
    parts = _CODE.split(text)
    return "".join(
        markdown_code(part[1:-1]) if _CODE.fullmatch(part) else markdown_text(part) for part in parts if part
    )


def quality_parts(day: QualityDay) -> dict[str, str]:
    """The page by part, in the order in which one reads it; what the day has nothing of is left out.

    `held` (deliveries that are not used), `warnings` (checks that do not hold), `open` (rejected rows that are not
    repaired), `changes` (since the page of the day before), `people`, `reasons`, `ledger`, `findings` (in
    accepted rows), `published`.
    """
    # A list, as the UI gives a table no room for sentences.
    checks = [_check(alike) for alike in day.alike_checks]
    changes = [f"- {markdown_sentence(change)}" for change in day.changes]
    people = _table(("people", "count"), [(name, f"{count:,}") for name, count in day.people_in_order])
    if day.stopped:
        people = f"{people}\n\n{STOPPED_HINT}"
    return {
        **({"held": _held(day.held)} if day.held else {}),
        **({"warnings": "\n".join(checks)} if checks else {}),
        **({"open": _open(day.open_rows)} if day.open_rows else {}),
        **({"changes": "\n".join(changes)} if changes else {}),
        **({"people": people} if day.people else {}),
        **({"reasons": reasons_table(day.reasons)} if day.reasons else {}),
        **({"ledger": _ledger(day.entities, day.total)} if day.entities else {}),
        **({"findings": reasons_table(day.findings)} if day.findings else {}),
        "published": _published(day.changed_tables),
    }


def reasons_table(reasons: Sequence[Reason], *, of_one_entity: bool = False) -> str:
    """The worst reasons as a table, and how many rows the others concern; of one entity, without its name."""
    lines = [(r.object_type, markdown_code(r.rule), f"{r.rows:,}") for r in reasons[:WORST]]
    rest = reasons[WORST:]
    if rest:
        lines.append((f"{len(rest)} more", "", f"{sum(r.rows for r in rest):,}"))
    if of_one_entity:
        return _table(("rule", "rows"), [(rule or entity, rows) for entity, rule, rows in lines])
    return _table(("entity", "rule", "rows"), lines, texts=2)


def _held(held: Iterable[Held]) -> str:
    rows = [(h.object_type, h.drop_date, f"{h.read:,}", f"{h.accepted:,}", f"{h.rejected:,}") for h in held]
    return f"{_table(HELD_COLUMNS, rows, texts=2)}\n\n{HELD_HINT}"


def _check(alike: Sequence[OpenCheck]) -> str:
    newest, days = alike[0].newest, alike[0].days
    assets = ", ".join(f"`{check.newest.asset}`" for check in alike)
    also = f" Also of {', '.join(days)}." if days else ""
    return f"- {assets} `{newest.check}`: {markdown_sentence(newest.message)}{also}"


def _open(rows: Iterable[OpenRows]) -> str:
    cells = [(o.object_type, markdown_code(o.worst), o.oldest, o.newest, f"{o.rows:,}") for o in rows]
    return f"{_table(OPEN_COLUMNS, cells, texts=4)}\n\n{OPEN_HINT}"


def _ledger(entities: Iterable[EntityDay], total: EntityDay) -> str:
    rows = [
        (
            e.object_type,
            f"{e.files:,}",
            f"{e.read:,}",
            f"{e.accepted:,}",
            f"{e.rejected:,}",
            f"{e.duplicates:,}",
            f"{e.suppressed:,}",
            f"{e.rejected_share:.2%}",
            "" if e.usual_rejected_share is None else f"{e.usual_rejected_share:.2%}",
        )
        for e in (*entities, total)
    ]
    head = ("entity", "files", "read", "accepted", "rejected", "duplicates", "suppressed", "rejected share", "usually")
    return _table(head, rows)


def _published(changed: Sequence[TableChange]) -> str:
    if not changed:
        return "No table changed."
    lines = [(f"`{t.table}`", t.inserted, t.updated, t.deleted) for t in changed[:MOST_TABLES]]
    if rest := changed[MOST_TABLES:]:
        sums = (sum(t.inserted for t in rest), sum(t.updated for t in rest), sum(t.deleted for t in rest))
        lines.append((f"{len(rest)} more", *sums))
    rows = [(name, *(f"{count:,}" for count in counts)) for name, *counts in lines]
    return _table(("table", "inserted", "updated", "deleted"), rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], texts: int = 1) -> str:
    lines = [head, [*("---" for _ in head[:texts]), *("---:" for _ in head[texts:])], *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
