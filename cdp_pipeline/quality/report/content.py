"""The content of the data-quality page: whether the data can be trusted, what is open, and what the newest run did.

`pipeline/quality_page.py` gathers it; `page.py` and `markdown.py` show it.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from cdp_pipeline.quality.report.history import OpenState, changes_between
from cdp_pipeline.quality.report.plots import Trend
from cdp_pipeline.values.display_text import count_of

PEOPLE = ("people", "new", "changed", "unchanged", "merged", "split", "gone", "records without a person")
"""What became of people, in the order in which one asks."""


@dataclass(frozen=True)
class EntityDay:
    """An entity's ledger over the drop dates of the run.

    Attributes:
        object_type: The entity.
        files: Files read.
        read: Rows read: accepted, rejected, duplicates and suppressed together.
        accepted: Rows that keep all rules.
        rejected: Rows refused, with their reasons.
        duplicates: Exact re-sends.
        usual_rows: What is usual of the rows of its newest drop date; None as long as nothing is.
        usual_rejected_share: The same of the rejected share.
        is_unusual: Whether a drop date has far fewer rows than usual, or clearly more rejected ones, by the checks.
        suppressed: Rows of erased persons.
    """

    object_type: str
    files: int
    read: int
    accepted: int
    rejected: int
    duplicates: int
    usual_rows: float | None = None
    usual_rejected_share: float | None = None
    is_unusual: bool = False
    suppressed: int = 0

    @property
    def adds_up(self) -> bool:
        """Whether every row read is accounted for."""
        return self.read == self.accepted + self.rejected + self.duplicates + self.suppressed

    @property
    def rejected_share(self) -> float:
        """Rejected of read; 0 where nothing was read."""
        return self.rejected / self.read if self.read else 0.0


@dataclass(frozen=True)
class Reason:
    """A rule that rows of an entity broke, and how many did."""

    object_type: str
    rule: str
    rows: int


@dataclass(frozen=True)
class Held:
    """A delivery that is read but not used, as all of it or the greater part is rejected."""

    object_type: str
    drop_date: str
    read: int
    accepted: int
    rejected: int


@dataclass(frozen=True)
class OpenRows:
    """Rejected rows of an entity that nothing has settled, of whatever drop date.

    Attributes:
        object_type: The entity.
        rows: How many.
        days: Of how many drop dates.
        oldest: The oldest of these; empty where only misplaced files have some.
        newest: The newest of these.
        worst: The rule that most of them broke.
    """

    object_type: str
    rows: int
    days: int
    oldest: str
    newest: str
    worst: str


@dataclass(frozen=True)
class Stopped:
    """A run that stopped before its end, and no run went through since.

    Attributes:
        run_id: The run.
        at: When it stopped, as text in UTC.
        steps: The steps that failed, in the order of their failure.
    """

    run_id: str
    at: str
    steps: tuple[str, ...]


@dataclass(frozen=True)
class TableChange:
    """What publishing did to a table."""

    table: str
    inserted: int
    updated: int
    deleted: int
    unchanged: int

    @property
    def changes(self) -> int:
        """Rows inserted, updated and deleted."""
        return self.inserted + self.updated + self.deleted


@dataclass(frozen=True)
class Warned:
    """A check whose promise does not hold.

    Attributes:
        asset: The asset it stands on.
        check: Its name.
        message: What was found, what was expected, and what to do.
        day: The drop date it is about; empty where it is about all data.
        is_red: Whether the data cannot be trusted, rather than needs a check.
        is_past: Whether it is about a day more than a week ago: open, but without effect on today's answer.
    """

    asset: str
    check: str
    message: str
    day: str = ""
    is_red: bool = False
    is_past: bool = False


@dataclass(frozen=True)
class OpenCheck:
    """One check that does not hold, on one day or several, as the page shows it.

    Attributes:
        newest: Its result for its newest day.
        days: The other days on which it does not hold, oldest first.
        is_red: Whether it is red on a day of the last week.
    """

    newest: Warned
    days: tuple[str, ...]
    is_red: bool

    @property
    def is_past(self) -> bool:
        """Whether it is about former weeks alone."""
        return self.newest.is_past


Answer = Literal["yes", "partly", "no"]


@dataclass(frozen=True)
class QualityDay:
    """All data as the page shows it after a run.

    Attributes:
        drop_dates: The drop dates the run read, oldest first; of a run that read nothing, the newest known one.
        read_anything: Whether the run read files.
        run_id: The run.
        made_at: When the page was made, as text in UTC.
        entities: The ledger, in the registry's order, only entities with files.
        reasons: Why rows were rejected, most rows first, then by entity and rule.
        findings: Findings in accepted rows, in the same order.
        people: Counts of published people by what became of them: people, new, merged, split, changed, unchanged, gone.
        tables: What the newest publishing changed, in the order of the tables.
        warnings: The checks that do not hold, of whatever day, by asset, name and day.
        held: The deliveries that are held, whichever run read them, by entity and drop date.
        open_rows: The rejected rows that are open, by entity.
        losses: What senders took away in what the run read, and held deliveries that were removed; a sentence each.
        stopped: The run that stopped, if the last one did.
        published_at: When the database was published, as text in UTC; empty before the first time.
        published_until: The newest drop date of what is published; empty where that is not known.
        state: What is open in numbers, for the page of the next day.
        before: The same of the newest page of an earlier day; None where there is none.
        before_on: The date of that page.
        trends: The numbers of entities over days.
        asked: The drop dates that the run was asked for, in words; empty where it was asked for what is new.
        unread: Folders of the raw folder that are not read and seem to be misspelt landing folders; a sentence each.
    """

    drop_dates: tuple[str, ...]
    read_anything: bool
    run_id: str
    made_at: str
    entities: tuple[EntityDay, ...] = ()
    reasons: tuple[Reason, ...] = ()
    findings: tuple[Reason, ...] = ()
    people: dict[str, int] = field(default_factory=dict)
    tables: tuple[TableChange, ...] = ()
    warnings: tuple[Warned, ...] = ()
    held: tuple[Held, ...] = ()
    open_rows: tuple[OpenRows, ...] = ()
    losses: tuple[str, ...] = ()
    stopped: Stopped | None = None
    published_at: str = ""
    published_until: str = ""
    state: OpenState = field(default_factory=OpenState)
    before: OpenState | None = None
    before_on: str = ""
    trends: tuple[Trend, ...] = ()
    asked: str = ""
    unread: tuple[str, ...] = ()

    @property
    def total(self) -> EntityDay:
        """All entities together."""
        of = self.entities
        return EntityDay(
            "all",
            sum(e.files for e in of),
            sum(e.read for e in of),
            sum(e.accepted for e in of),
            sum(e.rejected for e in of),
            sum(e.duplicates for e in of),
            suppressed=sum(e.suppressed for e in of),
        )

    @property
    def people_in_order(self) -> tuple[tuple[str, int], ...]:
        """The counts of people, from how many there are to what is rare; what the order does not know comes last."""
        known = [(name, self.people[name]) for name in PEOPLE if name in self.people]
        return (*known, *((name, count) for name, count in sorted(self.people.items()) if name not in PEOPLE))

    @property
    def changed_tables(self) -> tuple[TableChange, ...]:
        """The tables that publishing changed, the most changed first."""
        changed = (t for t in self.tables if t.changes)
        return tuple(sorted(changed, key=lambda t: (-t.changes, t.table)))

    @property
    def days(self) -> str:
        """The drop dates in a few words."""
        if not self.drop_dates:
            return "no drop date"
        first, last = self.drop_dates[0], self.drop_dates[-1]
        if first == last:
            return first
        return f"{first} to {last} ({len(self.drop_dates)} drop dates)"

    @property
    def open_checks(self) -> tuple[OpenCheck, ...]:
        """The checks that do not hold, each once: red ones first, those of former weeks last, by asset and name."""
        by_check: dict[tuple[str, str], list[Warned]] = {}
        for warned in sorted(self.warnings, key=lambda w: w.day):
            by_check.setdefault((warned.asset, warned.check), []).append(warned)
        checks = [
            OpenCheck(of[-1], tuple(w.day for w in of[:-1]), any(w.is_red and not w.is_past for w in of))
            for _, of in sorted(by_check.items())
        ]
        return tuple(sorted(checks, key=lambda check: (check.is_past, not check.is_red)))

    @property
    def alike_checks(self) -> tuple[tuple[OpenCheck, ...], ...]:
        """The same checks in the same order, those of several assets with one message together."""
        alike: dict[object, list[OpenCheck]] = {}
        for check in self.open_checks:
            newest = check.newest
            key = (newest.check, newest.message, newest.day, check.days, check.is_red, check.is_past)
            alike.setdefault(key, []).append(check)
        return tuple(map(tuple, alike.values()))

    @property
    def answer(self) -> Answer:
        """Whether the data can be trusted: no after a stopped run, with a red check or lost rows."""
        now = [w for w in self.warnings if not w.is_past]
        if self.stopped or any(w.is_red for w in now) or not all(e.adds_up for e in self.entities):
            return "no"
        return "partly" if self.held or now or self.unread or any(e.is_unusual for e in self.entities) else "yes"

    @property
    def verdict(self) -> str:
        """The first sentences: what stopped, is held, red or yellow, whether the numbers add up, and what is open."""
        now = [check for check in self.open_checks if not check.is_past]
        red, yellow = ([check for check in now if check.is_red == is_red] for is_red in (True, False))
        past = len(self.open_checks) - len(now)
        sentences = [
            *self.losses,
            stopped_sentence(self.stopped, self.published_at, self.published_until) if self.stopped else "",
            held_sentence(self.held) if self.held else "",
            *self.unread,
            f"{_checks(len(red))} red: {_names(red)}." if red else "",
            f"{_checks(len(yellow))} to be looked at: {_names(yellow)}." if yellow else "",
            f"{_checks(past)} open of former weeks." if past else "",
            "" if self.stopped and not self.read_anything else self._counted,
            _not_repaired(sum(o.rows for o in self.open_rows)),
        ]
        return " ".join(filter(None, sentences))

    @property
    def changes(self) -> tuple[str, ...]:
        """What changed since the page of an earlier day; none where there is none."""
        return changes_between(self.before, self.state) if self.before else ()

    @property
    def _counted(self) -> str:
        total = self.total
        if not all(e.adds_up for e in self.entities):
            off = ", ".join(e.object_type for e in self.entities if not e.adds_up)
            parts = "accepted, rejected, duplicates and suppressed"
            return f"Rows are unaccounted for in {off}: read differs from {parts} together."
        if not self.read_anything:
            asked = f" of {self.asked}" if self.asked else ""
            return f"No new file{asked} was read; everything published comes from the files read before."
        counted = f"All {count_of(total.read, 'row')} read are accounted for."
        if unusual := [e.object_type for e in self.entities if e.is_unusual]:
            return f"{counted} Fewer rows, or more rejected ones, than usual: {', '.join(unusual)}."
        if total.rejected:
            were = "was" if total.rejected == 1 else "were"
            return (
                f"{counted} {total.rejected:,} {were} rejected, {total.rejected_share:.2%}, which is nothing unusual."
            )
        return f"{counted} None was rejected."


def stopped_sentence(stopped: Stopped, published_at: str, published_until: str) -> str:
    """That the run stopped, and what is published instead."""
    until = f", with drop dates up to {published_until}" if published_until else ""
    state = f"Published is the state of {published_at} (UTC){until}." if published_at else "Nothing is published yet."
    return f"The run of {stopped.at} (UTC) stopped at {', '.join(stopped.steps)}. {state}"


def held_sentence(held: Sequence[Held]) -> str:
    """How many deliveries are held, and which."""
    count = f"{count_of(len(held), 'delivery')} {'is' if len(held) == 1 else 'are'}"
    return f"{count} held and not used: {', '.join(f'{h.object_type} {h.drop_date}' for h in held)}."


def _checks(count: int) -> str:
    return f"{count_of(count, 'check')} {'is' if count == 1 else 'are'}"


def _names(checks: Sequence[OpenCheck]) -> str:
    """The names of checks, each with how often it stands there where that is more than once."""
    counts = sorted(Counter(check.newest.check for check in checks).items())
    return ", ".join(name if count == 1 else f"{name} ({count:,} times)" for name, count in counts)


def _not_repaired(rows: int) -> str:
    if not rows:
        return ""
    return f"{count_of(rows, 'rejected row')} {'is' if rows == 1 else 'are'} not repaired yet."
