"""Several people in a table that fits a terminal: those with most records after a run, or with one name or key."""

from collections.abc import Iterable

from rich.table import Table

from cdp_pipeline.serving.read import Row
from cdp_pipeline.terminal.cells import cell, day_of
from cdp_pipeline.terminal.printing import printable


def people_table(profiles: Iterable[Row], unmask: bool) -> Table:
    """One row per profile, with what distinguishes people of one name, and the id for `cdp show`.

    Args:
        profiles: Rows of `profiles`.
        unmask: Whether personal data may be read in full.
    """
    table = Table(box=None, padding=(0, 1, 0, 0))
    for name in ("person id", "name", "kind", "phone"):
        # An id is whole, or it is no id; a name goes on below.
        table.add_column(name, no_wrap=name != "name")
    table.add_column("records", justify="right", no_wrap=True)
    table.add_column("last seen", no_wrap=True)
    for profile in profiles:
        table.add_row(
            printable(profile["person_id"]),
            printable(cell("profiles", "display_name", profile, unmask)),
            printable(profile["kind"]),
            printable(cell("profiles", "primary_phone", profile, unmask)),
            f"{profile['record_count']:,}",
            day_of(profile["last_seen_at"]),
        )
    return table
