"""seed -> a data set of every entity, of any size: `generate`, behind `cdp generate`.

Households are made in chunks, each from its own random streams, and appended to the files; memory does not grow with
the number of people.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from pyarrow.parquet import ParquetWriter

from cdp_pipeline.generator.customers import write_belongings, write_identities
from cdp_pipeline.generator.events import Comment, write_mailings, write_shopping
from cdp_pipeline.generator.files import RowFile
from cdp_pipeline.generator.flaws import add_flaws
from cdp_pipeline.generator.leads import write_leads
from cdp_pipeline.generator.people import HOUSEHOLD_SIZES, Household
from cdp_pipeline.generator.plan import Key, rotating_plan
from cdp_pipeline.generator.presence import COMPANIES, Presence, draw_presence
from cdp_pipeline.generator.sheet import Sheet
from cdp_pipeline.generator.truth import TRUTH_TYPES, truth_table
from cdp_pipeline.generator.words import Entry, pick

START = date(2026, 9, 1)
PEOPLE_PER_CHUNK = 4_000
SECOND_COMPANY_SHARE = 0.035
"""Households that deal with the second company."""

BOTH_COMPANIES_SHARE = 0.006
"""People of the first company who also buy at the second one's cash desk, with the same phone and e-mail."""


@dataclass
class Counts:
    """What was written for an entity and day."""

    rows: int = 0
    """All rows, good and bad, those sent twice counted twice."""
    bad: Counter[str] = field(default_factory=Counter)
    """Bad rows by the rule each of them breaks."""
    resent: int = 0
    """Rows that repeat another one of the same day."""


@dataclass(frozen=True)
class GeneratedData:
    """What a data set holds: its raw files, what was written by object type and day, and the table of the truth."""

    directory: Path
    days: tuple[date, ...]
    people: int
    households: int
    files: tuple[Path, ...]
    counts: Mapping[tuple[str, date], Counts]
    truth: Path

    @property
    def rows(self) -> int:
        """All rows written."""
        return sum(counts.rows for counts in self.counts.values())


def generate(
    directory: Path,
    people: int,
    days: int,
    seed: int,
    start: date = START,
    progress: Callable[[int, int], None] | None = None,
    busyness: float = 1.0,
) -> GeneratedData:
    """Write a synthetic data set of every entity into a new folder, and the true persons into its `truth.parquet`.

    The same arguments give the same bytes. The people themselves depend on seed and number only, not on the days.

    Args:
        directory: The folder; made if missing, refused if anything is in it.
        people: Number of people, at least 1.
        days: Number of delivery days, at least 1.
        seed: Any whole number from 0.
        start: The first delivery day.
        progress: Called after each chunk with the people done and their number.
        busyness: How many times the usual number of product activities, e-mails and SMS a person has.

    Raises:
        ValueError: A number is too small.
        FileExistsError: The folder is not empty.
    """
    for name, number, least in (("people", people, 1), ("days", days, 1), ("seed", seed, 0), ("busyness", busyness, 0)):
        if number < least:
            raise ValueError(f"{name} is {number}; it must be at least {least}.")
    if directory.exists() and any(directory.iterdir()):
        raise FileExistsError(
            f"{directory} is not empty; a data set needs a folder of its own: name a new one or empty it."
        )
    directory.mkdir(parents=True, exist_ok=True)
    dates = tuple(start + timedelta(days=n) for n in range(days))
    plan, truth, households = rotating_plan(directory, dates, people), directory / "truth.parquet", 0
    files: dict[Key, RowFile] = {}
    counts: defaultdict[tuple[str, date], Counts] = defaultdict(Counts)
    with ParquetWriter(truth, TRUTH_TYPES, compression="zstd") as writer:
        for chunk, first in enumerate(range(0, people, PEOPLE_PER_CHUNK)):
            end = min(first + PEOPLE_PER_CHUNK, people)
            sheet = Sheet(seed, chunk, people, dates, plan.takes_two, busyness)
            households += write_people(sheet, first, end)
            for key, rows in plan.split(sheet):
                file = files.get(key) or files.setdefault(key, plan.open(key))
                flawed, bad, resent = add_flaws(sheet.draw, file, rows, takes_two=plan.takes_two(*key))
                file.write(flawed)
                written = counts[key[0], dates[key[2]]]
                written.rows, written.resent = written.rows + len(flawed), written.resent + resent
                written.bad += bad
            writer.write_table(truth_table(sheet.truth, dates))
            if progress is not None:
                progress(end, people)
    for file in files.values():
        file.close()
    paths = tuple(sorted(path for file in files.values() for path in file.paths))
    return GeneratedData(directory, dates, people, households, paths, dict(counts), truth)


def generate_rows(people: int, days: Sequence[date], seed: int) -> Mapping[str, list[list[Entry]]]:
    """The rows of a small data set by object type and number of the day, before they become files, without flaws."""
    sheet = Sheet(seed, 0, people, days)
    write_people(sheet, 0, people)
    return sheet.rows


def write_people(sheet: Sheet, first: int, end: int) -> int:
    """Write the households of the people numbered from `first` up to `end` on a sheet; how many households they are."""
    comments: list[Comment] = []
    person, households = first, 0
    while person < end:
        size = min(pick(sheet.draw_people, HOUSEHOLD_SIZES), end - person)
        # A household is numbered by its first member, so that chunks need not know of each other.
        _write_household(sheet, sheet.registrar.household(sheet.draw_people, person, person, size), comments)
        person += size
        households += 1
    return households


def _write_household(sheet: Sheet, household: Household, comments: list[Comment]) -> None:
    """Write everything the systems have about the members of a household."""
    company = COMPANIES[sheet.draw() < SECOND_COMPANY_SHARE]
    presences = [draw_presence(sheet, person, company) for person in household.members]
    for presence in presences:
        if company == COMPANIES[0] and sheet.draw() < BOTH_COMPANIES_SHARE:
            _write_at_second_company(sheet, presence)
        write_identities(sheet, presence)
        write_leads(sheet, presence)
        write_belongings(sheet, presence)
        write_shopping(sheet, presence, comments)
    for presence in presences:
        # Only now it is known whose phone is really shared.
        write_mailings(sheet, presence)
    sheet.close_household(household)


def _write_at_second_company(sheet: Sheet, presence: Presence) -> None:
    person = presence.person
    if person.phone and person.phone != person.household.phone and not person.namesake:
        ids = {"POS": f"{sheet.people - person.number:011d}"}
        write_identities(sheet, Presence(person, COMPANIES[1], presence.day, ids, anchor="POS"))
