"""Each value of a profile names its record, whether other records say something else or not."""

from datetime import UTC, datetime
from typing import Any

from cdp_pipeline.commands.origins import origins
from cdp_pipeline.pipeline.snapshot import PUBLISHED_TABLES

COLUMNS = {table.name: table.schema.names() for table in PUBLISHED_TABLES}


def row(table: str, **values: Any) -> dict[str, Any]:
    assert set(values) <= set(COLUMNS[table])
    return dict.fromkeys(COLUMNS[table]) | values


def at(day: int) -> datetime:
    return datetime(2026, 1, day, 12, tzinfo=UTC)


LAN = row("profiles", person_id="P1", display_name="Trần Thị Lan", gender="female")


def lines(profile: dict[str, Any], **tables: list[dict[str, Any]]) -> list[str]:
    return list(origins({"profiles": [profile], **tables}, unmask=True))


def test_each_value_names_the_record_it_comes_from() -> None:
    record = row("profile_records", record_key="r1", object_type="customer-identity", source_id="C1", system_name="CRM")
    common = {"attribute": "name", "strategy": "source_priority", "record_count": 1}
    won = row(
        "profile_values", value_hash="a", value='{"display_name":"Trần Thị Lan"}', is_winner=True, record_key="r1",
        **common,
    )  # fmt: skip
    lost = row("profile_values", value_hash="b", value='{"display_name":"Lan"}', is_winner=False, **common)
    assert lines(LAN, profile_records=[record], profile_values=[lost, won])[0] == (
        "name: Trần Thị Lan (from customer-identity C1 of CRM; source priority; in 1 record; 1 other value lost)"
    )


def test_a_value_that_no_record_contests_names_its_record_and_when_that_was_last_seen() -> None:
    lead = row(
        "profile_records", record_key="r2", object_type="moego-lead", source_id="L7", system_name=None,
        last_seen_at=at(9),
    )  # fmt: skip
    phone = row(
        "profile_contacts", kind="phone", value="+84912345678", record_count=1, is_primary=True, record_key="r2"
    )
    home = row("profile_addresses", record_key="r2", city="Huế", is_primary=True)
    of_lead = {**LAN, "gender_record_key": "r2", "primary_phone": "+84912345678", "city": "Huế"}
    where = "from moego-lead L7 of no named system; last seen 2026-01-09; no record differs"
    assert lines(of_lead, profile_records=[lead], profile_contacts=[phone], profile_addresses=[home]) == [
        f"gender: female ({where})",
        f"primary phone: +84912345678 ({where})",
        f"address: Huế ({where})",
    ]


def test_a_corrected_value_names_its_request_and_what_is_not_shown_any_more() -> None:
    common = {"attribute": "gender", "strategy": "correction", "record_count": 1}
    lost = [row("profile_values", value_hash=value, value=value, is_winner=False, **common) for value in ("a", "b")]
    correction = row(
        "profile_corrections", column_name="gender", attribute="gender", value="female", request_id="r-1",
        corrected_at=at(9),
    )  # fmt: skip
    corrected = {**LAN, "gender_record_key": "correction:r-1"}
    assert lines(corrected, profile_values=lost, profile_corrections=[correction]) == [
        "gender: female (corrected by request r-1 on 2026-01-09; 2 sent values lost)"
    ]
    none = {**corrected, "gender": None}
    assert lines(none, profile_corrections=[correction | {"value": None}]) == [
        "gender: none (corrected by request r-1 on 2026-01-09)"
    ]


def test_a_value_whose_record_is_not_known_has_no_line() -> None:
    assert lines(LAN) == []


def test_a_value_is_masked_as_it_is_in_the_profile_and_an_address_reads_as_everywhere() -> None:
    address = '{"address_type":"Live","country":"Việt Nam","city":"Huế","address":"1 Lê Lợi"}'
    source = '{"source_channel":"Online","source_name":"Facebook"}'
    birth = '{"birth_date":"1990-03-12","birth_year":1990}'
    values = [
        row(
            "profile_values", attribute=name, value=value, value_hash=name, is_winner=True, strategy="oldest",
            record_count=1,
        )
        for name, value in (("address", address), ("source", source), ("birth", birth))
    ]  # fmt: skip
    told = {
        unmask: [line.partition(" (")[0] for line in origins({"profiles": [LAN], "profile_values": values}, unmask)]
        for unmask in (True, False)
    }
    assert told[True] == ["birth: 1990-03-12", "source: Online, Facebook", "address: 1 Lê Lợi, Huế, Việt Nam"]
    assert told[False] == ["birth: 1***", "source: Online, Facebook", "address: 1*** L*** L***, H***, V*** N***"]
