"""What a run has published, in a few lines: the people, not only their number, and the next commands."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from cdp_pipeline.deliveries.reports import LedgerLine
from cdp_pipeline.pipeline.publication import Published
from cdp_pipeline.pipeline.published import PUBLISHED_TABLES
from cdp_pipeline.serving.database import ServingError, reading
from cdp_pipeline.serving.read import read_best_known
from cdp_pipeline.serving.schema import database_tables
from cdp_pipeline.settings import Settings
from cdp_pipeline.terminal.ledger import changes_sentence
from cdp_pipeline.terminal.people import people_table
from cdp_pipeline.terminal.printing import print_command, print_line, print_text, program
from cdp_pipeline.values.counted import count_of

MOST_PEOPLE = 5
"""People who are shown after a run."""


def print_outcome(
    settings: Settings, published: Published, lines: Sequence[LedgerLine], is_idle: bool, run: str, out: Console
) -> None:
    """Print what is published and who; of a run that had nothing to do, one line.

    Args:
        settings: The database and the raw folder.
        published: What the publication did.
        lines: The ledger of the run.
        is_idle: Whether there was nothing new in the raw folder.
        run: The run and how long it took, in words.
        out: Where to.
    """
    people = "1 person" if published.people == 1 else f"{published.people:,} people"
    who = (
        f"{people} from {count_of(published.records, 'record')}, "
        f"{count_of(published.unlinked, 'record')} without a person"
    )
    if is_idle and not published.changed:
        print_text(out, f"Nothing new in the raw folder, no table changed: {who}; {run}.", style="green")
        return
    if is_idle:
        print_text(out, "Nothing new in the raw folder; what follows was brought up to date.")
    print_text(out, changes_sentence(published.changed))
    print_text(out, f"{who}; {run}.", style="green")
    _print_people(settings, any(line.rejected for line in lines), out)


def _print_people(settings: Settings, has_rejected: bool, out: Console) -> None:
    try:
        with reading(settings.database_url) as connection:
            best = read_best_known(connection, database_tables(PUBLISHED_TABLES), MOST_PEOPLE)
    except ServingError as error:
        print_text(out, str(error))
        return
    if best:
        print_text(out, "\nThe best-known people, masked", style="bold")
        out.print(people_table(best, unmask=False))
    print_text(out, "\nNext:")
    if best:
        print_command(out, f"show {best[0]['person_id']}", "one person; by phone, e-mail or name too")
    if has_rejected:
        print_command(out, "rejected", "all rejected rows, where each lies and why")
    # The Makefile of the checkout; another one knows no such target.
    if Path("Makefile").is_file() and Path("cdp_pipeline/definitions.py").is_file():
        print_line(out, "make ui", "Dagster on http://127.0.0.1:3000")
    elif Path("workspace.yaml").is_file():
        print_line(
            out, f"DAGSTER_HOME=$PWD {program('dagster')} dev -w workspace.yaml", "Dagster on http://127.0.0.1:3000"
        )
