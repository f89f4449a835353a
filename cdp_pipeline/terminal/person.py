"""`cdp show`: the person a key means, as `portrait.py` prints them."""

import polars as pl
from rich.console import Console

from cdp_pipeline.pipeline.published import PUBLISHED_TABLES
from cdp_pipeline.serving.database import ServingError, reading
from cdp_pipeline.serving.read import find_person_ids, read_person
from cdp_pipeline.serving.schema import database_tables
from cdp_pipeline.settings import Settings
from cdp_pipeline.terminal.cells import cell
from cdp_pipeline.terminal.portrait import Portrait
from cdp_pipeline.terminal.printing import print_text
from cdp_pipeline.values.foreign_text import visible
from cdp_pipeline.values.phone import normalize_phones


def show_person(settings: Settings, key: str, unmask: bool, out: Console, err: Console) -> int:
    """Print the person a key means; returns the exit status: 1 when it means nobody, 2 people are listed, not shown."""
    tables = database_tables(PUBLISHED_TABLES)
    phone = normalize_phones(pl.Series([key]), None, settings.default_region)[0]
    try:
        with reading(settings.database_url) as connection:
            found = find_person_ids(connection, tables, key, [phone] if phone else [])
            people = [read_person(connection, tables, person_id) for person_id in found]
    except ServingError as error:
        print_text(err, str(error))
        return 1
    if not people:
        err.print("Nobody has that person id, phone, e-mail, customer id, lead id or membership id.")
        return 1
    if len(people) > 1:
        out.print(f"{len(people)} people have this key; show one of them by id:")
        for person in people:
            profile = person["profiles"][0]
            print_text(out, f"  {profile['person_id']}  {visible(cell('profiles', 'display_name', profile, unmask))}")
        return 0
    Portrait(people[0], unmask).print(out)
    return 0
