import json
from collections.abc import Callable
from typing import Any

import pytest

from cdp_pipeline.entities.customer_identity_photo import CUSTOMER_IDENTITY_PHOTO
from cdp_pipeline.entities.moego_lead import MOEGO_LEAD
from cdp_pipeline.ingest.batch import Batch

pytestmark = pytest.mark.usefixtures("both_ways_of_reading_json")

Read = Callable[..., Batch]


def envelope(entries: object, **others: object) -> str:
    return json.dumps({"objectType": "customer-identity", "source": "CRM", "entries": entries} | others)


def customers(count: int) -> list[dict[str, str]]:
    return [{"customerId": f"C{number}"} for number in range(1, count + 1)]


def messages(batch: Batch) -> list[str]:
    return batch.rejected["message"].unique(maintain_order=True).to_list()


def test_entries_carry_what_their_envelope_says(read: Read, sent: Callable[[Batch], list[dict[str, Any]]]) -> None:
    lines = [envelope(customers(2), ignoredUpdateCfs=["customField01"]), '{"customerId":"C9"}', envelope(customers(1))]
    told = {"envelope_source": "CRM", "ignored_update_cfs": ["customField01"]}
    batch = read("crm.ndjson", "\n".join(lines))
    assert sent(batch) == [
        {"source_row": 1, "customer_id": "C1"} | told,
        {"source_row": 1, "customer_id": "C2"} | told,
        {"source_row": 2, "customer_id": "C9"},
        {"source_row": 3, "customer_id": "C1", "envelope_source": "CRM"},
    ]
    assert batch.rows["entry_number"].to_list() == [1, 2, 1, 1]
    assert batch.rows["raw"][0] == '{"customerId":"C1"}'


def test_numbers_within_an_envelope_keep_their_digits(read: Read) -> None:
    text = envelope(["@"]).replace('"@"', '{"customerId":1.50,"gaCid":85154916362.265125484}')
    batch = read("crm.ndjson", text)
    assert batch.rows["customer_id"].to_list() == ["1.50"]
    assert batch.rows["extra"].to_list() == ['{"gaCid":85154916362.265125484}']


@pytest.mark.parametrize("digits", ["1", "1.50"])
def test_what_is_no_entry_within_an_envelope_is_unreadable_by_itself(read: Read, digits: str) -> None:
    twice = '{"customerId":"C4","customerId":"C5"}'
    text = envelope([{"customerId": "C1"}, None, 7, "@", [1]]).replace('"@"', twice).replace("7", digits)
    batch = read("crm.ndjson", text)
    assert batch.rows["entry_number"].to_list() == [1]
    assert batch.rejected.select("entry_number", "rules").rows() == [(n, ["unreadable"]) for n in (2, 3, 4, 5)]
    assert batch.rejected["raw"].to_list() == ["null", digits, twice, "[1]"]


@pytest.mark.parametrize("object_type", ["sms-interaction", "order", "customer_identity", None, 5])
def test_an_envelope_of_another_type_is_refused_entry_by_entry(read: Read, object_type: object) -> None:
    batch = read("crm.ndjson", envelope(customers(3), objectType=object_type))
    assert batch.rows.height == 0
    assert batch.rejected.select("source_row", "entry_number", "rules", "raw").rows() == [
        (1, number, ["envelope"], f'{{"customerId":"C{number}"}}') for number in (1, 2, 3)
    ]
    assert "expected customer-identity" in messages(batch)[0]


@pytest.mark.parametrize("entries", [None, {"customerId": "C1"}, "C1", 3])
def test_an_envelope_without_a_list_of_entries_is_one_refused_row(read: Read, entries: object) -> None:
    batch = read("crm.ndjson", envelope(entries))
    assert batch.rejected.select("source_row", "entry_number", "rules").rows() == [(1, 1, ["envelope"])]
    assert "no list of entries" in messages(batch)[0]


def test_an_envelope_that_names_no_entries_at_all_is_refused(read: Read) -> None:
    batch = read("crm.json", '{"objectType":"customer-identity","source":"CRM"}')
    assert batch.rejected["rules"].to_list() == [["envelope"]]


@pytest.mark.parametrize(
    ("count", "rows", "refused", "found"), [(50, 50, 0, 0), (51, 51, 0, 1), (100, 100, 0, 1), (101, 0, 101, 0)]
)
def test_a_large_envelope_is_counted_and_a_larger_one_refused(
    read: Read, count: int, rows: int, refused: int, found: int
) -> None:
    batch = read("crm.ndjson", envelope(customers(count)))
    assert (batch.rows.height, batch.rejected.height) == (rows, refused)
    assert batch.findings["envelope:more_than_50_entries"] == found


@pytest.mark.parametrize("source", [None, "", "  "])
def test_the_source_is_needed_unless_every_entry_names_its_system(read: Read, source: object) -> None:
    named = [{"customerId": "C1", "systemName": "POS"}]
    lines = [envelope(named, source=source), envelope([*named, {"customerId": "C2"}], source=source)]
    batch = read("crm.ndjson", "\n".join(lines))
    assert batch.rows.select("source_row", "envelope_source").rows() == [(1, None)]
    assert batch.rejected.select("source_row", "rules").rows() == [(2, ["envelope"])] * 2


@pytest.mark.parametrize(
    "others",
    [
        {"source": ["CRM"]},
        {"ignoredUpdateCfs": "customField01"},
        {"ignoredUpdateCfs": {}},
        {"source": {}},
        {"ignoredUpdateCfs": True},
    ],
)
def test_a_source_or_list_of_the_wrong_form_refuses_the_envelope(read: Read, others: dict[str, object]) -> None:
    batch = read("crm.ndjson", envelope(customers(2), **others))
    assert batch.rejected["rules"].to_list() == [["envelope"]] * 2


def test_a_list_of_protected_fields_on_an_entity_without_them_is_counted_once_and_ignored(read: Read) -> None:
    text = envelope(customers(2), objectType="customer-identity-photo", ignoredUpdateCfs=["customField01"])
    batch = read("photos.ndjson", text, CUSTOMER_IDENTITY_PHOTO)
    assert batch.rows["ignored_update_cfs"].to_list() == [None, None]
    assert batch.findings == {"ignored_update_cfs:unsupported": 1}


def test_what_is_odd_about_an_envelope_is_counted(read: Read) -> None:
    lines = [
        envelope(customers(1), ignoredUpdateCfs=["phone"], batch=3, jeEventKey="k"),
        envelope([], ignoredUpdateCfs=[]),
    ]
    findings = read("crm.ndjson", "\n".join(lines)).findings
    assert findings == {
        "ignored_update_cfs:regular_field": 1,
        "drift:envelope.batch": 1,
        "envelope:no_entries": 1,
    }


def test_a_damaged_envelope_is_one_unreadable_line(read: Read) -> None:
    lines = [envelope(customers(3))[:-3], envelope(customers(1)).replace('"C1"', "NaN"), '{"entries":[],"entries":[]}']
    assert read("crm.ndjson", "\n".join(lines)).rejected["rules"].to_list() == [["unreadable"]] * 3


def test_a_page_of_leads_is_opened(read: Read) -> None:
    page = '{"leads":[{"id":"ldg1","phone":"+1"},null,{"id":"ldg2"}],"nextPageToken":"2"}'
    batch = read("page.json", page, MOEGO_LEAD)
    assert batch.rows.select("source_row", "id").rows() == [(1, "ldg1"), (3, "ldg2")]
    assert batch.rejected.select("source_row", "rules").rows() == [(2, ["unreadable"])]


@pytest.mark.parametrize("page", ['{"leads":[],"nextPageToken":""}', '{"nextPageToken":""}', '{"leads":null}'])
def test_the_last_page_may_be_empty(read: Read, page: str) -> None:
    batch = read("page.json", page, MOEGO_LEAD)
    assert batch.read == 0
    assert batch.findings["empty_file"] == 1


def test_a_page_with_something_else_for_leads_is_refused(read: Read) -> None:
    batch = read("page.json", '{"leads":{"id":"ldg1"}}', MOEGO_LEAD)
    assert batch.rejected["rules"].to_list() == [["envelope"]]


def test_leads_may_come_in_an_envelope_without_a_source(read: Read) -> None:
    text = '{"objectType":"moego-lead","entries":[{"id":"ldg1"}]}'
    assert read("leads.ndjson", text, MOEGO_LEAD).rows["id"].to_list() == ["ldg1"]


def test_a_key_called_leads_means_nothing_elsewhere(read: Read) -> None:
    assert read("crm.ndjson", '{"leads":[1]}').rows["extra"].to_list() == ['{"leads":[1]}']


def pages_of(batch: Batch) -> dict[tuple[tuple[str | None, ...], bool], int]:
    return {(tuple(sorted(page.companies, key=str)), page.is_last): count for page, count in batch.pages.items()}


@pytest.mark.parametrize(
    ("page", "told"),
    [
        ('{"leads":[{"id":"l1","companyId":" cop1 "}],"nextPageToken":"2"}', (("cop1",), False)),
        ('{"leads":[{"id":"l1","companyId":"cop1"},{"id":"l2"}],"nextPageToken":""}', (("None", "cop1"), True)),
        ('{"leads":[{"id":"l1","companyId":"cop1"}],"nextPageToken":null}', (("cop1",), True)),
        ('{"leads":[null],"nextPageToken":" "}', ((), True)),
        ('{"leads":[]}', ((), True)),
        ('{"nextPageToken":"7"}', ((), False)),
        ('{"leads":[{"id":"l1","companyId":"cop1","n":12345678901234567890123}]}', (("cop1",), True)),
    ],
)
def test_a_page_of_leads_tells_whose_leads_it_lists_and_whether_another_follows(
    read: Read, page: str, told: tuple
) -> None:
    batch = read("moego.json", page, MOEGO_LEAD)
    assert [(tuple(map(str, companies)), last) for companies, last in pages_of(batch)] == [told]


def test_the_pages_of_all_lines_are_told_and_nothing_else_is_a_page(read: Read) -> None:
    lead = '{"id":"l1","companyId":"cop1","phone":"0912345678"}'
    lines = f'{{"leads":[{lead}],"nextPageToken":"2"}}\n{lead}\n{{"leads":[],"nextPageToken":""}}\n'
    assert pages_of(read("moego.ndjson", lines, MOEGO_LEAD)) == {(("cop1",), False): 1, ((), True): 1}
    assert pages_of(read("moego.json", f"[{lead}]", MOEGO_LEAD)) == {}
