"""What a user types -> the people it may mean, among those who are published: ids and contacts first, then names."""

import polars as pl
import sqlalchemy as sa

from cdp_pipeline.serving.read import find_person_ids, read_names
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
    phone = normalize_phones(pl.Series([key]), None, region)[0]
    return find_person_ids(connection, tables, key, [phone] if phone else []) or _named(connection, tables, key)


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
