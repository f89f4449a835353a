"""A pseudonymised export: what leaves, what does not, and which exports can be joined."""

import hmac
import json
import stat
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from cdp_pipeline.entities.table import TableColumn
from cdp_pipeline.pipeline import PUBLISHED_TABLES, PUBLISHED_VIEWS
from cdp_pipeline.privacy.keys import read_key
from cdp_pipeline.privacy.private_files import PrivacyError
from cdp_pipeline.privacy.pseudonymise import Export, Exported, exported_tables, pseudonymise, purpose_key
from cdp_pipeline.privacy.requests import RequestLog, new_request
from cdp_pipeline.profiles.golden import PROFILES
from cdp_pipeline.serving import Copies, database_name

KEY = b"k" * 32
VIEWS = {view.name.removeprefix("profiles_for_"): view for view in PUBLISHED_VIEWS}
EXPORT = Export("churn", VIEWS["analytics"], today=date(2026, 11, 30))
HOME = {"city": "Hà Nội", "district": "Ba Đình", "ward": "Điện Biên", "address": "12 Phan Đình Phùng"}
LAN = {"customerId": "KH-90010", "fullName": "Vũ Thị Lan", "phone": "0912345610", "gender": "female", **HOME}
FAR = {"city": "Huế", "district": "Phú Hội", "ward": "Phú Nhuận", "address": "1 Lê Lợi"}
WRONG = {"customerGroup": "call 0987 654 321", "language": "binh@example.com"}
BINH = {"customerId": "KH-90020", "fullName": "Trần Quốc Bình", "phone": "0987654321", "gender": "male", **FAR, **WRONG}
FILES: dict[str, list[dict[str, Any]]] = {
    "customer-identity": [
        *({**LAN, "customerId": f"KH-9000{n}", "phone": f"091234560{n}", "fullName": f"Vũ Thị {name}", "dob2": born}
          for n, (name, born) in enumerate([("Hoa", "1985-01-02"), ("Mai", "1986-03-04"), ("Thu", "1987-05-06"),
                                            ("Yến", "1988-07-08"), ("Chi", "1989-09-10")])),
        BINH | {"dob2": "1931-02-03", "email": "binh@example.com"},
    ],
    "customer-relationship": [
        {"customerId": "KH-90000", "relationshipId": "QH-77", "relationship": "father", "fullName": "Trần Quốc Bình",
         "phone": "0987654321"},
    ],
    "customer-product-activity": [
        {"customerId": "KH-90020", "customerName": "Trần Quốc Bình", "customerPhone": "0987654321",
         "actionId": f"HD-{n}", "action": "Wishlist", "actionAt": 1794700000000, "productSku": f"893456313816{n}",
         "productName": "Tea", "productCategory": category, "productCategoryId": "T"}
        for n, category in enumerate(["Tea", "call 0987 654 321"])
    ],
    "customer-product-review": [
        {"customerId": "KH-90000", "customerName": "Vũ Thị Hoa", "customerPhone": "0912345600", "reviewId": "DG-501",
         "productSku": "8934563138165", "productName": "Tea", "productCategoryId": "T", "content": "Rất ngon",
         "rating": 5, "reviewedAt": 1794700000000},
    ],
}  # fmt: skip


def deliver(raw: Path) -> None:
    for kind, entries in FILES.items():
        folder = raw / kind / "2026-11-16"
        folder.mkdir(parents=True)
        lines = [json.dumps({"systemName": "CRM", "internalCompanyId": "ORG1", **entry}) for entry in entries]
        (folder / "part.ndjson").write_text("\n".join(lines), encoding="utf-8")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, run_steps: Callable[[Path], Any]) -> Any:
    """Five women of one age and town, the first with a review and her father Bình, who lives elsewhere."""
    raw = tmp_path_factory.mktemp("raw")
    deliver(raw)
    return run_steps(raw)


def exported(world: Any, target: Path, export: Export = EXPORT, key: bytes = KEY) -> Exported:
    settings = world.settings
    copies = Copies(settings.copies_dir, database_name(settings.database_url)).current(PUBLISHED_TABLES)
    return pseudonymise(copies, PUBLISHED_TABLES, exported_tables(PUBLISHED_TABLES), target, key, export)


@pytest.fixture(scope="module")
def written(world: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("out") / "churn"
    exported(world, target)
    return target


def read(folder: Path, table: str) -> pl.DataFrame:
    return pl.read_parquet(folder / f"{table}.parquet")


def values_of(folder: Path) -> set[str]:
    """Every text, number and date in any file of an export."""
    found: set[str] = set()
    for file in folder.glob("*.parquet"):
        for column in pl.read_parquet(file, glob=False).iter_columns():
            cells = column.explode() if column.dtype == pl.List else column
            found.update(str(cell) for cell in cells.drop_nulls().unique())
    return found


def test_no_id_and_no_personal_value_leaves(world: Any, written: Path) -> None:
    secret: set[str] = set()
    for table in PUBLISHED_TABLES:
        for row in world.rows(table.name):
            for column in table.columns:
                is_id = column.name.endswith(("person_id", "record_key", "household_id", "source_id"))
                cells = row[column.name] if isinstance(row[column.name], list) else [row[column.name]]
                if is_id or (column.personal and column.name not in ("gender", "city")):
                    secret.update(str(cell) for cell in cells if isinstance(cell, str | date))
    assert len(secret) > 50
    left = values_of(written)
    assert secret & left == set()
    everything = b"".join(file.read_bytes() for file in written.iterdir()).decode("utf-8", "replace")
    for word in ("Hoa", "Bình", "KH-90000", "QH-77", "DG-501", "Rất ngon", "binh@", "912345600", "Lê Lợi", "1985-01"):
        assert word not in everything
        assert not [value for value in left if word in value]


def test_exports_of_one_purpose_can_be_joined_and_those_of_two_cannot(
    world: Any, written: Path, tmp_path: Path
) -> None:
    exported(world, tmp_path / "again")
    exported(world, tmp_path / "other", replace(EXPORT, purpose="recall"))
    exported(world, tmp_path / "foreign", key=b"l" * 32)
    people = {name: set(read(tmp_path / name, "profiles")["person_id"]) for name in ("again", "other", "foreign")}
    assert set(read(written, "profiles")["person_id"]) == people["again"]
    assert people["again"].isdisjoint(people["other"])
    assert people["again"].isdisjoint(people["foreign"])
    assert set(read(written, "profile_records")["person_id"]) == people["again"]


def test_a_pseudonym_is_the_keyed_hash_of_the_id_and_leads_to_it_for_whoever_has_the_key(
    world: Any, written: Path
) -> None:
    key = purpose_key(KEY, "churn")
    ids = {row["person_id"] for row in world.rows("profiles")}
    assert {hmac.digest(key, i.encode(), "sha256").hex()[:32] for i in ids} == set(
        read(written, "profiles")["person_id"]
    )


def test_births_are_bands_with_one_for_all_old_people_and_times_are_months(written: Path, world: Any) -> None:
    bands = read(written, "profiles").select("birth_date", "birth_year").unique().sort("birth_year")
    assert bands.rows() == [("1985-1989", "1985-1989"), ("before 1935", "before 1935")]
    (day,) = {row["occurred_at"].date() for row in world.rows("profile_activities")}
    assert read(written, "profile_activities")["occurred_at"].unique().to_list() == [day.replace(day=1)]


def test_times_can_be_days(world: Any, tmp_path: Path) -> None:
    exported(world, tmp_path / "days", replace(EXPORT, period="day"))
    (day,) = {row["occurred_at"].date() for row in world.rows("profile_activities")}
    assert read(tmp_path / "days", "profile_activities")["occurred_at"].unique().to_list() == [day]


def test_amounts_and_closed_lists_stay_as_they_are(written: Path) -> None:
    activities = read(written, "profile_activities").drop_nulls("rating")
    (review,) = activities.select("rating", "product_sku", "activity_type").rows()
    assert review == (5, "8934563138165", "review")


def test_a_contact_in_a_text_that_stays_is_left_empty(written: Path, world: Any) -> None:
    assert WRONG["customerGroup"] in {row["customer_group"] for row in world.rows("profiles")}
    assert read(written, "profiles").select("customer_group", "language").unique().rows() == [(None, None)]
    wishes = read(written, "profiles").drop_nulls("wishlisted_categories")
    assert wishes.select("wishlisted_products", "wishlisted_categories").rows() == [
        (["8934563138160", "8934563138161"], ["Tea"])
    ]


def test_a_place_that_few_people_share_is_left_empty_and_small_groups_are_counted(world: Any, tmp_path: Path) -> None:
    found = exported(world, tmp_path / "out")
    profiles = read(tmp_path / "out", "profiles").select("birth_year", "gender", "city")
    assert sorted(profiles.unique().rows()) == [("1985-1989", "female", "Hà Nội"), ("before 1935", None, None)]
    assert found.groups is not None
    assert (found.groups.count, found.groups.smallest, found.groups.people_in_small) == (2, 1, 1)


def test_with_a_smallest_group_nothing_describes_people_in_smaller_ones(world: Any, tmp_path: Path) -> None:
    exported(world, tmp_path / "out", replace(EXPORT, smallest_group=5))
    profiles = read(tmp_path / "out", "profiles")
    assert profiles.group_by("birth_date", "birth_year", "gender", "city").len().sort("len").rows() == [
        (None, None, None, None, 1),
        ("1985-1989", "1985-1989", "female", "Hà Nội", 5),
    ]


def test_rows_are_in_the_order_of_their_pseudonyms(written: Path) -> None:
    for name in ("profiles", "profile_records", "profile_contacts"):
        rows = read(written, name)
        assert rows[rows.columns[0]].is_sorted()
        assert rows.height > 1


def test_folder_and_files_are_the_owners_and_a_folder_with_content_is_refused(written: Path, world: Any) -> None:
    assert stat.S_IMODE(written.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in written.iterdir()} == {0o600}
    with pytest.raises(PrivacyError, match="is not empty; expected a new folder"):
        exported(world, written)


def test_after_an_error_nothing_is_left(world: Any, tmp_path: Path) -> None:
    settings = world.settings
    copies = Copies(settings.copies_dir, database_name(settings.database_url)).current(PUBLISHED_TABLES)
    households = next(table for table in PUBLISHED_TABLES if table.name == "households")
    grown = replace(households, columns=(*households.columns, TableColumn("store_name", pl.String(), "Not there.")))
    with pytest.raises(duckdb.BinderException, match="store_name"):
        pseudonymise(copies, PUBLISHED_TABLES, (PROFILES, grown), tmp_path / "out", KEY, EXPORT)
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_export_left_is_removed_and_no_folder_of_somebody(world: Any, tmp_path: Path) -> None:
    (tmp_path / ".out.4711.part").mkdir()
    (tmp_path / ".out.mine.part").mkdir()
    exported(world, tmp_path / "out")
    assert {path.name for path in tmp_path.iterdir()} == {".out.mine.part", "out"}


def test_who_objects_is_left_out_with_all_that_names_them(
    tmp_path_factory: pytest.TempPathFactory, run_steps: Callable[[Path], Any], tmp_path: Path
) -> None:
    raw = tmp_path_factory.mktemp("raw")
    deliver(raw)
    world = run_steps(raw)
    (binh,) = (row["person_id"] for row in world.rows("profiles") if row["display_name"] == "Trần Quốc Bình")
    exported(world, tmp_path / "before")
    (related,) = read(tmp_path / "before", "profile_relationships")["related_person_id"]
    assert related == hmac.digest(purpose_key(KEY, "churn"), binh.encode(), "sha256").hex()[:32]
    settings = world.settings
    read_key(settings.privacy_key_file, settings.privacy_dir)
    request = new_request("object", binh, date(2026, 11, 17), purposes=("analytics",))
    for event in ("received", "confirmed"):
        RequestLog(settings.privacy_dir).append(request.event(event))
    world.run()
    found = exported(world, tmp_path / "after")
    assert (found.people, found.people_left_out) == (5, 1)
    assert related not in values_of(tmp_path / "after")
    assert read(tmp_path / "after", "profile_relationships")["related_person_id"].to_list() == [None]
    assert exported(world, tmp_path / "profiling", replace(EXPORT, allowed=VIEWS["profiling"])).people == 6
