"""The whole way on the committed sample: from `data/raw` to the database, by the command users call."""

import csv
import gzip
import io
import json
import random
import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa
from rich.console import Console

from cdp_pipeline.commands.rejected import list_rejected
from cdp_pipeline.commands.show import show_person
from cdp_pipeline.deliveries import read_rejected
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.generator import WRITTEN
from cdp_pipeline.pipeline.current import current_tables
from cdp_pipeline.pipeline.publication import publish_database
from cdp_pipeline.pipeline.run import chosen_of
from cdp_pipeline.pipeline.snapshot import PUBLISHED_TABLES
from cdp_pipeline.serving.database import reading
from cdp_pipeline.store.lake import Lake
from cdp_pipeline_tests.documents import ALL
from cdp_pipeline_tests.pipeline.whole_run import run_days

SAMPLE = Path(__file__).parents[1] / "data" / "raw"
MINH_ANH = "M-0001234"
# What asks for a person's eyes, or for a change of mind, the sample need not hold.
MAY_BE_EMPTY = {
    "person_id_history", "profile_corrections", "profile_restrictions", "retention_ledger", "skipped_identifiers",
}  # fmt: skip
# Where a row lies and when a run ended differ from run to run; nothing else does.
OF_THE_RUN = {"source_file", "source_row", "entry_number", "ledger_key", "run_id", "finished_at"}


@pytest.fixture(scope="session")
def sample(run_pipeline: Callable[[Path], Any]) -> Any:
    return run_pipeline(SAMPLE)


def test_the_run_succeeds_and_ends_with_the_ledger_the_people_and_where_to_look(sample: Any) -> None:
    assert sample.status == 0, sample.printed
    assert "read = accepted + rejected + duplicates" in sample.printed
    assert f"{len(sample.rows('profiles'))} people from" in sample.printed
    assert "cdp show" in sample.printed


@pytest.mark.parametrize("table", [t.name for t in PUBLISHED_TABLES if t.name not in MAY_BE_EMPTY])
def test_every_table_holds_rows(sample: Any, table: str) -> None:
    assert sample.rows(table)


def test_every_row_read_is_accounted_for_by_entity_and_day(sample: Any) -> None:
    ledger = sample.rows("run_ledger")
    assert {line["object_type"] for line in ledger} == {entity.object_type for entity in ENTITIES}
    assert len({line["drop_date"] for line in ledger}) == 3
    for line in ledger:
        assert line["read"] == line["accepted"] + line["rejected"] + line["duplicates"], line
    assert sum(line["rejected"] for line in ledger) == len(sample.rows("rejected_records"))
    assert sum(line["duplicates"] for line in ledger) > 0


def test_every_current_record_stands_in_exactly_one_place(sample: Any) -> None:
    current = current_tables(Lake(sample.settings.lake_dir), ENTITIES)
    keys = sorted(key for frame in current.values() for key in frame.select("record_key").collect()["record_key"])
    placed = [row["record_key"] for table in ("profile_records", "unlinked_records") for row in sample.rows(table)]
    assert sorted(placed) == keys


def test_minh_anh_is_one_person_over_all_entities_of_the_generated_sample(sample: Any) -> None:
    person = next(r["person_id"] for r in sample.rows("profile_records") if r["source_id"] == MINH_ANH)
    hers = [r for r in sample.rows("profile_records") if r["person_id"] == person]
    assert {r["object_type"] for r in hers} >= {entity.object_type for entity in WRITTEN}
    assert {r["source_id"] for r in hers if r["object_type"] == "customer-identity"} == {
        "C120901341",
        "00000004711",
        "user88213",
    }
    profile = next(p for p in sample.rows("profiles") if p["person_id"] == person)
    assert (profile["display_name"], profile["kind"], profile["gender"]) == (
        "Nguyễn Thị Minh Anh",
        "customer",
        "female",
    )
    assert profile["record_count"] == len(hers)


def test_the_quality_page_beside_the_database_tells_the_ledger_of_the_run(sample: Any) -> None:
    page = sample.settings.quality_page.read_text(encoding="utf-8")
    ledger = sample.rows("run_ledger")
    assert f"All {sum(line['read'] for line in ledger):,} rows read are accounted for." in page
    assert all(entity.object_type in page for entity in ENTITIES)
    assert f'data-head="people">people</td><td class="" data-head="count">{len(sample.rows("profiles"))}</td>' in page


def test_her_husband_with_whom_she_shares_a_landline_is_somebody_else(sample: Any) -> None:
    shared = {c["value"] for c in sample.rows("profile_contacts") if c["is_shared"] and c["kind"] == "phone"}
    holders = {
        value: {c["person_id"] for c in sample.rows("profile_contacts") if c["value"] == value} for value in shared
    }
    person = next(r["person_id"] for r in sample.rows("profile_records") if r["source_id"] == MINH_ANH)
    assert any(person in people and len(people) > 1 for people in holders.values())


def test_show_prints_her_masked_unless_asked(sample: Any) -> None:
    out, full = (Console(record=True, width=200, file=io.StringIO()) for _ in range(2))
    assert show_person(sample.settings, MINH_ANH, False, out, out) == 0
    assert show_person(sample.settings, MINH_ANH, True, full, full) == 0
    masked = out.export_text()
    assert "N*** T*** M*** A***" in masked
    assert "Minh Anh" not in masked
    assert "Nguyễn Thị Minh Anh" in full.export_text()


def test_rejected_rows_are_listed_without_their_content_and_exported_with_it(sample: Any, tmp_path: Path) -> None:
    out = Console(record=True, width=200, file=io.StringIO())
    target = tmp_path / "repair.csv"
    assert list_rejected(sample.settings, None, None, None, 5, None, out, out) == 0
    assert "newest 5" in out.export_text()
    assert list_rejected(sample.settings, None, None, None, 5, target, out, out) == 0
    with target.open(encoding="utf-8-sig", newline="") as file:
        exported = list(csv.DictReader(file))
    raw = {(row["source_file"], int(row["source_row"])): row["raw"] for row in exported}
    kept = read_rejected(Lake(sample.settings.lake_dir), ENTITIES)
    assert raw == {(row["source_file"], row["source_row"]): row["raw"] or "" for row in kept}
    published = {(row["source_file"], row["source_row"]): row["raw"] for row in sample.rows("rejected_records")}
    assert published.keys() == raw.keys()
    assert not any(text and text == raw[place] for place, text in published.items()), "the database has them masked"
    settled = [row["source_file"].split("/")[0] for row in exported if row["settled"] == "accepted later"]
    assert sorted(settled) == ["lead-information", "moego-lead"], "the sample sends these two again, correctly"


def test_a_second_run_finds_nothing_new_and_changes_no_table(sample: Any) -> None:
    before = {table.name: sample.rows(table.name) for table in PUBLISHED_TABLES}
    status, printed = sample.again()
    assert status == 0
    assert "Nothing new" in printed
    assert "no table changed" in printed
    assert {table.name: sample.rows(table.name) for table in PUBLISHED_TABLES} == before


def test_postgresql_holds_the_same_rows(sample: Any, postgres_url: str) -> None:
    publish_database(Lake(sample.settings.lake_dir), ENTITIES, postgres_url, chosen_of(sample.settings))
    for table in PUBLISHED_TABLES:
        assert _comparable(sample.rows(table.name, postgres_url)) == _comparable(sample.rows(table.name)), table.name


QUERIES = re.findall(r"\n\n([^\n]+\?)\n\n```sql\n(.*?)```", ALL, re.S)


@pytest.mark.parametrize(("question", "query"), QUERIES, ids=[question for question, _ in QUERIES])
def test_the_queries_of_the_documents_answer_from_the_sample(sample: Any, question: str, query: str) -> None:
    with reading(sample.settings.database_url) as connection:
        answers = connection.execute(sa.text(query.replace(":", r"\:"))).mappings().all()
    if "VIP" in question:
        vips = [p for p in sample.rows("profiles") if p["membership_type"] == "VIP"]
        assert len(answers) <= len(vips)
    elif "wait for a decision" in question:
        assert len(answers) == sum(row["status"] == "suggested" for row in sample.rows("links"))
    else:
        assert answers, question
    if "phone number" in question:
        assert {a["source_id"] for a in answers} >= {"C120901341"}
    if "e-mailed" in question:
        assert answers[0]["people"] == sum(bool(p["can_email"] and p["primary_email"]) for p in sample.rows("profiles"))


def test_the_queries_of_the_documents_answer_alike_in_postgresql(sample: Any, postgres_url: str) -> None:
    publish_database(Lake(sample.settings.lake_dir), ENTITIES, postgres_url, chosen_of(sample.settings))
    assert len(QUERIES) == 7
    for _, query in QUERIES:
        counts = []
        for url in (sample.settings.database_url, postgres_url):
            with reading(url) as connection:
                counts.append(len(connection.execute(sa.text(query.replace(":", r"\:"))).all()))
        assert counts[0] == counts[1], query


def test_shuffled_files_and_rows_give_the_same_tables(sample: Any, tmp_path: Path) -> None:
    raw, url = tmp_path / "raw", f"sqlite:///{tmp_path}/cdp.db"
    shutil.copytree(SAMPLE, raw)
    _shuffle(raw, random.Random(11))
    changed = {"raw_dir": raw, "lake_dir": tmp_path / "lake", "database_url": url}
    days = sorted({folder.name for folder in raw.glob("*/*") if folder.is_dir()})
    run_days(sample.settings.model_copy(update=changed), days, "shuffled", datetime.now(UTC))
    for table in PUBLISHED_TABLES:
        assert _comparable(sample.rows(table.name, url)) == _comparable(sample.rows(table.name)), table.name


def _comparable(rows: list[dict]) -> list[str]:
    kept = ({name: value for name, value in row.items() if name not in OF_THE_RUN} for row in rows)
    return sorted(json.dumps(row, default=str, sort_keys=True, ensure_ascii=False) for row in kept)


def _shuffle(raw: Path, dice: random.Random) -> None:
    """Shuffle the rows of text and Parquet files and rename all dated ones, so that they are read in another order."""
    for path in sorted(p for p in raw.rglob("*") if p.is_file()):
        name = path.name
        if name.endswith((".ndjson", ".jsonl")):
            path.write_text(_shuffled(path.read_text(encoding="utf-8"), 0, dice), encoding="utf-8")
        elif name.endswith((".csv", ".tsv")) and not {b'"'[0], 0xFF} & set(path.read_bytes()):
            path.write_text(_shuffled(path.read_text(encoding="utf-8"), 1, dice), encoding="utf-8")
        elif name.endswith(".jsonl.gz"):
            path.write_bytes(gzip.compress(_shuffled(gzip.decompress(path.read_bytes()).decode(), 0, dice).encode()))
        elif name.endswith(".parquet"):
            frame = pl.read_parquet(path)
            frame.sample(fraction=1.0, shuffle=True, seed=dice.randrange(1000)).write_parquet(path)
        if path.parent.parent.parent == raw:
            path.rename(path.with_name(f"{dice.randrange(10**6):06}-{name}"))


def _shuffled(text: str, header: int, dice: random.Random) -> str:
    lines = text.splitlines()
    head, body = lines[:header], lines[header:]
    dice.shuffle(body)
    return "".join(line + "\n" for line in head + body)
