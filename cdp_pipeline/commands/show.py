"""`cdp show`: finds the people whom a key or name may mean, and prints one with all tables, or several as a list.

Many people may have one name; then they are listed, each with their id.
"""

from collections.abc import Iterable

import polars as pl
import sqlalchemy as sa
from rich.console import Console
from rich.table import Table

from cdp_pipeline.commands.cells import MASKED, cell, day_of
from cdp_pipeline.commands.portrait import Portrait
from cdp_pipeline.commands.printing import print_command, print_text, printable
from cdp_pipeline.pipeline import PUBLISHED_TABLES
from cdp_pipeline.serving import (
    Row,
    ServingError,
    database_tables,
    find_person_ids,
    read_names,
    read_person,
    read_profiles,
    reading,
)
from cdp_pipeline.settings import Settings
from cdp_pipeline.values.person_name import match_names
from cdp_pipeline.values.phone import normalize_phones

KEYS = "person id, phone, e-mail, customer id, lead id, membership id or name"
"""What a person is found by, in words."""


def find_people(connection: sa.Connection, tables: sa.MetaData, key: str, region: str) -> list[str]:
    """The ids of the people that a key fits, in order; empty if there is none.

    A name is only searched when the key is no id and no contact of any person. Names are compared as sets of folded
    words (`minh anh` finds Nguyễn Thị Minh Anh): people with exactly these words, otherwise all people whose names
    contain them.

    Args:
        connection: A connection to the database.
        tables: The tables of the database.
        key: What the user typed.
        region: The region of a phone number without a country code.
    """
    return find_by_key(connection, tables, key, region) or _named(connection, tables, key)


def find_by_key(connection: sa.Connection, tables: sa.MetaData, key: str, region: str) -> list[str]:
    """The ids of the people that an id or contact fits, in order; names are not searched.

    Args:
        connection: A connection to the database.
        tables: The tables of the database.
        key: What the user typed.
        region: The region of a phone number without a country code.
    """
    phone = normalize_phones(pl.Series([key]), None, region)[0]
    return find_person_ids(connection, tables, key, [phone] if phone else [])


def _named(connection: sa.Connection, tables: sa.MetaData, key: str) -> list[str]:
    asked = match_names(pl.Series([key], dtype=pl.String))[0]
    if asked is None:
        return []
    schema = {"person_id": pl.String, "name": pl.String}
    names = pl.DataFrame(read_names(connection, tables), schema=schema, orient="row")
    words = match_names(names["name"]).str.split(" ")
    of_all = names.select("person_id", words=words, asked=pl.lit(asked).str.split(" ")).filter(
        pl.col("asked").list.set_difference("words").list.len() == 0
    )
    exactly = of_all.filter(pl.col("words").list.len() == pl.col("asked").list.len())
    found = exactly if exactly.height else of_all
    return found["person_id"].unique().sort().to_list()


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
