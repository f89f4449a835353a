"""`cdp train`: learns from all records what agreement is worth, keeps it, and shows it."""

import secrets

from rich.console import Console
from rich.table import Table

from cdp_pipeline.commands.printing import print_text, progress
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.identity.matching import STEADY_PAIRS
from cdp_pipeline.pipeline import model_facts, read_choices, train_persons, write_model_page
from cdp_pipeline.quality.report import LEVELS_HEAD, THRESHOLDS_HEAD, ModelFacts
from cdp_pipeline.settings import Settings
from cdp_pipeline.store import Lake, held


def train_model(settings: Settings, out: Console, err: Console) -> int:
    """Train on what the last run read, keep the model, print it and write its page.

    Returns:
        The exit status: 0 when a model was trained, 1 when there are no records that could be compared.
    """
    choices = read_choices(settings)
    lake = Lake(settings.lake_dir)
    if not all(lake.exists("current", entity.name) for entity in ENTITIES):
        print_text(err, "There are no records to train on; run `cdp run` first.")
        return 1
    with held(lake, f"of cdp train, {secrets.token_hex(4)}", log=lambda words: print_text(err, words)):
        with progress(out, "Comparing records"):
            facts = model_facts(train_persons(lake, ENTITIES, choices))
        if facts is None:
            print_text(
                err, "No two records have anything in common by which they would be compared; nothing was trained."
            )
            return 1
        page = write_model_page(lake, facts)
    _print(facts, out)
    print_text(out, f"With bars: {page}")
    return 0


def _print(facts: ModelFacts, out: Console) -> None:
    levels = Table(*LEVELS_HEAD)
    for line in facts.levels:
        levels.add_row(line.attribute, line.words, f"{line.share:.2%}", line.worth)
    thresholds = Table(*THRESHOLDS_HEAD)
    for expected in facts.thresholds:
        thresholds.add_row(*expected.cells)
    out.print(levels)
    out.print(thresholds)
    print_text(out, facts.sentence)
    print_text(
        out,
        "The model is kept: runs use it until you train again, or there are twice the records. The next `cdp run` "
        "resolves all people by it, unless it is the one that was kept before."
        if facts.is_kept
        else f"The model is not kept: with fewer than {STEADY_PAIRS:,} pairs of one person every run trains on all its "
        "records.",
    )
