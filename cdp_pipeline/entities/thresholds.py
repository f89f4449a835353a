"""Limits at which checks of an entity warn or a delivery is held, declared with the entity.

The defaults are for an entity with hundreds of rows a day. An entity with another volume declares its own limits, with
the reason. `quality/` evaluates them.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Thresholds:
    """Limits of the quality checks of an entity; all shares are between 0 and 1.

    Attributes:
        rejected: The rejected share of a day that warns in any case. Files of senders have a few invalid rows in a
            thousand, so one in twenty means a change at the source.
        rejected_factor: A share this many times the usual one warns too, because it does not double by chance.
        rejected_factor_stop: A share this many times the usual one marks a day that must not be trusted, but never
            below `rejected`, because any share is a multiple of zero.
        rejected_limit: The rejected share above which a day's delivery is held. If more than half of the rows are
            rejected, the whole file is broken, and profiles built from the rest would be wrong.
        spared_rows: A day without accepted rows is not held if it has at most this many rows.
        fewest_rows: A day warns below this share of the usual rows of its weekday. If only other weekdays are known, it
            warns below half of this share, because weekends halve the volume.
        fewest_rows_stop: A day below this share, with the same rule for weekdays, must not be trusted: its file is
            incomplete.
        comes_daily: Whether a day without a file, or with files without rows, causes a warning.
        fresh_days: The entity's newest drop date may be this many days behind the newest of all entities; three,
            because of long weekends.
        duplicates: The share of exact duplicates of a day that warns. Systems that deliver at least once repeat a few
            rows in a hundred; a greater share means a file sent twice or overlapping exports.
        usable_contacts: The least share of filled phone and e-mail cells that must be usable; a few in a hundred are
            mistyped.
        outside_lists: The share of rows with a value outside its list that warns. Lists are those of the sender, so one
            row in fifty means a new value that was not announced.
        unknown_references: The share of references to an unknown customer or lead that warns; a record may arrive
            shortly before its customer.
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
"""The limits for an entity with hundreds of rows a day."""
