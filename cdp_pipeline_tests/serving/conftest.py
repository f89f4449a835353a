"""A real PostgreSQL for the session, an empty database of either kind for each test, and a few tables to publish."""

from collections.abc import Callable, Sequence
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa

from cdp_pipeline.entities.kinds import TIMESTAMP
from cdp_pipeline.entities.table import ForeignKey, Table, TableColumn
from cdp_pipeline.serving.database import reading
from cdp_pipeline.serving.schema import database_tables

PROFILES = Table(
    name="profiles",
    description="One row per person.",
    columns=(
        TableColumn("person_id", pl.String(), "The person's id.", nullable=False),
        TableColumn("display_name", pl.String(), "The name, 'as written'.", personal=True),
        TableColumn("record_count", pl.Int64(), "Source records."),
        TableColumn("last_seen_at", TIMESTAMP, "Newest moment."),
    ),
    key=("person_id",),
)
CONTACTS = Table(
    name="profile_contacts",
    description="One row per phone or e-mail of a person.",
    columns=(
        TableColumn("person_id", pl.String(), "The person.", nullable=False),
        TableColumn("kind", pl.String(), "phone or email.", nullable=False),
        TableColumn("value", pl.String(), "E.164, or lower case.", nullable=False, personal=True),
        TableColumn("is_primary", pl.Boolean(), "The one to use."),
    ),
    key=("person_id", "kind", "value"),
    foreign_keys=(ForeignKey(("person_id",), "profiles", ("person_id",)),),
    indexes=(("kind", "value"),),
)
TABLES = (CONTACTS, PROFILES)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty database, of each kind in turn."""
    found: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return found


@pytest.fixture
def people() -> dict[str, pl.LazyFrame]:
    """Two people, one with a phone and an e-mail, one without a name."""
    profiles = [("p1", "Nguyễn Thị An", 3), ("p2", None, 1)]
    contacts = [("p1", "phone", "+84912345678", True), ("p1", "email", "an@example.com", False)]
    return {
        "profiles": pl.LazyFrame(profiles, schema=["person_id", "display_name", "record_count"], orient="row"),
        "profile_contacts": pl.LazyFrame(contacts, schema=CONTACTS.schema, orient="row"),
    }


@pytest.fixture
def tables() -> tuple[Table, ...]:
    """Profiles and their contacts, the child first."""
    return TABLES


@pytest.fixture
def read_back(url: str) -> Callable[..., list[dict[str, Any]]]:
    """Reads the rows of a published table, ordered by key."""

    def read(name: str, declared: Sequence[Table] = TABLES) -> list[dict[str, Any]]:
        table = database_tables(declared).tables[name]
        with reading(url) as connection:
            rows = connection.execute(sa.select(table).order_by(*(table.c[key] for key in table.info["key"])))
            return [dict(row) for row in rows.mappings()]

    return read
