"""current -> the kept model: the weights of agreement, trained on all records, and the page that shows them."""

import math
from dataclasses import replace
from pathlib import Path

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.identity import Choices, compare_persons
from cdp_pipeline.identity.matching import ATTRIBUTES, Level
from cdp_pipeline.pipeline.identity import (
    MatchingReport,
    read_matching,
    records_to_resolve,
    resolving,
    write_matching,
)
from cdp_pipeline.pipeline.quality_page import put_page
from cdp_pipeline.quality.report import LevelLine, ModelFacts, ThresholdLine, model_page
from cdp_pipeline.store import Lake, disk_errors


def train_persons(lake: Lake, entities: tuple[Entity, ...], choices: Choices) -> MatchingReport:
    """Train on all current records, whatever model is kept, and keep the new one; persons are not resolved.

    The next run resolves all persons by it if it is another one. It is kept where it is steady; with fewer pairs of
    one person, and where no two records are compared, the next run trains as well.

    Args:
        lake: Where the current tables lie; for who holds it.
        entities: The entities.
        choices: The decisions of the user; a model among them is not used.
    """
    with resolving(lake) as work:
        current = records_to_resolve(lake, entities, choices)
        found = compare_persons(work, current, entities, replace(choices, model=None))
    write_matching(lake, found)
    return read_matching(lake)


def model_facts(matching: MatchingReport) -> ModelFacts | None:
    """The model in force in numbers; null where there is none."""
    model = matching.model
    if model is None:
        return None
    return ModelFacts(
        records=round(model.records),
        of_one=model.of_one,
        of_relatives=model.of_relatives,
        before=model.before,
        is_kept=matching.is_kept,
        levels=tuple(
            LevelLine(attribute, level.words, model.same[attribute][name], _bits(level, model.same[attribute][name]))
            for attribute in model.same
            for name, level in ATTRIBUTES[attribute].items()
        ),
        thresholds=tuple(ThresholdLine(*row) for row in matching.expected.iter_rows()),
    )


def _bits(level: Level, share: float) -> float | None:
    return None if level.strangers is None else math.log2(share / level.strangers)


def write_model_page(lake: Lake, facts: ModelFacts) -> Path:
    """Put the page into the lake's folder, readable by its owner alone; returns where.

    Raises:
        LakeError: The disk is full.
    """
    path = lake.root / "model.html"
    with disk_errors(lake.root):
        put_page(model_page(facts), path)
    return path
