"""Which rows are a person's: all that is declared, nothing of others, also of columns that are declared later."""

import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from cdp_pipeline.entities.customer_relationship import CUSTOMER_RELATIONSHIP
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.entities.table import Table, TableColumn
from cdp_pipeline.pipeline import PUBLISHED_TABLES
from cdp_pipeline.privacy import PersonRows, Request, find_person_rows
from cdp_pipeline.privacy.export import archive
from cdp_pipeline.privacy.person_rows import own_columns
from cdp_pipeline.serving import publish, reading
from cdp_pipeline.store import Lake

AN, BINH = "p-an", "p-binh"
AT = datetime(2026, 11, 2, tzinfo=UTC)


def rows(table: str, *known: dict[str, Any], tables: tuple[Table, ...] = PUBLISHED_TABLES) -> pl.LazyFrame:
    """Rows of a published table; the other columns are filled as plainly as they allow."""
    (declared,) = (t for t in tables if t.name == table)
    plain = {pl.String: "x", pl.Boolean: False, pl.Int64: 1, pl.Float64: 0.0, pl.List: [], pl.Datetime: AT}
    usual = {c.name: None if c.nullable else plain.get(type(c.dtype)) for c in declared.columns}
    return pl.LazyFrame([usual | one for one in known], schema=declared.schema, orient="row")


def record(key: str, person: str, object_type: str = "customer-identity", **others: Any) -> dict[str, Any]:
    return {"record_key": key, "person_id": person, "object_type": object_type, **others}


PUBLISHED = {
    "households": [{"household_id": "h1", "address": "12 Lê Lợi"}],
    "profiles": [{"person_id": AN, "display_name": "Nguyễn Thị An"}, {"person_id": BINH, "display_name": "Trần Bình"}],
    "profile_records": [
        record("k-an", AN, source_id="C-100201"),
        record("k-an-2", AN),
        record("k-kin", AN, "customer-relationship", source_id="R1"),
        record("k-binh", BINH, source_id="C-100202"),
    ],
    "profile_contacts": [
        {"person_id": AN, "kind": "phone", "value": "+84912345678", "is_shared": False},
        {"person_id": AN, "kind": "phone", "value": "+842838226415", "is_shared": True},
        {"person_id": BINH, "kind": "phone", "value": "+842838226415", "is_shared": True},
    ],
    "profile_relationships": [
        record("k-kin", AN, relationship="husband", display_name="Trần Bình", phone="0987654321", gender="male",
               customer_phone="0912345678", related_person_id=BINH, related_by="phone")
    ],
    "household_members": [{"household_id": "h1", "person_id": AN}, {"household_id": "h1", "person_id": BINH}],
    "household_evidence": [
        {"household_id": "h1", "evidence_key": "e1", "value": "+842838226415", "person_ids": [AN, BINH]},
        {"household_id": "h1", "evidence_key": "e2", "value": "Bình's flat", "person_ids": [BINH, "p-chi"]},
    ],
    "household_relations": [{"person_id_a": AN, "person_id_b": BINH, "kind": "phone", "value": "+842838226415"}],
    "links": [
        {"record_key_a": "k-an", "record_key_b": "k-an-2", "rule": "phone"},
        {"record_key_a": "k-an", "record_key_b": "k-binh", "rule": "alike"},
    ],
    "person_id_history": [
        {"old_person_id": "p-old", "person_id": AN, "change": "merged"},
        {"old_person_id": AN, "person_id": BINH, "change": "split"},
    ],
    "profile_values": [{"person_id": AN, "attribute": "name", "value_hash": "1", "record_keys": ["k-an", "k-gone"]}],
}  # fmt: skip


@pytest.fixture
def find(tmp_path: Path, sqlite_url: str) -> Callable[..., PersonRows]:
    """Publishes rows of tables and finds those of An."""

    def publish_and_find(
        published: dict[str, list[dict[str, Any]]] = PUBLISHED, tables: tuple[Table, ...] = PUBLISHED_TABLES
    ) -> PersonRows:
        frames = {name: rows(name, *given, tables=tables) for name, given in published.items()}
        publish(sqlite_url, frames, tables)
        with reading(sqlite_url) as connection:
            return find_person_rows(connection, tables, Lake(tmp_path / "lake"), ENTITIES, AN)

    return publish_and_find


def test_every_table_that_is_keyed_to_people_is_found_with_the_rows_of_the_person_alone(find) -> None:
    found = find().tables
    assert set(found) == set(PUBLISHED)
    assert [row["record_key"] for row in found["profile_records"]] == ["k-an", "k-an-2", "k-kin"]
    assert [row["value"] for row in found["profile_contacts"]] == ["+842838226415", "+84912345678"]


def test_no_other_person_is_named_by_id_name_or_contact(find) -> None:
    text = json.dumps(find().tables, default=str, ensure_ascii=False)
    for value in (BINH, "p-chi", "k-binh", "k-gone", "Trần Bình", "0987654321", "Bình's flat", "12 Lê Lợi", "C-100202"):
        assert value not in text, value


def test_a_relationship_is_kept_without_what_describes_the_relative_or_whether_they_are_known(find) -> None:
    (kin,) = find().tables["profile_relationships"]
    assert (kin["relationship"], kin["customer_phone"]) == ("husband", "0912345678")
    assert {"display_name", "phone", "gender", "related_person_id", "related_by"} & set(kin) == set()


def test_shared_evidence_names_the_person_alone_and_evidence_of_others_is_left_out(find) -> None:
    found = find().tables
    (evidence,) = found["household_evidence"]
    assert (evidence["evidence_key"], evidence["person_ids"]) == ("e1", [AN])
    (relation,) = found["household_relations"]
    assert (relation["person_id_a"], relation["person_id_b"]) == (AN, None)
    (link,) = found["links"]
    assert link["record_key_b"] == "k-an-2"


def test_a_new_column_of_a_published_table_appears_without_a_change_here(find) -> None:
    tier = TableColumn("loyalty_tier", pl.String(), "The tier that loyalty has reached.")
    tables = tuple(replace(t, columns=(*t.columns, tier)) if t.name == "profiles" else t for t in PUBLISHED_TABLES)
    found = find({"profiles": [{"person_id": AN, "loyalty_tier": "gold"}]}, tables)
    assert found.tables["profiles"][0]["loyalty_tier"] == "gold"
    content, page = unpacked(archive(REQUEST, found, tables, ENTITIES, AT))
    assert content["tables"]["profiles"]["columns"]["loyalty_tier"] == "The tier that loyalty has reached."
    assert "<th>loyalty tier</th><td>gold</td>" in page


def test_a_new_table_that_is_keyed_to_people_appears_without_a_change_here(find) -> None:
    columns = (
        TableColumn("person_id", pl.String(), "The person.", nullable=False),
        TableColumn("segment", pl.String(), "The segment.", nullable=False),
    )
    segments = Table("person_segments", "One row per segment of a person.", columns, ("person_id", "segment"))
    memberships = [{"person_id": AN, "segment": "vip"}, {"person_id": BINH, "segment": "new"}]
    found = find({"profiles": PUBLISHED["profiles"], "person_segments": memberships}, (*PUBLISHED_TABLES, segments))
    assert found.tables["person_segments"] == [{"person_id": AN, "segment": "vip"}]


def test_current_records_come_with_all_columns_also_those_declared_later(find, tmp_path: Path) -> None:
    identity = next(entity for entity in ENTITIES if entity.is_customer)
    frame = pl.DataFrame({"record_key": ["k-an", "k-binh"], "identity_no": ["079", "080"], "shoe_size": [37, 43]})
    Lake(tmp_path / "lake").write(
        "current", identity.name, frame.with_columns(object_type=pl.lit(identity.object_type))
    )
    (found,) = find().records[identity.object_type]
    assert (found["identity_no"], found["shoe_size"]) == ("079", 37)


def test_a_new_personal_column_of_a_record_about_another_person_is_left_out() -> None:
    kept = own_columns(CUSTOMER_RELATIONSHIP)
    assert {"customer_id", "customer_phone", "customer_phone_e164", "relationship", "status"} <= kept
    assert {"full_name", "phone_e164", "email", "dob", "birth_year", "extra", "ids_as_sent"} & kept == set()


REQUEST = Request("r-1", "export", AN, date(2026, 11, 2), (), None, None, "lan", "confirmed", AT)


def unpacked(content: bytes) -> tuple[dict[str, Any], str]:
    with zipfile.ZipFile(BytesIO(content)) as zipped:
        assert zipped.namelist() == ["person.json", "person.html"]
        return json.loads(zipped.read("person.json")), zipped.read("person.html").decode()


def test_what_senders_wrote_stands_in_the_page_as_text_alone() -> None:
    found = PersonRows(AN, {"profiles": [{"person_id": AN, "display_name": "<script>alert(1)</script>\x1b[31m"}]})
    content, page = unpacked(archive(REQUEST, found, PUBLISHED_TABLES, ENTITIES, AT))
    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;\\x1b[31m" in page
    assert content["tables"]["profiles"]["rows"][0]["display_name"].startswith("<script>")


def test_lists_flags_and_times_can_be_read() -> None:
    row = {"person_id": AN, "nick_names": ["An", "Ân"], "can_sms": True, "first_seen_at": AT, "gender": None}
    _, page = unpacked(archive(REQUEST, PersonRows(AN, {"profiles": [row]}), PUBLISHED_TABLES, ENTITIES, AT))
    assert "<td>An, Ân</td>" in page
    assert "<th>can sms</th><td>yes</td>" in page
    assert "<td>2026-11-02 00:00</td>" in page
    assert "<th>gender</th>" not in page
