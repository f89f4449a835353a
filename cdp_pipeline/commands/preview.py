"""`cdp run --preview-identity`: who would be who, computed on a copy of the lake; nothing of it is kept.

For a new rule, a new override or a suspicious file: the numbers first, the publishing afterwards.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime

import polars as pl
from rich.console import Console

from cdp_pipeline.commands.printing import print_text, progress
from cdp_pipeline.deliveries import held_deliveries, landing_of, pending, read_day
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.identity import Resolution
from cdp_pipeline.pipeline import erase_from_lake, preview_persons, read_choices, resolving, update_current
from cdp_pipeline.settings import Settings
from cdp_pipeline.store import Lake, at_rest, scratch_folder
from cdp_pipeline.values.display_text import count_of

MOST_EXAMPLES = 10
"""Changed ids that are named."""


def preview_identity(settings: Settings, out: Console, err: Console) -> int:
    """Print what the next run would change among people; returns the exit status."""
    choices = read_choices(settings)
    if not settings.raw_dir.is_dir():
        print_text(err, f"There is no folder {settings.raw_dir}; name the landing folders in CDP_RAW_DIR.")
        return 1
    with (
        progress(out, "Computing on a copy of the lake"),
        _copied(Lake(settings.lake_dir), log=lambda words: print_text(err, words)) as lake,
    ):
        landing = landing_of(settings, ENTITIES)
        erase_from_lake(lake, settings, "preview")
        new = list(pending(lake, landing, ENTITIES, settings))
        for day in new:
            read_day(lake, day, settings, "preview")
        for entity in ENTITIES:
            update_current(lake, entity)
        with resolving(lake) as work:
            resolution = preview_persons(lake, work, ENTITIES, choices, datetime.now(UTC))
            _print(resolution, len(new), out)
            _print_held(lake, out)
    return 0


@contextmanager
def _copied(lake: Lake, log: Callable[[str], object]) -> Iterator[Lake]:
    """A lake of the same files, thrown away afterwards.

    The files are linked, not copied: the lake replaces files and never changes them, so the original is safe.
    """
    with ExitStack() as kept:
        with at_rest(lake, log=log):
            scratch = kept.enter_context(scratch_folder(lake))
            # Locks and halves of files lie under hidden names.
            hidden = shutil.ignore_patterns(".*")
            shutil.copytree(lake.root, scratch / "lake", copy_function=_link, ignore=hidden)
        copy = Lake(scratch / "lake")
        copy.recover()
        yield copy


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        # Not every file system has links.
        shutil.copy2(source, target)


def _print(resolution: Resolution, days: int, out: Console) -> None:
    print_text(out, f"Preview; nothing was published. {_became(resolution, days)}")
    history = resolution.person_id_history.sort("old_person_id", "person_id", "change").collect()
    for row in history.head(MOST_EXAMPLES).iter_rows(named=True):
        print_text(out, f"  {row['old_person_id']} {row['change']}: {row['person_id']}, as {row['reason']}.")
    if history.height > MOST_EXAMPLES:
        print_text(out, f"  and {history.height - MOST_EXAMPLES:,} more.")
    suggested = resolution.links.filter(pl.col("status") == "suggested").select(pl.len()).collect().item()
    if suggested:
        pairs = "1 pair is" if suggested == 1 else f"{suggested:,} pairs are"
        print_text(out, f"{pairs} probably one person each; see status suggested in table links.")
    for line, problem in resolution.override_problems.select("line", "problem").collect().iter_rows():
        print_text(out, f"Overrides file, line {line}: {problem}")


def _became(resolution: Resolution, days: int) -> str:
    """What would become of people; of a run that has nothing to do, one sentence."""
    changes = resolution.changes
    if not days and changes.unchanged == changes.before and not changes.new:
        return f"No file is new, and all {changes.before:,} people stay as they are."
    return (
        f"{count_of(days, 'new or changed day')} {'was' if days == 1 else 'were'} read into a copy of the lake.\n"
        f"People before: {changes.before:,}. Of these unchanged: {changes.unchanged:,}; with more or fewer records: "
        f"{changes.changed:,}; merged into others: {changes.merged:,}; split: {changes.split:,}; without a profile: "
        f"{changes.gone:,}. New people: {changes.new:,}."
    )


def _print_held(lake: Lake, out: Console) -> None:
    """Print which deliveries a run would hold; their rows count for no person."""
    held = held_deliveries(lake, ENTITIES)
    if held:
        named = ", ".join(f"{line.object_type} {line.drop_date}" for line in held)
        print_text(out, f"Held, so that none of its rows are in these numbers: {named}.")
