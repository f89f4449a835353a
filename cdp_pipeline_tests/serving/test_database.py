"""Opening a database: what is wrong is said in one line that shows no password."""

import sqlite3
from pathlib import Path

import polars as pl
import pytest
import sqlalchemy as sa

from cdp_pipeline.entities.table import Table, TableColumn
from cdp_pipeline.serving.database import ServingError, check_usable, reading
from cdp_pipeline.serving.pipeline import publish


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://cdp:hush-hush@127.0.0.1:1/cdp",
        "postgresql://cdp:hush-hush@127.0.0.1:1/cdp",
        "postgresql+psycopg://cdp@127.0.0.1:1/cdp?password=hush-hush",
        "postgresql+psycopg://cdp:hush@hush-hush@127.0.0.1:1/cdp",
        "postgres://cdp:hush-hush@127.0.0.1/cdp",
        "postgresql+psycopg2://cdp:hush-hush@127.0.0.1/cdp",
        "cdp:hush-hush@127.0.0.1",
        "sqlite://",
        "sqlite:///file:cdp.db?uri=true",
    ],
)
def test_an_unusable_url_gives_one_line_without_the_password(url: str, tables: tuple[Table, ...]) -> None:
    with pytest.raises(ServingError) as failure:
        publish(url, {}, tables)
    assert "hush" not in str(failure.value)
    assert "\n" not in str(failure.value)


def test_a_server_that_is_down_is_said_to_refuse(tables: tuple[Table, ...]) -> None:
    with pytest.raises(ServingError, match=r"^Cannot publish to postgresql\+psycopg://cdp:\*\*\*@127.*refused"):
        publish("postgresql+psycopg://cdp:hush@127.0.0.1:1/cdp", {}, tables)


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path, tables: tuple[Table, ...]) -> None:
    (tmp_path / "serving").write_text("a file where a folder is expected")
    with pytest.raises(ServingError, match=r"^Cannot make the folder of sqlite:///"):
        publish(f"sqlite:///{tmp_path}/serving/cdp.db", {}, tables)


def test_a_file_that_is_no_database_is_said_and_kept(tmp_path: Path, tables: tuple[Table, ...]) -> None:
    (tmp_path / "cdp.db").write_text("a text " * 1000)
    with pytest.raises(ServingError, match="not a database"):
        publish(f"sqlite:///{tmp_path}/cdp.db", {}, tables)
    assert (tmp_path / "cdp.db").read_text().startswith("a text")


def test_reading_before_anything_was_published_says_so_and_makes_no_file(sqlite_url: str, tmp_path: Path) -> None:
    with pytest.raises(ServingError, match="run the pipeline first"), reading(sqlite_url):
        pass
    assert list(tmp_path.iterdir()) == []


def test_reading_a_database_in_which_nothing_was_published_yet_says_so(url: str, tmp_path: Path) -> None:
    # An empty file is left by a first publication that was killed.
    (tmp_path / "serving").mkdir()
    (tmp_path / "serving" / "cdp.db").touch()
    with pytest.raises(ServingError, match=r"Nothing is published in .* yet; run the pipeline first"), reading(url):
        pass


def test_a_reader_cannot_write(url: str, tables: tuple[Table, ...]) -> None:
    publish(url, {}, tables)
    with pytest.raises(ServingError, match=r"(?i)read.?only"), reading(url) as connection:
        connection.execute(sa.text("DELETE FROM profiles"))


def test_a_refused_value_is_not_shown(postgres_url: str) -> None:
    broken = TableColumn("map", pl.String(), "A map.", nullable=False, json=True)
    table = Table("maps", "One row per map.", (broken,), key=("map",))
    with pytest.raises(ServingError, match=r"table maps: it refuses a value \(SQLSTATE 22P02\)") as failure:
        publish(postgres_url, {"maps": pl.LazyFrame({"map": ["an@example.com"]})}, [table])
    assert "an@example.com" not in str(failure.value)


def test_a_new_file_is_one_that_can_be_read_while_it_is_written(sqlite_url: str, tables: tuple[Table, ...]) -> None:
    publish(sqlite_url, {}, tables)
    with reading(sqlite_url) as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


def test_a_new_file_that_a_reader_has_opened_is_published_all_the_same(
    sqlite_url: str, tables: tuple[Table, ...], people: dict[str, pl.LazyFrame]
) -> None:
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    path.parent.mkdir()
    watcher = sqlite3.connect(path)

    def look(_: str) -> None:
        # A statement that is not read to its end keeps its lock.
        watcher.execute("SELECT * FROM sqlite_master")

    assert publish(sqlite_url, people, tables, on_table=look)["profiles"].inserted == 2
    watcher.close()
    assert publish(sqlite_url, people, tables)["profiles"].unchanged == 2


def test_a_file_that_somebody_puts_in_the_place_of_a_new_database_is_kept(
    sqlite_url: str, tables: tuple[Table, ...], people: dict[str, pl.LazyFrame]
) -> None:
    path = Path(sqlite_url.removeprefix("sqlite:///"))

    def restore(_: str) -> None:
        backup = path.with_name("backup")
        backup.write_text("a backup")
        backup.replace(path)

    with pytest.raises(ServingError, match="another program has put a file there"):
        publish(sqlite_url, people, tables, on_table=restore)
    assert [(file.name, file.read_text()) for file in path.parent.iterdir()] == [("cdp.db", "a backup")]


def test_a_new_database_has_the_place_and_the_mode_of_the_empty_file_that_a_link_names(
    sqlite_url: str, tables: tuple[Table, ...], people: dict[str, pl.LazyFrame], tmp_path: Path
) -> None:
    link, file = Path(sqlite_url.removeprefix("sqlite:///")), tmp_path / "disk.db"
    link.parent.mkdir()
    file.touch(0o600)
    link.symlink_to(file)
    publish(sqlite_url, people, tables)
    assert (link.is_symlink(), file.is_symlink(), file.stat().st_mode & 0o777) == (True, False, 0o600)
    assert publish(sqlite_url, people, tables)["profiles"].unchanged == 2


def test_a_database_is_found_usable_without_a_trace_of_having_looked(url: str, tmp_path: Path) -> None:
    check_usable(url)
    assert list(tmp_path.rglob("*.db*")) == []


def test_a_place_of_which_the_folder_is_a_file_is_found_before_publishing(tmp_path: Path) -> None:
    (tmp_path / "serving").write_text("")
    with pytest.raises(ServingError, match=r"serving cannot be written\.$"):
        check_usable(f"sqlite:///{tmp_path}/serving/cdp.db")


def test_a_place_in_which_no_folder_can_be_made_is_found_before_publishing() -> None:
    """Root may write to /proc as far as its permissions say."""
    with pytest.raises(ServingError, match=r"Cannot publish to sqlite:////proc/x/cdp.db: /proc cannot be written\.$"):
        check_usable("sqlite:////proc/x/cdp.db")


@pytest.mark.parametrize("use", [check_usable, lambda url: reading(url).__enter__()])
def test_a_folder_in_place_of_the_database_is_called_a_folder(use, tmp_path: Path) -> None:
    with pytest.raises(ServingError, match=r"is a folder; name a file in it, such as sqlite:///.*/cdp\.db\.$"):
        use(f"sqlite:///{tmp_path}")


def test_a_database_of_a_newer_version_is_found_before_publishing(
    url: str, tables: tuple[Table, ...], people: dict[str, pl.LazyFrame], tmp_path: Path
) -> None:
    publish(url, people, tables)
    check_usable(url)
    with pytest.raises(ServingError, match="newer version of cdp_pipeline; update"):
        check_usable(url, versions=tmp_path)
