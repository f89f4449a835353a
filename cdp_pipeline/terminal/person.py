"""`cdp show`: finds one person in the published database and prints the profile with its tables.

Many people may have one name; then they are listed, each with their id.
"""

from rich.console import Console

from cdp_pipeline.pipeline.published import PUBLISHED_TABLES
from cdp_pipeline.serving.database import ServingError, reading
from cdp_pipeline.serving.read import read_person, read_profiles
from cdp_pipeline.serving.schema import database_tables
from cdp_pipeline.settings import Settings
from cdp_pipeline.terminal.cells import MASKED
from cdp_pipeline.terminal.finding import KEYS, find_people
from cdp_pipeline.terminal.people import people_table
from cdp_pipeline.terminal.portrait import Portrait
from cdp_pipeline.terminal.printing import print_command, print_text

MOST_PEOPLE = 20
"""People of one key that are listed."""


def show_person(settings: Settings, key: str, unmask: bool, out: Console, err: Console) -> int:
    """Print the person that a key fits, or list several; returns the exit status: 1 if it fits no person."""
    tables = database_tables(PUBLISHED_TABLES)
    try:
        with reading(settings.database_url) as connection:
            found = find_people(connection, tables, key, settings.default_region)
            if len(found) == 1:
                Portrait(read_person(connection, tables, found[0]), unmask).print(out)
                return 0
            people = read_profiles(connection, tables, found[:MOST_PEOPLE])
    except ServingError as error:
        print_text(err, str(error))
        return 1
    if not people:
        print_text(err, f"No person has that {KEYS}.")
        return 1
    print_text(out, f"{len(found):,} people fit", style="bold")
    out.print(people_table(people, unmask))
    if len(found) > len(people):
        print_text(out, f"and {len(found) - len(people):,} more; more words of the name find fewer.")
    if not unmask:
        print_text(out, MASKED)
    print_text(out, "Show one of them by id:")
    print_command(out, f"show {people[0]['person_id']}", "the first of them")
    return 0
