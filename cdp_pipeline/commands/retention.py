"""`cdp retention`: what is older than its period, by layer and entity; with `--yes` the daily run removes it."""

from collections.abc import Callable, Iterable

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from cdp_pipeline.commands.printing import print_text
from cdp_pipeline.pipeline import Went, plan_retention
from cdp_pipeline.privacy import PrivacyError
from cdp_pipeline.settings import Settings
from cdp_pipeline.store import Lake, at_rest
from cdp_pipeline.values.display_text import count_of


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
        with out.status("Finding what is too old"), at_rest(lake, log=lambda words: print_text(err, words)):
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
    for name in ("layer", "entity", "kept for"):
        table.add_column(name, no_wrap=True)
    for name in ("rows", "records"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("drop dates")
    for (layer, entity), lines in found.items():
        dates = {line.drop_date for line in lines}
        span = f"{min(dates)}" if len(dates) == 1 else f"{count_of(len(dates), 'date')}, {min(dates)} to {max(dates)}"
        rows, records = sum(line.rows for line in lines), sum(line.records for line in lines)
        table.add_row(layer, entity, lines[0].period, f"{rows:,}", f"{records:,}" if records else "", span)
    return table
