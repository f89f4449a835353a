"""Masked views show what the screens show, in both databases, and stay as they are while their query stays."""

from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa

from cdp_pipeline.entities.kinds import TIMESTAMP
from cdp_pipeline.entities.table import Table, TableColumn
from cdp_pipeline.serving.database import ServingError, reading, writing
from cdp_pipeline.serving.masked_views import masked_view
from cdp_pipeline.serving.pipeline import publish
from cdp_pipeline.serving.views import View, keep_views
from cdp_pipeline.values.mask import mask_value

PERSONAL = {
    "display_name": ["Nguyễn Văn An", "  Lê\u00a0Thị  Bình ", "", "x", "Trần\tD.", None],
    "phone_e164": ["+84912345678", "0912 345 678 (Zalo)", "12345", "", "a@b.vn", None],
    "email": ["an.nguyen@example.com", "@x.vn", "no address", "a@b@c.vn", " an@x.vn ", None],
    "value": ["+84912345678", "an@example.com", "12 Lê Lợi", '{"a": "b@c"}', "", None],
    "kind": ["phone", "email", "address", "other", "phone", "phone"],
}
CONTACTS = Table(
    name="profile_contacts",
    description="One row per contact.",
    columns=(
        TableColumn("place", pl.Int64(), "The row.", nullable=False),
        *(TableColumn(name, pl.String(), name, personal=name != "kind") for name in PERSONAL),
        TableColumn("birth_date", pl.Date(), "Birth.", personal=True),
        TableColumn("birth_year", pl.Int64(), "Birth.", personal=True),
        TableColumn("dob", TIMESTAMP, "Birth.", personal=True),
        TableColumn("latitude", pl.Float64(), "Where.", personal=True),
        TableColumn("content", pl.String(), "What was written.", personal=True, free_text=True),
        TableColumn("nick_names", pl.List(pl.String()), "Names.", personal=True, json=True),
        TableColumn("source_file", pl.String(), "Where from."),
    ),
    key=("place",),
)
FILES = {
    "lead-information/2026-11-16/part-1.csv": "lead-information/2026-11-16/part-1.csv",
    "lead-information/2026-11-16/zalo_0912345678.csv": "lead-information/2026-11-16/zalo_##########.csv",
    "lead-information/2026-11-16/an.nguyen@x.vn.json": "lead-information/2026-11-16/a***@x.vn.json",
    "lead-information/of 2026.csv": "lead-information/of 2026.csv",
    "0912 345 678": "#### ### ###",
    "": "",
}
ROWS = pl.LazyFrame({"place": range(6), **PERSONAL, "source_file": list(FILES)}).with_columns(
    pl.lit("1988-06-15").str.to_date().alias("birth_date"),
    pl.lit(1988, pl.Int64).alias("birth_year"),
    pl.lit("1988-06-15 12:00").str.to_datetime().dt.replace_time_zone("UTC").dt.cast_time_unit("ms").alias("dob"),
    pl.lit(10.5).alias("latitude"),
    pl.lit("An asked").alias("content"),
    pl.lit(["Bé"], pl.List(pl.String())).alias("nick_names"),
)
MASKED = masked_view(CONTACTS)


def asked(url: str, query: str) -> list[dict[str, Any]]:
    with reading(url) as connection:
        return [dict(row) for row in connection.execute(sa.text(query)).mappings()]


@pytest.fixture
def published(url: str) -> str:
    publish(url, {CONTACTS.name: ROWS}, (CONTACTS,), views=(MASKED,))
    return url


@pytest.mark.parametrize("column", ["display_name", "phone_e164", "email", "value"])
def test_a_masked_view_shows_what_the_screens_show(published: str, column: str) -> None:
    shown = [row[column] for row in asked(published, "SELECT * FROM profile_contacts_masked ORDER BY place")]
    texts = zip(PERSONAL[column], PERSONAL["kind"], strict=True)
    assert shown == [None if text is None else mask_value(text, column, str(kind)) for text, kind in texts]


def test_of_a_birth_the_year_is_left_and_what_cannot_be_masked_is_left_out(published: str) -> None:
    row = asked(published, "SELECT * FROM profile_contacts_masked ORDER BY place")[0]
    assert list(row) == ["place", *PERSONAL, "birth_date", "birth_year", "dob", "source_file"]
    assert (row["birth_date"], row["birth_year"], row["dob"]) == (1988, 1988, 1988)


def test_phones_and_addresses_in_names_of_files_are_masked(published: str) -> None:
    shown = [row["source_file"] for row in asked(published, "SELECT * FROM profile_contacts_masked ORDER BY place")]
    assert shown == list(FILES.values())


def test_a_view_is_made_again_only_where_its_query_changed_and_deleted_where_it_is_not_declared(published: str) -> None:
    kept, changed = View("kept", "SELECT 1 AS one"), View("profile_contacts_masked", "SELECT 2 AS two")
    statements: list[str] = []
    with writing(published) as connection:
        sa.event.listen(connection, "before_cursor_execute", lambda *event: statements.append(event[2]))
        keep_views(connection, (MASKED,))
        assert [text for text in statements if "VIEW" in text] == []
        keep_views(connection, (kept, changed))
    assert asked(published, "SELECT one, two FROM kept, profile_contacts_masked") == [{"one": 1, "two": 2}]
    with writing(published) as connection:
        keep_views(connection, ())
    with pytest.raises(ServingError):
        asked(published, "SELECT * FROM kept")


def test_rows_that_are_published_later_are_masked_too(published: str) -> None:
    later = ROWS.with_columns(display_name=pl.lit("Phạm Chi"), kind=pl.lit("other"))
    publish(published, {CONTACTS.name: later}, (CONTACTS,), views=(MASKED,))
    assert {row["display_name"] for row in asked(published, "SELECT * FROM profile_contacts_masked")} == {"P*** C***"}
