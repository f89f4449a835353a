"""What several generator tests share: a chunk of households as rows, before it becomes files."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from cdp_pipeline.generator.dataset import write_people
from cdp_pipeline.generator.plan import rotating_plan
from cdp_pipeline.generator.sheet import Sheet

DAYS = tuple(date(2026, 9, day) for day in range(1, 6))

Households = Callable[[int, int], Sheet]


@pytest.fixture(scope="session")
def households() -> Households:
    """Makes a sheet with that many people over five days, from a seed."""

    def write(people: int, seed: int) -> Sheet:
        plan = rotating_plan(Path("unused"), DAYS, people)
        sheet = Sheet(seed, 0, people, DAYS, plan.takes_two)
        write_people(sheet, 0, people)
        return sheet

    return write


@pytest.fixture(scope="session")
def sheet(households: Households) -> Sheet:
    """Three thousand people; read only."""
    return households(3_000, 11)
