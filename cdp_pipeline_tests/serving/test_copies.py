"""Parquet copies: one whole set of files at any moment, of which only what changed is written again."""

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from cdp_pipeline.entities.table import Table, TableColumn
from cdp_pipeline.serving.copies import MANIFEST, Copies
from cdp_pipeline.serving.database import ServingError

Frames = dict[str, pl.LazyFrame]


@pytest.fixture
def copies(tmp_path: Path) -> Copies:
    return Copies(tmp_path / "parquet", "sqlite:///cdp.db")


@pytest.fixture
def written(copies: Copies, people: Frames, tables: tuple[Table, ...]) -> Copies:
    """A folder with the copies of a first publication."""
    assert copies.begin(tables) == {"profiles", "profile_contacts"}
    copies.finish(people, tables)
    return copies


def read(copies: Copies, table: str) -> pl.DataFrame:
    return pl.read_parquet(copies.folder / f"{table}.parquet")


def test_each_table_is_a_file_typed_as_declared(written: Copies, tables: tuple[Table, ...]) -> None:
    for table in tables:
        assert read(written, table.name).schema == table.schema
    assert read(written, "profiles")["person_id"].to_list() == ["p1", "p2"]


def test_what_did_not_change_is_the_same_file(written: Copies, tables: tuple[Table, ...], people: Frames) -> None:
    before = {name: (written.folder / f"{name}.parquet").stat().st_ino for name in people}
    assert written.begin(tables) == set()
    written.finish({"profiles": people["profiles"].head(1)}, tables)
    after = {name: (written.folder / f"{name}.parquet").stat().st_ino for name in people}
    assert before["profile_contacts"] == after["profile_contacts"]
    assert before["profiles"] != after["profiles"]
    assert read(written, "profiles")["person_id"].to_list() == ["p1"]


def test_the_old_set_is_gone_as_it_may_hold_deleted_people(
    written: Copies, tables: tuple[Table, ...], people: Frames
) -> None:
    written.begin(tables)
    written.finish({"profiles": people["profiles"].head(1)}, tables)
    files = sorted(path.name for path in written.folder.rglob("*") if not path.is_symlink() and path.is_file())
    assert files == [MANIFEST, "profile_contacts.parquet", "profiles.parquet"]


def test_a_publication_without_changes_leaves_the_set(written: Copies, tables: tuple[Table, ...]) -> None:
    before = (written.folder / ".current").readlink()
    assert written.begin(tables) == set()
    written.finish({}, tables)
    assert (written.folder / ".current").readlink() == before
    assert written.begin(tables) == set()


def test_after_a_publication_that_ended_before_its_copies_all_are_made_again(
    written: Copies, tables: tuple[Table, ...]
) -> None:
    written.begin(tables)
    assert written.begin(tables) == {"profiles", "profile_contacts"}


def test_a_copy_that_is_missing_or_of_another_shape_is_made_again(written: Copies, tables: tuple[Table, ...]) -> None:
    contacts, profiles = tables
    nickname = TableColumn("nickname", pl.String(), "What friends say.")
    (written.folder / ".current" / "profile_contacts.parquet").unlink()
    longer = replace(profiles, columns=(*profiles.columns, nickname))
    assert written.begin((contacts, longer)) == {"profiles", "profile_contacts"}


def test_the_copies_of_another_database_are_made_again(written: Copies, tables: tuple[Table, ...]) -> None:
    assert Copies(written.folder, "sqlite:///other.db").begin(tables) == {"profiles", "profile_contacts"}


def test_a_set_that_cannot_be_finished_leaves_the_old_one_whole(
    written: Copies, tables: tuple[Table, ...], people: Frames
) -> None:
    written.begin(tables)
    broken = people["profile_contacts"].with_columns(is_primary=pl.lit("often").cast(pl.Int64))
    with pytest.raises(pl.exceptions.InvalidOperationError):
        written.finish({"profiles": people["profiles"].clear(), "profile_contacts": broken}, tables)
    assert read(written, "profiles").height == 2
    assert len(list(written.folder.glob(".set-*"))) == 1


def test_what_a_killed_publisher_left_and_a_table_that_is_no_more_vanish(
    written: Copies, tables: tuple[Table, ...], people: Frames
) -> None:
    (written.folder / ".set-killed").mkdir()
    (written.folder / ".current.killed.new").symlink_to(".set-killed")
    written.begin(tables[1:])
    written.finish({"profiles": people["profiles"]}, tables[1:])
    current = str((written.folder / ".current").readlink())
    assert sorted(path.name for path in written.folder.iterdir()) == sorted(
        [".current", current, MANIFEST, "profiles.parquet"]
    )


def test_files_of_other_people_in_the_folder_stay(copies: Copies, people: Frames, tables: tuple[Table, ...]) -> None:
    copies.folder.mkdir()
    (copies.folder / "notes.txt").write_text("mine")
    copies.begin(tables)
    copies.finish(people, tables)
    assert (copies.folder / "notes.txt").read_text() == "mine"


def test_a_folder_that_cannot_be_made_is_said_before_anything_is_published(
    tmp_path: Path, tables: tuple[Table, ...]
) -> None:
    (tmp_path / "parquet").write_text("a file where a folder is expected")
    with pytest.raises(ServingError, match="Cannot write the Parquet copies in .*CDP_PARQUET_DIR"):
        Copies(tmp_path / "parquet", "sqlite:///cdp.db").begin(tables)


def test_a_full_disk_leaves_the_old_set_whole_and_says_what_to_do(
    small_disk: Path, tables: tuple[Table, ...], people: Frames
) -> None:
    copies = Copies(small_disk / "parquet", "sqlite:///cdp.db")
    copies.begin(tables)
    copies.finish(people, tables)
    many = pl.LazyFrame({"n": range(60_000)}).select(person_id=pl.format("p{}", pl.col("n").hash()))
    copies.begin(tables)
    with pytest.raises(ServingError, match=r"^The disk of the Parquet copies in .*/parquet is full; .*CDP_PARQUET_DIR"):
        copies.finish({"profiles": many.with_columns(display_name="person_id")}, tables)
    assert read(copies, "profiles").height == 2
    assert len(list(copies.folder.glob(".set-*"))) == 1
    assert copies.begin(tables) == {"profiles", "profile_contacts"}, "the next publication makes them again"
