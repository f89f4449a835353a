import csv
import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.moego_lead import MOEGO_LEAD
from cdp_pipeline.ingest.batch import Batch
from cdp_pipeline.ingest.csv_files import read_delimited
from cdp_pipeline.values.duckdb_query import Engine

Read = Callable[..., Batch]
Sent = Callable[[Batch], list[dict[str, Any]]]
Refused = Callable[[Batch], list[tuple[int, str]]]


@pytest.mark.parametrize(
    "header", ["customerId,fullName,yob", "Customer ID,FULL_NAME,Yob", '"customer-id","full name", yob ']
)
def test_headers_match_in_any_spelling(read: Read, sent: Sent, header: str) -> None:
    assert sent(read("crm.csv", f"{header}\nC1,Nguyễn Thị Hà,1988\n")) == [
        {"source_row": 2, "customer_id": "C1", "full_name": "Nguyễn Thị Hà", "yob": "1988"}
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("ending", ["csv", "tsv"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_the_header_tells_the_delimiter(read: Read, delimiter: str, ending: str, encoding: str) -> None:
    text = f"customerId{delimiter}address{delimiter}yob\nC1{delimiter}1, 2; 3{delimiter}1988\n"
    quoted = text.replace("1, 2; 3", '"1, 2; 3"')
    assert read(f"crm.{ending}", quoted.encode(encoding)).rows["address"].to_list() == ["1, 2; 3"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("ending", ["csv", "tsv"])
def test_a_header_in_quotes_tells_the_delimiter_too(read: Read, delimiter: str, ending: str) -> None:
    text = f'"phone"{delimiter}"yob"\n"0912"{delimiter}"1988"\n'
    assert read(f"crm.{ending}", text).rows.select("phone", "yob").rows() == [("0912", "1988")]


def test_a_spreadsheets_hint_names_the_delimiter(read: Read, sent: Sent) -> None:
    assert sent(read("crm.csv", "sep=|\r\ncustomerId|yob\r\nC1|1988\r\n")) == [
        {"source_row": 3, "customer_id": "C1", "yob": "1988"}
    ]


def test_rows_are_numbered_by_the_line_on_which_they_start(read: Read) -> None:
    text = '\ncustomerId,address\nC1,"278 Hoa Binh\nTan Phu"\n\nC2,x\n"C3","a\n\nb"\nC4,y\n'
    batch = read("crm.csv", text)
    assert batch.rows.select("source_row", "customer_id").rows() == [(3, "C1"), (6, "C2"), (7, "C3"), (10, "C4")]
    assert batch.rows["raw"][0] == 'C1,"278 Hoa Binh\nTan Phu"'


def test_rows_with_more_or_fewer_fields_are_unreadable(read: Read, refused: Refused) -> None:
    batch = read("crm.csv", 'customerId,yob\nC1,1988\nC2\nC3,1988,x\n"C4","a\nb",\nC5,1990\n')
    assert batch.rows["customer_id"].to_list() == ["C1", "C5"]
    assert refused(batch) == [(3, "unreadable"), (4, "unreadable"), (5, "unreadable")]
    assert batch.rejected["message"][1] == (
        "The row has 3 fields, the header 2; expected as many. Put fields that hold the delimiter into quotes, or add "
        "what is missing, and deliver the file again."
    )


def test_a_quote_within_a_field_is_kept(read: Read, sent: Sent) -> None:
    assert sent(read("crm.csv", 'customerId,address,city\nC1,5" pipe,"Huế"\n')) == [
        {"source_row": 2, "customer_id": "C1", "address": '5" pipe', "city": "Huế"}
    ]


def test_an_empty_cell_is_null(read: Read) -> None:
    assert read("crm.csv", "customerId,yob,city\nC1,,\n").rows.select("yob", "city").rows() == [(None, None)]


def test_columns_that_are_not_there_are_null_throughout(read: Read, sent: Sent) -> None:
    assert sent(read("crm.csv", "fullName,yob\nHà,1988\n")) == [{"source_row": 2, "full_name": "Hà", "yob": "1988"}]


@pytest.mark.parametrize("text", ["C1,Hà\nC2,An\n", "a|b\n1|2\n", "a,b\n1,2\n"])
def test_without_a_known_name_in_the_header_the_file_is_refused(read: Read, refused: Refused, text: str) -> None:
    batch = read("crm.csv", text)
    assert (batch.rows.height, refused(batch)) == (0, [(1, "unreadable")])
    message = batch.rejected["message"][0]
    assert message.startswith("The header names no fields of customer-identity; nothing of the file was read.")
    assert "Expected a header row with customerId" in message


@pytest.mark.parametrize("rest", ["", "C3,1990,x\n"])
def test_rows_that_a_quote_takes_into_the_header_refuse_the_file(read: Read, refused: Refused, rest: str) -> None:
    batch = read("crm.csv", f'customerId,yob,"fullName\nC1,1988,An\nC2,1989,"\n{rest}')
    assert refused(batch) == [(1, "unreadable")]
    message = batch.rejected["message"][0]
    assert "so that rows seem to stand in it; nothing of the file was read. The header ends at line 3;" in message
    assert "An" not in message


def test_a_name_of_two_lines_is_a_header(read: Read, sent: Sent) -> None:
    assert sent(read("crm.csv", '"customer\nId",yob\nC1,1988\n')) == [
        {"source_row": 3, "customer_id": "C1", "yob": "1988"}
    ]


def test_a_header_under_a_delimiter_that_is_not_tried_says_how_it_can_be(read: Read, refused: Refused) -> None:
    batch = read("crm.csv", "customerId|yob\nC1|1988\n")
    assert refused(batch) == [(1, "unreadable")]
    assert "separated by |; expected a comma, semicolon or tab. Write sep=| on a line" in batch.rejected["message"][0]
    assert read("crm.csv", "sep=|\ncustomerId|yob\nC1|1988\n").rows["yob"].to_list() == ["1988"]


def test_a_header_of_which_less_than_half_is_known_and_a_required_field_is_missing_refuses_the_file(
    read: Read, refused: Refused
) -> None:
    assert refused(read("crm.csv", "Mã,Tên,phone\nC1,Hà,0912345678\nC2,An,\n")) == [(1, "unreadable")]
    assert refused(read("crm.csv", "Tên,phone\nHà,0912345678\n")) == []
    assert refused(read("crm.csv", "customerId,internalCompanyId,systemName,a,b,c,d\nC1,ORG1,CRM,1,2,3,4\n")) == []


def test_the_message_names_the_unknown_headers_and_the_command_that_drafts_a_mapping(read: Read) -> None:
    message = read("crm.csv", "customr_id,fulname,Thành phố\nC1,Hà,Huế\n").rejected["message"][0]
    assert message.endswith(
        'Unknown are "customr_id", "fulname", "Thành phố". Draft a mapping with `cdp check-file FILE --entity '
        "customer-identity`, or rename the headers and deliver the file again."
    )


def test_a_first_row_that_looks_like_data_is_not_quoted(read: Read) -> None:
    for row in ("Hà,0912345678", "Hà,ha@example.com", "Hà,1988-03-04", "Hà,12"):
        message = read("crm.csv", f"{row}\nAn,x\n").rejected["message"][0]
        assert "seems to be data: add a header" in message
        assert "Hà" not in message


@pytest.mark.parametrize("header", ["customerId,yob,yob", "customerId,Customer ID,yob", "customerId,phone,PHONE"])
def test_a_name_that_stands_twice_refuses_the_file(read: Read, refused: Refused, header: str) -> None:
    batch = read("crm.csv", f"{header}\nC1,1,2\nC2,1,2\n")
    assert (batch.rows.height, refused(batch)) == (0, [(1, "unreadable")])
    assert "names a column more than once" in batch.rejected["message"][0]


@pytest.mark.parametrize("text", ['{"customerId":"C1"}\n{"customerId":"C2"}', "[1]", "<html>"])
def test_json_in_a_table_is_one_unreadable_entry(read: Read, refused: Refused, text: str) -> None:
    assert refused(read("crm.csv", text)) == [(1, "unreadable")]


def test_unknown_columns_are_kept_and_counted(read: Read) -> None:
    batch = read("crm.csv", 'customerId,tier,,note\nC1,gold,,"say ""hi""\n\tnow"\nC2, ,x,\nC3,,,\n')
    assert batch.rows["extra"].to_list() == ['{"note":"say \\"hi\\"\\n\\tnow","tier":"gold"}', '{"column 3":"x"}', None]
    assert batch.findings == {"drift:tier": 1, "drift:note": 1, "drift:column 3": 1}


def test_custom_fields_come_as_json_or_as_columns_of_their_own(read: Read) -> None:
    header = "customerId;customFieldTexts;customFieldTexts.customField02;custom_field_numbers.customField01"
    rows = [
        'C1;"{""customField01"":""a""}";b;1.50',
        'C2;{};"say ""x""";',
        "C3;;;",
        "C4;abc;;",
        'C5;"{""a"":1,""a"":2}";;',
    ]
    batch = read("crm.csv", "\n".join([header, *rows]))
    assert batch.rows["custom_fields"].to_list() == [
        '{"customFieldNumbers":{"customField01":"1.50"},"customFieldTexts":{"customField01":"a","customField02":"b"}}',
        '{"customFieldTexts":{"customField02":"say \\"x\\""}}',
        None,
        None,
        None,
    ]
    assert batch.rows["extra"].to_list()[3:] == [
        '{"customFieldTexts":"abc"}',
        '{"customFieldTexts":"{\\"a\\":1,\\"a\\":2}"}',
    ]


def test_numbers_of_custom_fields_keep_their_digits_and_what_is_no_json_stays_unknown(read: Read) -> None:
    cells = ['{"n":1.50}', '{"n":NaN}', '{"n":1,}', "[1]"]
    rows = [f'C{n};"{text.replace(chr(34), chr(34) * 2)}"' for n, text in enumerate(cells)]
    batch = read("crm.csv", "\n".join(["customerId;customFieldNumbers", *rows]))
    assert batch.rows["custom_fields"].to_list() == ['{"customFieldNumbers":{"n":1.50}}', None, None, None]
    assert [json.loads(extra)["customFieldNumbers"] for extra in batch.rows["extra"].drop_nulls()] == cells[1:]


def test_lists_stay_the_text_of_their_cell_and_nothing_is_structured(read: Read, sent: Sent) -> None:
    assert sent(read("crm.csv", 'customerId,nickNames,phone\nC1,Hà; Bé,"[""0912""]"\n')) == [
        {"source_row": 2, "customer_id": "C1", "nick_names": "Hà; Bé", "phone": '["0912"]'}
    ]


def test_nested_fields_are_flat_headers(read: Read, sent: Sent) -> None:
    text = (
        "id,lifeCycle.name,address.street,address.address1,Address_Zip\nldg1,New,1 Main,2 High,70000\nldg2,,3 Low,,\n"
    )
    assert sent(read("leads.csv", text, MOEGO_LEAD)) == [
        {
            "source_row": 2,
            "id": "ldg1",
            "life_cycle_name": "New",
            "address_1": "2 High",
            "address_postal_code": "70000",
            "extra": '{"address.street":"1 Main"}',
        },
        {"source_row": 3, "id": "ldg2", "address_1": "3 Low"},
    ]


def test_a_character_no_database_can_hold_is_replaced(read: Read) -> None:
    assert read("crm.csv", "customerId,city,ward\nC1,a\x00b,Hiep Tan\n" + "C2,x,y\n" * 9).rows["city"][0] == "a\ufffdb"


@pytest.mark.parametrize("row", [",,", ", ,\t", '"","",""', '" ",,', ",,,,,", '"",""'])
def test_a_row_in_which_every_cell_is_empty_is_skipped(read: Read, row: str) -> None:
    batch = read("crm.csv", f"customerId,fullName,phone\nC1,Hà,0912345678\n{row}\nC2,An,0912345679\n{row}\n")
    assert batch.rows.select("source_row", "customer_id").rows() == [(2, "C1"), (4, "C2")]
    assert (batch.rejected.height, batch.findings) == (0, {})


@pytest.mark.parametrize(
    "again", ["customerId,fullName", '"customerId","fullName"', "\ufeffcustomerId,fullName", "customerId,fullName "]
)
def test_a_header_that_stands_again_is_skipped_and_counted(read: Read, again: str) -> None:
    batch = read("crm.csv", f"customerId,fullName\nC1,Hà\n{again}\nC2,An\n")
    assert batch.rows.select("source_row", "customer_id").rows() == [(2, "C1"), (4, "C2")]
    assert (batch.rejected.height, batch.findings) == (0, {"header:repeated": 1})


@pytest.mark.parametrize("batch_rows", [7, 200_000])
def test_blank_lines_before_and_within_a_table_are_no_rows_however_many(read: Read, batch_rows: int) -> None:
    text = "\n" * 3000 + "customerId,fullName\n" + "\n" * 3000 + 'C1,Hà\n\nC2,"An\n\nB"\n' + "\n" * 3000
    batch = read("crm.csv", text, batch_rows=batch_rows)
    assert batch.rows.select("source_row", "full_name").rows() == [(6002, "Hà"), (6004, "An\n\nB")]
    assert batch.rejected.height == 0


def test_a_row_that_only_resembles_the_header_is_a_row(read: Read) -> None:
    batch = read("crm.csv", "customerId,fullName\ncustomerId,Full Name Again\n")
    assert (batch.rows.height, batch.findings) == (1, {})


@pytest.mark.parametrize("name", ["crm.csv", "crm.ndjson", "crm.json"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le"])
def test_a_second_byte_order_mark_is_no_part_of_the_text(read: Read, name: str, encoding: str) -> None:
    texts = {"crm.csv": "customerId\nC1\n", "crm.ndjson": '{"customerId":"C1"}\n', "crm.json": '[{"customerId":"C1"}]'}
    batch = read(name, ("\ufeff\ufeff" + texts[name]).encode(encoding))
    assert (batch.rows["customer_id"].to_list(), batch.rejected.height) == (["C1"], 0)


@pytest.mark.parametrize(
    "header",
    ["\u200bcustomerId,full\u00adName", '"customerId\ufeff","fullName\u2060"', "customerId\u00a0,\u200efullName"],
)
def test_a_header_is_matched_without_its_invisible_characters(read: Read, sent: Sent, header: str) -> None:
    assert sent(read("crm.csv", f"{header}\nC1,Hà\n")) == [{"source_row": 2, "customer_id": "C1", "full_name": "Hà"}]


CELLS = st.text(alphabet=st.sampled_from('a1é",; \n#\ufeff'), max_size=4)


@settings(max_examples=40)
@given(
    st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=6), st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
)
def test_a_table_the_standard_library_writes_is_read_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], quoting: Any
) -> None:
    folder = tmp_path_factory.mktemp("table")
    text = io.StringIO()
    csv.writer(text, quoting=quoting, lineterminator="\n").writerows([["customerId", "fullName", "city"], *rows])
    path = folder / "crm.csv"
    path.write_bytes(text.getvalue().encode())
    with Engine(folder) as engine:
        batches = list(read_delimited(path, CUSTOMER_IDENTITY, engine, 3, ","))
    found = [row for batch in batches for row in batch.rows.select("customer_id", "full_name", "city").rows()]
    assert [[cell or "" for cell in row] for row in found] == [row for row in rows if any(map(str.strip, row))]
    assert sum(batch.rejected.height for batch in batches) == 0
