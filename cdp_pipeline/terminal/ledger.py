"""The ledger of a run and what became of it, as tables for the terminal."""

from collections.abc import Collection, Iterable, Mapping

from rich.table import Table

from cdp_pipeline.deliveries.reports import LedgerLine
from cdp_pipeline.serving.publish import Changes

_COUNTS = ("files", "read", "accepted", "rejected", "duplicates")


def ledger_table(lines: Iterable[LedgerLine], held: Collection[LedgerLine] = ()) -> Table:
    """One row per entity with its counts over the days processed, and a row of totals.

    Args:
        lines: The lines of a run.
        held: Those of held deliveries; below the table stands how many of the accepted rows are not used.
    """
    lines = tuple(lines)
    totals: dict[str, dict[str, int]] = {}
    for line in lines:
        counts = totals.setdefault(line.object_type, dict.fromkeys(_COUNTS, 0))
        for name in _COUNTS:
            counts[name] += getattr(line, name)
    table = Table(title="Ledger of this run: read = accepted + rejected + duplicates", title_justify="left")
    table.add_column("entity")
    for name in _COUNTS:
        table.add_column(name, justify="right")
    for entity, counts in totals.items():
        table.add_row(entity, *(f"{counts[name]:,}" for name in _COUNTS))
    table.add_section()
    table.add_row("all", *(f"{sum(counts[name] for counts in totals.values()):,}" for name in _COUNTS))
    if unused := sum(line.accepted for line in lines if line in held):
        table.caption = f"{unused:,} of the accepted rows are of held deliveries and are not used."
        table.caption_justify = "left"
    return table


def changes_table(changes: Mapping[str, Changes]) -> Table:
    """One row per published table: rows inserted, updated, deleted and left as they were."""
    table = Table(title="Published", title_justify="left")
    table.add_column("table")
    for name in ("inserted", "updated", "deleted", "unchanged"):
        table.add_column(name, justify="right")
    for name, change in changes.items():
        table.add_row(
            name, f"{change.inserted:,}", f"{change.updated:,}", f"{change.deleted:,}", f"{change.unchanged:,}"
        )
    return table
