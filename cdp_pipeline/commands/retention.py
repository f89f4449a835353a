"""`cdp retention`: what is older than its period, by layer and entity; with `--yes` the daily run removes it."""

from collections.abc import Callable, Iterable
from typing import Final, Literal

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from cdp_pipeline.commands.printing import print_text, progress
from cdp_pipeline.pipeline import Went, plan_retention
from cdp_pipeline.privacy import PrivacyError
from cdp_pipeline.settings import Settings
from cdp_pipeline.store import Lake, at_rest

_COLUMNS: Final[dict[str, Literal["left", "right"]]] = {
    "layer": "left", "entity": "left", "kept for": "left", "rows": "right", "records": "right", "from": "left",
    "to": "left",
}  # fmt: skip


def preview_retention(settings: Settings, out: Console, err: Console, run: Callable[[], int] | None = None) -> int:
    """Print what is older than its period, and remove it if a run is given; returns the exit status.

    Args:
        settings: The periods and the lake.
        out: Where the result goes.
        err: Where errors go.
        run: Runs the daily job, which removes it; without it nothing is changed.
    """
    if settings.retention is None:
        print_text(
            out,
            "CDP_RETENTION names no file, so that nothing is ever removed; docs/retention.md shows how one is written.",
        )
        return 0
    lake = Lake(settings.lake_dir)
    try:
        with progress(out, "Finding what is too old"), at_rest(lake, log=lambda words: print_text(err, words)):
            plan = plan_retention(lake, settings, settings.today)
    except PrivacyError as error:
        print_text(err, str(error))
        return 1
    if plan.waits:
        print_text(err, plan.waits)
    if plan.went:
        out.print(_table(plan.went))
    else:
        print_text(out, f"Nothing in the lake is older on {settings.today} than {settings.retention} allows.")
    if run:
        return run()
    if plan.went:
        print_text(
            out,
            "Nothing is changed. The next `cdp run` removes it, and so does the same call with --yes now. Files in the "
            "raw folder stay: delete or archive them yourself.",
        )
    return 0


def _table(went: Iterable[Went]) -> Table:
    """One row per layer and entity."""
    found: dict[tuple[str, str], list[Went]] = {}
    for line in went:
        found.setdefault((line.layer, line.object_type or ""), []).append(line)
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for name, justify in _COLUMNS.items():
        table.add_column(name, justify=justify, no_wrap=True)
    for (layer, entity), lines in sorted(found.items()):
        dates = [line.drop_date for line in lines]
        rows, records = sum(line.rows for line in lines), sum(line.records for line in lines)
        counts = f"{rows:,}", f"{records:,}" if records else ""
        table.add_row(layer, entity, lines[0].period, *counts, f"{min(dates)}", f"{max(dates)}")
    return table
