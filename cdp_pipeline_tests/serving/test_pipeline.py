"""Publishing: only changes are written, in one piece, by one publisher at a time, alike in both databases."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa

from cdp_pipeline.entities.table import Table, TableColumn
from cdp_pipeline.serving.database import ServingError, reading, writing
from cdp_pipeline.serving.deltas import find_delta
from cdp_pipeline.serving.pipeline import Changes, Since, publish

Frames = dict[str, pl.LazyFrame]
ReadBack = Callable[..., list[dict[str, Any]]]

LEDGER = Table(
    name="run_ledger",
    description="One row per run and drop date.",
    columns=(
        TableColumn("run_id", pl.String(), "The run.", nullable=False),
        TableColumn("drop_date", pl.Date(), "Null for a misplaced file."),
        TableColumn("read", pl.Int64(), "Rows read."),
    ),
    key=("run_id", "drop_date"),
)


def test_the_first_publication_inserts_every_row(url: str, people: Frames, tables: tuple[Table, ...]) -> None:
    assert publish(url, people, tables) == {"profiles": Changes(inserted=2), "profile_contacts": Changes(inserted=2)}


def test_what_was_published_reads_back(
    url: str, people: Frames, tables: tuple[Table, ...], read_back: ReadBack
) -> None:
    publish(url, people, tables)
    assert read_back("profiles") == [
        {"person_id": "p1", "display_name": "Nguyễn Thị An", "record_count": 3, "last_seen_at": None},
        {"person_id": "p2", "display_name": None, "record_count": 1, "last_seen_at": None},
    ]


def test_publishing_the_same_again_writes_nothing(url: str, people: Frames, tables: tuple[Table, ...]) -> None:
    publish(url, people, tables)
    again = publish(url, {name: frame.reverse() for name, frame in people.items()}, tables)
    assert again == {"profiles": Changes(unchanged=2), "profile_contacts": Changes(unchanged=2)}


@pytest.mark.parametrize(("before", "after"), [("An", "Bình"), (None, "An"), ("An", None), ("", None), ("a", "A")])
def test_one_changed_cell_updates_one_row(
    url: str, people: Frames, tables: tuple[Table, ...], read_back: ReadBack, before: str | None, after: str | None
) -> None:
    def named(name: str | None) -> Frames:
        first = pl.col("person_id") == "p1"
        renamed = pl.when(first).then(pl.lit(name, pl.String)).otherwise("display_name").alias("display_name")
        return people | {"profiles": people["profiles"].with_columns(renamed)}

    publish(url, named(before), tables)
    assert publish(url, named(after), tables)["profiles"] == Changes(updated=1, unchanged=1)
    assert read_back("profiles")[0]["display_name"] == after


def test_a_row_that_changes_within_and_without_an_index_is_updated_once(url: str, read_back: ReadBack) -> None:
    stores = Table(
        name="stores",
        description="One row per store.",
        columns=(
            TableColumn("store_id", pl.String(), "The store.", nullable=False),
            TableColumn("city", pl.String(), "Where it is."),
            TableColumn("name", pl.String(), "What it is called."),
        ),
        key=("store_id",),
        indexes=(("city",),),
    )

    def frame(*rows: tuple[str, str | None, str]) -> Frames:
        return {"stores": pl.LazyFrame(rows, schema=stores.schema, orient="row")}

    publish(url, frame(("s1", "Huế", "A"), ("s2", "Huế", "B"), ("s3", None, "C"), ("s4", "Huế", "D")), [stores])
    news = (("s1", "Đà Nẵng", "A2"), ("s2", "Huế", "B2"), ("s3", "Huế", "C"), ("s4", "Huế", "D"))
    assert publish(url, frame(*news), [stores])["stores"] == Changes(updated=3, unchanged=1)
    assert [tuple(row.values()) for row in read_back("stores", [stores])] == list(news)


def test_a_new_table_holds_the_rows_of_a_person_one_after_the_other(
    sqlite_url: str, people: Frames, tables: tuple[Table, ...]
) -> None:
    of = [("p2", "email", "b@example.com"), ("p1", "phone", "+84912345678"), ("p2", "phone", "+84987654321")]
    contacts = pl.LazyFrame(of, schema=["person_id", "kind", "value"], orient="row").with_columns(is_primary=True)
    publish(sqlite_url, people | {"profile_contacts": contacts}, tables)
    with reading(sqlite_url) as connection:
        found = connection.exec_driver_sql("SELECT person_id, kind FROM profile_contacts ORDER BY rowid").all()
    assert [tuple(row) for row in found] == [("p1", "phone"), ("p2", "email"), ("p2", "phone")]


def test_a_changed_row_that_somebody_deleted_in_the_database_is_there_again(
    url: str, people: Frames, tables: tuple[Table, ...], read_back: ReadBack
) -> None:
    publish(url, people, tables, token="first")
    with writing(url) as connection:
        connection.exec_driver_sql("DELETE FROM profile_contacts WHERE kind = 'phone'")
    keys = {table.name: table.key for table in tables}
    news = people | {"profile_contacts": people["profile_contacts"].with_columns(is_primary=~pl.col("is_primary"))}
    since = Since("first", lambda name: find_delta(people[name], news[name], keys[name]))
    changes = publish(url, news, tables, token="second", since=since)
    assert changes == {"profiles": Changes(unchanged=2), "profile_contacts": Changes(inserted=1, updated=1)}
    assert [(row["kind"], row["is_primary"]) for row in read_back("profile_contacts")] == [
        ("email", True),
        ("phone", False),
    ]


def test_a_row_that_is_gone_is_deleted_with_its_children(
    url: str, people: Frames, tables: tuple[Table, ...], read_back: ReadBack
) -> None:
    publish(url, people, tables)
    without = {name: frame.filter(pl.col("person_id") != "p1") for name, frame in people.items()}
    assert publish(url, without, tables) == {
        "profiles": Changes(deleted=1, unchanged=1),
        "profile_contacts": Changes(deleted=2),
    }
    assert read_back("profile_contacts") == []


def test_a_table_without_a_frame_keeps_its_rows(
    url: str, people: Frames, tables: tuple[Table, ...], read_back: ReadBack
) -> None:
    publish(url, people, tables)
    assert publish(url, {"profiles": people["profiles"]}, tables) == {"profiles": Changes(unchanged=2)}
    assert len(read_back("profile_contacts")) == 2


def test_an_append_only_table_keeps_rows_that_are_not_sent_again(url: str, read_back: ReadBack) -> None:
    def day(run: str, read: int) -> Frames:
        return {"run_ledger": pl.LazyFrame({"run_id": [run], "drop_date": [None], "read": [read]})}

    only = frozenset({"run_ledger"})
    publish(url, day("r1", 5), [LEDGER], only)
    assert publish(url, day("r2", 7), [LEDGER], only)["run_ledger"] == Changes(inserted=1)
    assert publish(url, day("r2", 8), [LEDGER], only)["run_ledger"] == Changes(updated=1)
    assert [row["read"] for row in read_back("run_ledger", [LEDGER])] == [5, 8]


def test_a_null_in_the_key_is_a_value_like_others(url: str) -> None:
    frames = {"run_ledger": pl.LazyFrame({"run_id": ["r1", "r2"], "drop_date": [None, None], "read": [5, 6]})}
    publish(url, frames, [LEDGER])
    assert publish(url, frames, [LEDGER])["run_ledger"] == Changes(unchanged=2)


def test_two_rows_with_one_key_that_may_be_null_are_refused(url: str) -> None:
    frames = {"run_ledger": pl.LazyFrame({"run_id": ["r1", "r1"], "drop_date": [None, None], "read": [5, 6]})}
    with pytest.raises(ServingError, match=r"run_ledger: 1 keys \(run_id, drop_date\) stand in more than one row"):
        publish(url, frames, [LEDGER])


def test_a_broken_foreign_key_leaves_the_old_state_whole_and_is_named(
    url: str, people: Frames, tables: tuple[Table, ...], read_back: ReadBack
) -> None:
    publish(url, people, tables)
    before = [read_back("profiles"), read_back("profile_contacts")]
    orphans = people | {"profiles": people["profiles"].filter(pl.col("person_id") != "p1").with_columns(record_count=9)}
    with pytest.raises(ServingError, match="profile_contacts") as failure:
        publish(url, orphans, tables)
    assert "p1" not in str(failure.value)
    assert [read_back("profiles"), read_back("profile_contacts")] == before


def test_a_first_publication_that_fails_leaves_no_table(url: str, people: Frames, tables: tuple[Table, ...]) -> None:
    with pytest.raises(ServingError, match="profile_contacts"):
        publish(url, people | {"profiles": people["profiles"].clear()}, tables)
    with pytest.raises(ServingError, match="Nothing is published"), reading(url):
        pass
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    assert sa.inspect(engine).get_table_names() == []


def test_a_frame_that_fails_leaves_the_old_state_whole(
    url: str, people: Frames, tables: tuple[Table, ...], read_back: ReadBack
) -> None:
    publish(url, people, tables)
    broken = people["profile_contacts"].with_columns(is_primary=pl.lit("often").cast(pl.Int64))
    with pytest.raises(pl.exceptions.InvalidOperationError):
        publish(url, {"profiles": people["profiles"].clear(), "profile_contacts": broken}, tables)
    assert len(read_back("profiles")) == 2


def test_a_reader_keeps_its_state_while_another_is_published(
    url: str, people: Frames, tables: tuple[Table, ...]
) -> None:
    publish(url, people, tables)
    names = sa.text("SELECT display_name FROM profiles ORDER BY person_id")
    with reading(url) as reader:
        before = reader.scalars(names).all()
        publish(url, people | {"profiles": people["profiles"].with_columns(display_name=pl.lit("Chi"))}, tables)
        assert reader.scalars(names).all() == before
    with reading(url) as reader:
        assert reader.scalars(names).all() == ["Chi", "Chi"]


def test_a_reader_sees_the_old_state_until_the_publisher_has_finished(
    url: str, people: Frames, tables: tuple[Table, ...], read_back: ReadBack
) -> None:
    publish(url, people, tables)
    seen = []

    def look(_: str) -> None:
        seen.append(len(read_back("profiles")))

    publish(url, {name: frame.clear() for name, frame in people.items()}, tables, on_table=look)
    assert (seen, read_back("profiles")) == ([2, 2], [])


def test_a_second_publisher_is_locked_out(url: str, people: Frames, tables: tuple[Table, ...]) -> None:
    with writing(url), pytest.raises(ServingError, match="another publisher"):
        publish(url, people, tables, wait_seconds=0.1)


def test_a_second_publisher_waits_for_its_turn(url: str, people: Frames, tables: tuple[Table, ...]) -> None:
    results = []
    turns = [threading.Thread(target=lambda: results.append(publish(url, people, tables))) for _ in range(2)]
    for turn in turns:
        turn.start()
    for turn in turns:
        turn.join()
    assert sorted(result["profiles"].inserted for result in results) == [0, 2]


def test_two_rows_with_one_key_are_refused_without_showing_it(
    url: str, people: Frames, tables: tuple[Table, ...]
) -> None:
    twice = pl.concat([people["profiles"], people["profiles"].filter(pl.col("person_id") == "p1")])
    with pytest.raises(ServingError, match=r"profiles: .*keys \(person_id\) stand in more than one row") as failure:
        publish(url, people | {"profiles": twice}, tables)
    assert "p1" not in str(failure.value)
    publish(url, people, tables)
    with pytest.raises(ServingError, match=r"profiles: 1 keys \(person_id\) stand in more than one row"):
        publish(url, people | {"profiles": twice}, tables)


def test_a_null_where_none_may_be_is_refused_without_showing_the_row(
    url: str, people: Frames, tables: tuple[Table, ...]
) -> None:
    nameless = people["profile_contacts"].with_columns(kind=pl.lit(None, pl.String))
    with pytest.raises(ServingError, match=r"(?i)kind.*not.null|not.null.*kind") as failure:
        publish(url, people | {"profile_contacts": nameless}, tables)
    assert "an@example.com" not in str(failure.value)


def test_a_table_that_somebody_else_changed_is_refused(url: str, people: Frames, tables: tuple[Table, ...]) -> None:
    old = Table("profiles", "One row per person.", tables[1].columns[:2], key=("person_id",))
    publish(url, {"profiles": people["profiles"]}, [old])
    with pytest.raises(ServingError, match=r"profiles.*lacks record_count, last_seen_at.*another program"):
        publish(url, people, tables)


def test_a_frame_of_no_declared_table_is_a_mistake(sqlite_url: str, tables: tuple[Table, ...]) -> None:
    with pytest.raises(ValueError, match=r"No table is declared for profile; expected some of profile_contacts"):
        publish(sqlite_url, {"profile": pl.LazyFrame()}, tables)


@pytest.mark.parametrize("fails", [False, True])
def test_nothing_is_left_beside_the_database(
    sqlite_url: str, people: Frames, tables: tuple[Table, ...], tmp_path: Path, fails: bool
) -> None:
    (tmp_path / "serving" / ".cdp.db.staging-of-a-killed-run").mkdir(parents=True)
    if fails:
        with pytest.raises(ServingError):
            publish(sqlite_url, people | {"profiles": people["profiles"].clear()}, tables)
    else:
        publish(sqlite_url, people, tables)
    assert [path.name for path in (tmp_path / "serving").iterdir()] == ["cdp.db"]


def test_rows_of_many_batches_arrive_whole(url: str, tables: tuple[Table, ...]) -> None:
    many = pl.LazyFrame({"n": range(120_000)}).select(person_id=pl.format("p{}", "n"), record_count="n")
    assert publish(url, {"profiles": many}, tables)["profiles"] == Changes(inserted=120_000)
    changed = many.filter(pl.col("record_count") > 0).with_columns(pl.col("record_count").clip(2))
    assert publish(url, {"profiles": changed}, tables)["profiles"] == Changes(0, 1, 1, 119_998)


def test_a_full_disk_leaves_the_old_state_and_the_next_publication_with_room_succeeds(
    small_disk: Path, tables: tuple[Table, ...], people: Frames
) -> None:
    url = f"sqlite:///{small_disk}/serving/cdp.db"
    publish(url, people, tables)
    ids = pl.LazyFrame({"n": range(20_000)}).select(person_id=pl.format("p{}", "n"))
    with pytest.raises(ServingError, match=r"is full; .* as it was before. Free space there and run again."):
        publish(url, {"profiles": ids}, tables, frozenset({"profiles"}))
    with reading(url) as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM profiles")) == 2
    left = {path.name for path in (small_disk / "serving").iterdir()}
    assert left <= {"cdp.db", "cdp.db-wal", "cdp.db-shm"}
    assert publish(url, people, tables)["profiles"] == Changes(unchanged=2)
