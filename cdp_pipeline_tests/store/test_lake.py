import errno
import os
from contextlib import suppress
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest

from cdp_pipeline.store.lake import DAILY_LAYERS, DamagedError, Lake, LakeError

DAY = "2026-11-16"
SCHEMA = pl.Schema({"id": pl.String, "rows": pl.Int64})


def batch(*ids: str) -> pl.DataFrame:
    return pl.DataFrame({"id": list(ids), "rows": [1] * len(ids)}, schema=SCHEMA)


def test_a_file_appears_only_when_all_its_batches_are_written(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    with lake.writer("staging", "leads", SCHEMA, "2026-11-16") as writer:
        writer.write(batch("a"))
        assert not lake.exists("staging", "leads", "2026-11-16")
        writer.write(batch("b", "c"))
    assert lake.rows("staging", "leads", "2026-11-16") == 3


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.write("staging", "leads", batch("old"), "2026-11-16")

    def break_off() -> None:
        with lake.writer("staging", "leads", SCHEMA, "2026-11-16") as writer:
            writer.write(batch("new"))
            raise RuntimeError("disk full")

    with pytest.raises(RuntimeError, match="disk full"):
        break_off()
    assert lake.scan_days("staging", "leads", SCHEMA).collect()["id"].to_list() == ["old"]
    assert [p.name for p in (tmp_path / "staging" / "leads").iterdir()] == ["2026-11-16.parquet"]


def test_all_days_are_one_frame_and_no_day_is_an_empty_one(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    assert lake.scan_days("staging", "leads", SCHEMA).collect().equals(pl.DataFrame(schema=SCHEMA))
    lake.write("staging", "leads", batch("b"), "2026-11-17")
    lake.write("staging", "leads", batch("a"), "2026-11-16")
    assert lake.days("staging", "leads") == ["2026-11-16", "2026-11-17"]
    assert lake.scan_days("staging", "leads", SCHEMA).collect()["id"].to_list() == ["a", "b"]


def test_a_table_may_be_rewritten_from_itself(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.write("current", "leads", batch("a", "b"))
    assert lake.write("current", "leads", lake.scan("current", "leads").filter(pl.col("id") == "b")) == 1


def test_an_unwritable_folder_is_told_in_one_line_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "lake").write_text("a file where the folder should be")
    with pytest.raises(LakeError, match=r"^Cannot write to .*lake.*CDP_LAKE_DIR"):
        Lake(tmp_path / "lake").write("current", "leads", batch("a"))


def test_reports_are_read_back_as_they_were_written(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    assert lake.read_report("leads", "2026-11-16") is None
    lake.write_report("leads", "2026-11-16", {"read": 3, "rules": {"required:leadId": 1}})
    assert lake.read_report("leads", "2026-11-16") == {"read": 3, "rules": {"required:leadId": 1}}
    assert lake.report_days("leads") == ["2026-11-16"]


def test_days_are_compressed_and_the_state_which_every_run_rewrites_is_not(tmp_path: Path) -> None:
    lake, rows = Lake(tmp_path), pl.DataFrame({"name": ["An", None, "Bình"]})
    lake.write("staging", "customer_identity", rows, "2026-11-16")
    lake.write("current", "customer_identity", rows)
    paths = (lake.path("staging", "customer_identity", "2026-11-16"), lake.path("current", "customer_identity"))
    packing = [pq.read_metadata(path).row_group(0).column(0).compression for path in paths]
    assert packing == ["ZSTD", "UNCOMPRESSED"]
    assert lake.filled("current", "customer_identity") == {"name": 2}


def test_filled_cells_are_counted_over_all_parts_of_a_file(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    schema = pl.Schema({"phone": pl.String, "names": pl.List(pl.String), "other": pl.Int64})
    with lake.writer("staging", "leads", schema, "2026-11-16") as writer:
        writer.write(
            pl.DataFrame({"phone": ["1", None], "names": [["An"], None], "other": [None, None]}, schema=schema)
        )
        writer.write(pl.DataFrame({"phone": ["2"], "names": [[]], "other": [None]}, schema=schema))
    assert lake.filled("staging", "leads", "2026-11-16") == {"phone": 2, "names": 1, "other": 0}


def make_ready(lake: Lake) -> None:
    """A new day beside the old one, complete with its report."""
    for layer in DAILY_LAYERS:
        lake.write(layer, "leads", batch("old"), DAY)
        lake.incoming.write(layer, "leads", batch("new"), DAY)
    lake.write_report("leads", DAY, {"of": "old"})
    lake.incoming.write_report("leads", DAY, {"of": "new"})


def state(lake: Lake) -> set[str]:
    said = {lake.scan_days(layer, "leads", SCHEMA).collect()["id"].item() for layer in DAILY_LAYERS}
    return said | {(lake.read_report("leads", DAY) or {})["of"]}


@pytest.mark.parametrize("moves", range(4))
def test_a_day_whose_admission_was_broken_off_anywhere_is_the_new_one_after_recovery(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moves: int
) -> None:
    lake = Lake(tmp_path)
    make_ready(lake)
    done: list[Path] = []

    def replace(self: Path, target: Path) -> Path:
        if len(done) == moves:
            raise KeyboardInterrupt
        done.append(target)
        return self.rename(target)

    with monkeypatch.context() as patch, suppress(KeyboardInterrupt):
        patch.setattr(Path, "replace", replace)
        lake.admit("leads", DAY)
    lake.recover()
    assert state(lake) == {"new"}
    assert not lake.incoming.root.exists()


def test_a_day_that_was_not_ready_when_its_run_was_killed_is_the_old_one_and_what_lay_there_vanishes(
    tmp_path: Path,
) -> None:
    lake = Lake(tmp_path)
    make_ready(lake)
    lake.incoming.clear_report("leads", DAY)
    (tmp_path / "staging" / "leads" / f".{DAY}.parquet.0a1b.part").write_bytes(b"half")
    lake.recover()
    assert state(lake) == {"old"}
    left = {p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file()}
    assert left == {f"staging/leads/{DAY}.parquet", f"rejected/leads/{DAY}.parquet", f"reports/leads/{DAY}.json"}


def test_a_table_that_a_former_version_kept_is_removed(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    for table in ("suggested_links", "links"):
        lake.write("identity", table, pl.DataFrame({"record_key_a": ["customer-identity:1"]}))
    lake.recover()
    assert not lake.exists("identity", "suggested_links")
    assert lake.exists("identity", "links")


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)),
        pl.exceptions.ComputeError("parquet: underlying IO error: No space left on device (os error 28)"),
    ],
    ids=["the system's", "Polars'"],
)
def test_a_full_disk_is_told_with_its_folder_and_what_to_do(tmp_path: Path, error: Exception) -> None:
    def write() -> None:
        with Lake(tmp_path).writer("staging", "leads", SCHEMA, DAY):
            raise error

    with pytest.raises(
        LakeError, match=r"^The disk of .*/staging/leads is full; .* Free space, or name .*CDP_LAKE_DIR"
    ):
        write()
    assert list((tmp_path / "staging" / "leads").iterdir()) == []


def test_a_read_of_a_damaged_table_names_the_file_its_layer_and_what_to_do(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.write("current", "leads", batch("a"))
    path = lake.path("current", "leads")
    path.write_bytes(path.read_bytes()[:-20])
    told = r"current/leads.parquet \(layer current\) is damaged: it is cut off.*cdp run"
    for read in (lake.scan, lake.rows, lake.filled):
        with pytest.raises(DamagedError, match=told):
            read("current", "leads")
    with pytest.raises(DamagedError, match=r"identity/links.parquet \(layer identity\).*no such file"):
        lake.scan("identity", "links")


def test_a_read_of_a_damaged_report_names_the_file_and_what_to_do(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.write_report("leads", DAY, {"read": 31})
    path = tmp_path / "reports" / "leads" / f"{DAY}.json"
    path.write_text(path.read_text().replace("31", "13"))
    with pytest.raises(
        DamagedError, match=r"\(layer reports\) is damaged: it is cut off, or its bytes are not.*cdp run"
    ):
        lake.read_report("leads", DAY)


def test_damage_is_found_in_every_folder_but_hidden_ones(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.write("staging", "leads", batch("a"), DAY)
    lake.held.write("staging", "leads", batch("a"), DAY)
    lake.write_report("leads", DAY, {})
    assert lake.damaged() == []
    for path in [*tmp_path.rglob("*.parquet"), *tmp_path.rglob("*.json")]:
        path.write_bytes(b"PAR1")
    assert [lake.place(path)[0] for path, _ in lake.damaged()] == ["held", "reports", "staging"]
