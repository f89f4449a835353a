"""When the data of an entity asks for a person's eyes, or a delivery is held: numbers declared with the entity.

Each default holds for an entity that comes daily in hundreds of rows; an entity whose nature is another one says so
beside its declaration, with the reason. What is judged by them stands in `quality/`.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Thresholds:
    """Where the quality checks of an entity draw their lines; all shares are between 0 and 1.

    Attributes:
        rejected: The rejected share of a day that warns whatever the history: senders' files carry a few bad rows in a
            thousand, so one in twenty means that something changed at the source.
        rejected_factor: So many times the usual share warns too: chance does not double it.
        rejected_factor_stop: So many times the usual share, and the day is not to be trusted; never nearer to it than
            `rejected`, as any bad row is a multiple of none.
        rejected_limit: The rejected share above which a day's delivery is held: with more than half of the rows
            refused, the file is broken, not a few of its rows, and profiles made of the rest would be wrong.
        spared_rows: A day of which no row was accepted is not held when it has at most so many rows.
        fewest_rows: A day warns below this share of what its weekday usually brings; as long as only other weekdays
            are known below half of it, as weekends halve a day.
        fewest_rows_stop: Below this share of it, and likewise, a day is not to be trusted: it is a piece of a file.
        comes_daily: Whether a day without a file, or with files without rows, is worth a warning.
        fresh_days: So many days the entity's newest drop may lie behind the newest of all entities: three, as a long
            weekend at one sender is no fault.
        duplicates: The share of exact re-sends of a day that warns: systems that deliver at least once repeat a few
            rows in a hundred, more is a file sent twice or an export that overlaps.
        usable_contacts: The least share of filled phone and e-mail cells that must be usable: people mistype some in a
            hundred.
        outside_lists: The share of rows with a value outside its list that warns: lists are the sender's own, so one
            row in fifty is a new value nobody told of.
        unknown_references: The share of references to a customer or lead nobody has that warns: a record may come a
            little before its customer.
    """

    rejected: float = 0.05
    rejected_factor: float = 2.0
    rejected_factor_stop: float = 5.0
    rejected_limit: float = 0.5
    spared_rows: int = 0
    fewest_rows: float = 0.5
    fewest_rows_stop: float = 0.1
    comes_daily: bool = True
    fresh_days: int = 3
    duplicates: float = 0.1
    usable_contacts: float = 0.9
    outside_lists: float = 0.02
    unknown_references: float = 0.05


USUAL = Thresholds()
"""The lines of an entity that comes daily in hundreds of rows."""
