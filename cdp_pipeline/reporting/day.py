"""What the data-quality page tells of a run: the ledger, the reasons, the people, the tables.

`pipeline/quality_page.py` gathers it; `page.py` and `markdown.py` show it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

FEWEST_EARLIER_DAYS = 3
"""A usual share is only spoken of with that many earlier days; one or two would make chance the norm."""

PEOPLE = ("people", "new", "changed", "unchanged", "merged", "split", "gone", "records without a person")
"""What became of people, in the order in which one asks."""


@dataclass(frozen=True)
class EntityDay:
    """An entity's ledger over the drop dates of the run.

    Attributes:
        object_type: The entity.
        files: Files read.
        read: Rows read: accepted, rejected and duplicates together.
        accepted: Rows that keep all rules.
        rejected: Rows refused, with their reasons.
        duplicates: Exact re-sends.
        earlier_rejected_shares: The rejected share of each earlier drop date that had rows, oldest first.
    """

    object_type: str
    files: int
    read: int
    accepted: int
    rejected: int
    duplicates: int
    earlier_rejected_shares: tuple[float, ...] = ()

    @property
    def adds_up(self) -> bool:
        """Whether every row read is accounted for."""
        return self.read == self.accepted + self.rejected + self.duplicates

    @property
    def rejected_share(self) -> float:
        """Rejected of read; 0 where nothing was read."""
        return self.rejected / self.read if self.read else 0.0

    @property
    def usual_rejected_share(self) -> float | None:
        """The median of the earlier dates; null with fewer than `FEWEST_EARLIER_DAYS` of them."""
        known = self.earlier_rejected_shares
        return median(known) if len(known) >= FEWEST_EARLIER_DAYS else None


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
    """A check of the run whose promise does not hold: what was found, and what to do."""

    asset: str
    check: str
    says: str


@dataclass(frozen=True)
class QualityDay:
    """One run as the page shows it.

    Attributes:
        drop_dates: The drop dates the run read, oldest first; of a run that read nothing, the newest known one.
        read_anything: Whether the run read files.
        run_id: The run.
        finished_at: When the database was published, as ISO text in UTC.
        entities: The ledger, in the registry's order, only entities with files.
        reasons: Why rows were rejected, most rows first, then by entity and rule.
        findings: What was odd but refused no row, in the same order.
        people: Counts of people by what became of them: people, new, merged, split, changed, unchanged, gone.
        tables: What publishing changed, in the order of the tables.
        warnings: The checks that do not hold and stop nothing, by asset and name.
        held: The deliveries that are held now, whichever run read them, by entity and drop date.
    """

    drop_dates: tuple[str, ...]
    read_anything: bool
    run_id: str
    finished_at: str
    entities: tuple[EntityDay, ...] = ()
    reasons: tuple[Reason, ...] = ()
    findings: tuple[Reason, ...] = ()
    people: dict[str, int] = field(default_factory=dict)
    tables: tuple[TableChange, ...] = ()
    warnings: tuple[Warned, ...] = ()
    held: tuple[Held, ...] = ()

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
    def is_sound(self) -> bool:
        """Whether all rows are accounted for, no delivery is held and nowhere more rows than usual were rejected."""
        return not self.held and all(e.adds_up and not is_unusual(e) for e in self.entities)

    @property
    def verdict(self) -> str:
        """The first sentences: what is held, whether the numbers add up, and the largest thing to look at."""
        return f"{held_sentence(self.held)} {self._counted}" if self.held else self._counted

    @property
    def _counted(self) -> str:
        total = self.total
        if not all(e.adds_up for e in self.entities):
            off = ", ".join(e.object_type for e in self.entities if not e.adds_up)
            return f"Rows are unaccounted for in {off}: read differs from accepted, rejected and duplicates together."
        if not self.read_anything:
            return "No new file was read; everything published is as the files last read say."
        said = f"All {total.read:,} rows read are accounted for."
        unusual = [e for e in self.entities if is_unusual(e)]
        if unusual:
            worst = max(unusual, key=lambda e: (e.rejected_share, e.object_type))
            return (
                f"{said} More rows than usual were rejected in {', '.join(e.object_type for e in unusual)}: "
                f"{worst.rejected_share:.1%} of {worst.object_type}, usually {worst.usual_rejected_share or 0:.1%}."
            )
        if total.rejected:
            return f"{said} {total.rejected:,} were rejected, {total.rejected_share:.2%}, which is nothing unusual."
        return f"{said} None was rejected."


def held_sentence(held: Sequence[Held]) -> str:
    """How many deliveries are held, and which."""
    count = f"{len(held):,} delivery is" if len(held) == 1 else f"{len(held):,} deliveries are"
    return f"{count} held and not used: {', '.join(f'{h.object_type} {h.drop_date}' for h in held)}."


def is_unusual(entity: EntityDay) -> bool:
    """Whether clearly more rows than usual were rejected: twice the usual share, and one row in a hundred more.

    Both, so that neither a rise from 0.1 to 0.3 % nor one from 20 to 22 % makes anybody look.
    """
    usual = entity.usual_rejected_share
    return usual is not None and entity.rejected_share > max(2 * usual, usual + 0.01)
