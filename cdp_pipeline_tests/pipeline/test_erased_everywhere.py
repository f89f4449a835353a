"""A person of all entities is erased: every byte that the pipeline keeps is searched for their values afterwards."""

import io
import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import polars as pl
import pytest
import sqlalchemy as sa
from rich.console import Console

from cdp_pipeline.commands.request import Asked, make_request
from cdp_pipeline.commands.run import Chosen, run_job
from cdp_pipeline.defs.launch import run_daily_profiles
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.privacy.requests import Kind, RequestLog
from cdp_pipeline.serving.database import reading
from cdp_pipeline.settings import read_settings
from cdp_pipeline_tests.conftest import DECLARED
from cdp_pipeline_tests.pipeline.planted import (
    CORRECTED,
    NAME,
    PHONE,
    RELATIVE,
    SHARED_PHONE,
    copy_sample,
    found_in,
    override,
)

ROOT = Path(__file__).parents[2]
NEWS, EVERYTHING = Chosen(frozenset(), everything=False), Chosen(frozenset(), everything=True)


class Installation:
    """A folder with all that `cdp` and Dagster keep, and the sender's files."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.folder, self.raw = folder, folder / "raw"
        self.printed = ""
        of_dagster = (ROOT / "dagster.yaml").read_text().replace("data/dagster", str(folder / "dagster"))
        (folder / "dagster.yaml").write_text(of_dagster)
        names = {"RAW_DIR": "raw", "LAKE_DIR": "lake", "PRIVACY_DIR": "privacy", "PRIVACY_KEY_FILE": "privacy.key"}
        for name, value in names.items():
            patch.setenv(f"CDP_{name}", str(folder / value))
        patch.setenv("CDP_DATABASE_URL", f"sqlite:///{folder}/serving/cdp.db")

    def run(self, chosen: Chosen = NEWS) -> int:
        out = Console(record=True, width=200, file=io.StringIO())
        status = run_job(read_settings(), chosen, self.folder, run_daily_profiles, out, out)
        self.printed = out.export_text()
        return status

    def request(self, kind: Kind, key: str, **others: str) -> int:
        out = Console(record=True, width=200, file=io.StringIO())
        status = make_request(read_settings(), Asked(kind, key, **others), "execute", self.run, out, out)
        self.printed += out.export_text()
        return status

    def rows(self, table: str) -> list[dict[str, object]]:
        with reading(f"sqlite:///{self.folder}/serving/cdp.db") as connection:
            return [dict(row) for row in connection.execute(sa.select(DECLARED[table])).mappings()]

    def person(self, name: str) -> str:
        [found] = {row["person_id"] for row in self.rows("profiles") if row["display_name"] == name}
        return str(found)


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with pytest.MonkeyPatch.context() as patch:
        made = Installation(tmp_path_factory.mktemp("installation"), patch)
        copy_sample(ROOT / "data" / "raw", made.raw)
        assert made.run() == 0, made.printed
        # The file is its writer's, as raw files are.
        giao = made.person(NAME)
        records = [row for row in made.rows("profile_records") if row["person_id"] == giao]
        person = ("customer-identity", "lead-information")
        override(
            made.raw / "overrides.csv", [str(row["record_key"]) for row in records if row["object_type"] in person]
        )
        patch.setenv("CDP_IDENTITY_OVERRIDES", str(made.raw / "overrides.csv"))
        assert made.request("correct", giao, **CORRECTED) == 0, made.printed
        yield made


def test_a_person_of_all_entities_is_erased_everywhere(installation: Installation) -> None:
    folder, raw = installation.folder, installation.raw
    giao, relative = installation.person(CORRECTED["value"]), installation.person(RELATIVE)
    kinds = {row["object_type"] for row in installation.rows("profile_records") if row["person_id"] == giao}
    assert kinds == {entity.object_type for entity in ENTITIES}
    found = found_in(folder, raw)
    assert len(found) > len(ENTITIES), "the search finds a person who is there"
    assert CORRECTED["value"] in {form for _, form in found}
    assert pl.read_parquet(folder / "lake" / "identity" / "override_problems.parquet").is_empty()
    before = {name: installation.rows(name) for name in DECLARED}
    shutil.copytree(folder / "lake", folder.parent / "backup")
    assert installation.request("export", PHONE) == 0, installation.printed
    assert len([*folder.glob("privacy/exports/*.zip")]) == 1
    assert installation.request("erase", PHONE) == 0, installation.printed
    assert [request.state for request in RequestLog(folder / "privacy").requests()] == ["done", "done", "done"]
    assert [*folder.glob("privacy/exports/*.zip")] == []
    assert found_in(folder, raw) == set()
    [corrected] = (folder / "privacy" / "corrections.ndjson").read_text().splitlines()
    assert json.loads(corrected).keys() == {"request_id", "ended"}
    others = {row["person_id"] for row in before["profiles"]} - {giao, relative}
    for name, rows in before.items():
        if "person_id" in DECLARED[name].c and name != "person_id_history":
            now = [row for row in installation.rows(name) if row["person_id"] in others]
            assert now == [row for row in rows if row["person_id"] in others], name
    [phone] = [row["value"] for row in installation.rows("profile_contacts") if row["person_id"] == relative]
    assert phone == f"+84{SHARED_PHONE[1:]}"
    with closing(sqlite3.connect(folder / "serving" / "cdp.db")) as connection:
        assert connection.execute("PRAGMA freelist_count").fetchone() == (0,)


@pytest.mark.thorough
def test_neither_old_files_nor_everything_again_nor_a_restored_lake_brings_the_person_back(
    installation: Installation,
) -> None:
    folder, raw, backup = installation.folder, installation.raw, installation.folder.parent / "backup"
    if not backup.exists():
        shutil.copytree(folder / "lake", backup)
        assert installation.request("erase", PHONE) == 0, installation.printed
    people = {row["person_id"] for row in installation.rows("profiles")}
    for path in sorted(raw.glob("*/2026-11-*")):
        for file in path.iterdir():
            file.touch()
    assert installation.run(Chosen(frozenset(date(2026, 11, day) for day in (16, 17, 18)), everything=False)) == 0
    assert installation.run(EVERYTHING) == 0, installation.printed
    assert {row["person_id"] for row in installation.rows("profiles")} == people
    assert found_in(folder, raw) == set()

    shutil.rmtree(folder / "lake")
    backup.rename(folder / "lake")
    assert installation.run() == 0, installation.printed
    assert {row["person_id"] for row in installation.rows("profiles")} == people
    assert found_in(folder, raw) == set()
    ledger = pl.DataFrame(installation.rows("run_ledger"), infer_schema_length=None)
    parts = pl.sum_horizontal("accepted", "rejected", "duplicates", "suppressed")
    assert ledger.filter(pl.col("read") != parts).is_empty()
