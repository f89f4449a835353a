"""The ledger of a run as a table for the terminal, and what was published in a sentence."""

from collections.abc import Collection, Iterable, Mapping

from rich.box import SIMPLE_HEAD
from rich.table import Table

from cdp_pipeline.deliveries.reports import LedgerLine
from cdp_pipeline.serving.publish import Changes
from cdp_pipeline.values.counted import count_of

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
    table = Table(
        title="Ledger of this run: read = accepted + rejected + duplicates",
        title_justify="left",
        title_style="bold",
        box=SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, 1, 0, 0),
    )
    table.add_column("entity", no_wrap=True)
    for name in _COUNTS:
        table.add_column(name, justify="right", no_wrap=True)
    for entity, counts in totals.items():
        table.add_row(entity, *(f"{counts[name]:,}" for name in _COUNTS))
    table.add_section()
    table.add_row("all", *(f"{sum(counts[name] for counts in totals.values()):,}" for name in _COUNTS))
    if unused := sum(line.accepted for line in lines if line in held):
        table.caption = f"Not used, of held deliveries: {unused:,} of the accepted."
        table.caption_justify = "left"
    return table


def changes_sentence(changes: Mapping[str, Changes]) -> str:
    """How many rows the publication wrote, in the tables that changed."""
    if not changes:
        return "Published: no table changed."
    inserted, updated, deleted = (
        sum(getattr(change, name) for change in changes.values()) for name in ("inserted", "updated", "deleted")
    )
    return (
        f"Published: {count_of(inserted, 'row')} inserted, {updated:,} updated and {deleted:,} deleted in "
        f"{count_of(len(changes), 'table')}."
    )
