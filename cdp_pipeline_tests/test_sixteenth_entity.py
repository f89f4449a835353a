"""The steps of docs/extend.md are all it takes to add an entity: tried with a made-up one, `loyalty_redemption.py`.

The default suite hands it to everything that is made per entity; `make thorough` follows the steps in a copy of the
checkout and runs the whole suite there.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from cdp_pipeline.defs.current import build_current
from cdp_pipeline.defs.staging import build_staging
from cdp_pipeline.deliveries.days import process_days
from cdp_pipeline.deliveries.rejections import read_rejected
from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.entity import USUAL, Entity
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.pipeline.current import current_tables, gather_custom_fields, update_current
from cdp_pipeline.pipeline.identity import read_choices, update_persons
from cdp_pipeline.profiles.golden.attributes import find_evidence, source_tiers
from cdp_pipeline.profiles.records.records import build_profile_records
from cdp_pipeline.quality.checks import checks_of
from cdp_pipeline.settings import Settings
from cdp_pipeline.store.lake import Lake
from cdp_pipeline_tests.loyalty_redemption import LOYALTY_REDEMPTION

ROOT = Path(__file__).parents[1]
DAY = "2026-11-17"
# In the copy it is among the entities already.
SIXTEEN = (*(e for e in ENTITIES if e.object_type != LOYALTY_REDEMPTION.object_type), LOYALTY_REDEMPTION)
OF_THE_CHECKOUT = (
    ".ci", ".deploy", ".gitignore", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "Makefile", "README.md", "benchmarks",
    "cdp_pipeline", "cdp_pipeline_tests", "dagster.yaml", "data/README.md", "data/raw", "docs", "pyproject.toml",
    "requirements.lock", "requirements-cluster.lock", "requirements-dev.lock", "requirements-docs.lock",
    "requirements-spark.lock", "requirements-uv.lock", "workspace.yaml",
)  # fmt: skip

REDEMPTION = {
    "systemName": "Loyalty", "internalCompanyId": "ORG1029130112", "customerId": "C120901341", "redemptionId": "R-1",
    "customerName": "Nguyen Thi Minh Anh", "rewardName": "Voucher 50K", "channel": "Online", "redeemedPoint": 500,
    "redeemedAt": 1_794_880_800_000, "customFieldTexts": {"customField01": "Tết"},
}  # fmt: skip
CUSTOMER = {
    "systemName": "CRM", "internalCompanyId": "ORG1029130112", "customerId": "C120901341", "phone": "0903118264",
    "fullName": "Nguyễn Thị Minh Anh",
}  # fmt: skip


def drop(raw: Path, entity: Entity, *rows: dict[str, object]) -> None:
    path = raw / entity.object_type / DAY / f"{entity.object_type}.ndjson"
    path.parent.mkdir(parents=True)
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")


def test_a_sixteenth_entity_goes_from_its_file_to_the_person_it_names(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, raw_dir=tmp_path / "raw", lake_dir=tmp_path / "lake")
    drop(settings.raw_dir, CUSTOMER_IDENTITY, CUSTOMER)
    drop(settings.raw_dir, LOYALTY_REDEMPTION, REDEMPTION, {**REDEMPTION, "redemptionId": "R-2", "channel": "Mail"})
    lake = Lake(settings.lake_dir)
    for entity in SIXTEEN:
        process_days(lake, entity, settings, "run-1", days=[DAY], reprocess=False, log=lambda _: None)
        update_current(lake, entity)
    gather_custom_fields(lake, SIXTEEN)
    update_persons(lake, SIXTEEN, read_choices(settings), datetime(2026, 11, 18, tzinfo=UTC))
    assert [row["rules"] for row in read_rejected(lake, SIXTEEN)] == [["value:channel"]]
    assert lake.scan("current", "custom_fields").collect()["object_type"].to_list() == ["loyalty-redemption"]
    persons, current = lake.scan("identity", "record_persons"), current_tables(lake, SIXTEEN)
    records = build_profile_records(current, persons, SIXTEEN).collect()
    assert set(records["object_type"]) == {"customer-identity", "loyalty-redemption"}
    assert records["person_id"].n_unique() == 1
    evidence = find_evidence(current, persons, SIXTEEN).filter(pl.col("object_type") == "loyalty-redemption").collect()
    assert evidence["display_name"].to_list() == ["Nguyen Thi Minh Anh"]


def test_a_sixteenth_entity_has_the_assets_and_checks_of_every_other() -> None:
    keys = build_staging(LOYALTY_REDEMPTION).keys | build_current([LOYALTY_REDEMPTION]).keys
    layers = ("staging", "rejected", "current")
    named = {f"{layer}/loyalty_redemption" for layer in layers} | {"current/custom_fields"}
    assert {key.to_user_string() for key in keys} == named
    assert "values_are_in_their_lists" in {check.name for check in checks_of("staging", LOYALTY_REDEMPTION)}


def test_a_name_given_in_passing_by_a_sixteenth_entity_goes_last() -> None:
    assert [LOYALTY_REDEMPTION.object_type in tier for tier in source_tiers(SIXTEEN)] == [False, False, False, True]


@pytest.mark.thorough
def test_the_whole_suite_passes_in_a_copy_in_which_the_documented_steps_were_followed(tmp_path: Path) -> None:
    copy = copy_with_the_entity(tmp_path / "checkout")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--basetemp", str(tmp_path / "suite")],
        cwd=copy,
        env={name: value for name, value in os.environ.items() if "XDIST" not in name} | {"PYTHONPATH": str(copy)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-5_000:]


def copy_with_the_entity(checkout: Path) -> Path:
    """The checkout after the five steps of docs/extend.md."""
    for name in OF_THE_CHECKOUT:
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, checkout / name)
    add_the_entity(checkout)
    # What `make docs` runs for the layers.
    catalog = [sys.executable, "-m", "cdp_pipeline.pipeline.documents"]
    subprocess.run(catalog, cwd=checkout, env={**os.environ, "PYTHONPATH": str(checkout)}, check=True)
    return checkout


def add_the_entity(checkout: Path) -> None:
    name, value = LOYALTY_REDEMPTION.name, "LOYALTY_REDEMPTION"
    entities = checkout / "cdp_pipeline" / "entities"
    shutil.copy(Path(__file__).with_name(f"{name}.py"), entities)
    edit(entities / "registry.py", r"(?=\nENTITIES)", f"from cdp_pipeline.entities.{name} import {value}\n")
    edit(entities / "registry.py", r"(?=\)\n\nBY_OBJECT_TYPE)", f"    {value},\n")
    for field in fields(USUAL):
        if (drawn := getattr(LOYALTY_REDEMPTION.thresholds, field.name)) != getattr(USUAL, field.name):
            row = rf"(?<=\n)(\| `{field.name}` \| .*)(?= \|\n)"
            edit(checkout / "docs" / "checks.md", row, rf"\1, `{LOYALTY_REDEMPTION.object_type}` {drawn}")
    drop(checkout / "data" / "raw", LOYALTY_REDEMPTION, REDEMPTION)
    edit(checkout / "cdp_pipeline_tests" / "test_inventory.py", r"(?=\]\nPROFILE_TABLES)", f'    "{name}",\n')


def edit(path: Path, place: str, text: str) -> None:
    found, count = re.subn(place, text, path.read_text(encoding="utf-8"))
    assert count == 1, f"{path} has {count} places that look like {place}; the documented step goes elsewhere"
    path.write_text(found, encoding="utf-8")
