"""`cdp check-file`: one file read outside any run."""

import io
from pathlib import Path

import polars as pl
import pytest
from rich.console import Console

from cdp_pipeline.commands.checking import check_file, list_fields
from cdp_pipeline.configuration import ConfigurationError
from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.settings import Settings
from cdp_pipeline_tests.crashing_mapping import CrashingMapping

GOOD = "customerId,internalCompanyId,systemName,fullName,phone\nC1,ORG1,POS,Nguyễn Văn An,0912345678\n"


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)

    def run(text: str, mapping: str | None = None, width: int = 100) -> tuple[int, str]:
        (tmp_path / "crm.csv").write_text(text, encoding="utf-8")
        out = io.StringIO()
        console = Console(file=out, width=width)
        status = check_file(Settings(), tmp_path / "crm.csv", CUSTOMER_IDENTITY, mapping, console)
        return status, out.getvalue()

    return run


def test_a_file_whose_rows_would_all_be_accepted_ends_with_status_0_and_shows_the_first_masked(check) -> None:
    status, told = check(GOOD)
    assert status == 0
    assert "crm.csv as customer-identity: 1 row read, 1 would be accepted, 0 rejected. Nothing was stored." in told
    assert "N*** V*** A***" in told
    assert "0912345678" not in told
    assert "An" not in told.replace("And", "")


def test_rejected_rows_are_told_with_their_rule_row_and_message_and_end_with_status_1(check) -> None:
    status, told = check(GOOD + ",ORG1,POS,Trần Bình,0912345679\nC3,ORG1,POS,,\n")
    assert status == 1
    assert "3 rows read, 1 would be accepted, 2 rejected" in told
    assert "row 3: customerId: found nothing" in told
    assert "condition:NAME" in told
    assert "Bình" not in told


def test_columns_that_mean_nothing_and_findings_are_counted(check) -> None:
    status, told = check(GOOD.replace("phone", "phone,Điểm thưởng").replace("0912345678", "12,300"))
    assert status == 0
    assert "Điểm thưởng (1 row)" in told
    assert "format:phone" in told


def test_a_mapping_can_be_tried_alone(check, tmp_path: Path) -> None:
    mapping = tmp_path / "pos.toml"
    mapping.write_text(
        "[customer-identity.fields]\nKunde = 'customerId'\n[customer-identity.constants]\nsystemName = 'POS'\n"
        "internalCompanyId = 'ORG1'\n",
        encoding="utf-8",
    )
    status, told = check("Kunde,fullName,phone\nC1,An,0912345678\n", str(mapping))
    assert (status, "by the mapping pos: 1 row read, 1 would be accepted" in told) == (0, True)


MEMBERS = "Member No,Mobile,E-Mail Addr,Full Name\nM17,0912345678,an@example.com,Nguyễn Văn An\n"


@pytest.mark.parametrize("width", [80, 60])
def test_a_file_that_no_mapping_explains_gets_a_draft_of_one_and_the_way_to_try_it(
    check, tmp_path: Path, width: int
) -> None:
    status, told = check(MEMBERS, width=width)
    assert status == 1
    assert "Put these lines into mine.toml" in " ".join(told.split())
    assert f"  cdp check-file {tmp_path}/crm.csv --entity customer-identity --mapping mine.toml\n" in told
    assert all(cell not in told for cell in ("0912345678", "an@example.com", "Nguyễn", "M17"))
    lines = told[told.index("[customer-identity.fields]") : told.index("\n\nThen try it")]
    (tmp_path / "mine.toml").write_text(lines.replace('# "', '"'), encoding="utf-8")
    status, told = check(MEMBERS, str(tmp_path / "mine.toml"))
    assert (status, "by the mapping mine: 1 row read, 1 would be accepted" in told) == (0, True)
    assert "Put these lines" not in told


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".parquet"])
def test_a_table_of_any_format_gets_a_draft(tmp_path: Path, suffix: str) -> None:
    table = pl.read_csv(MEMBERS.encode(), infer_schema=False)
    path = tmp_path / f"crm{suffix}"
    {".csv": table.write_csv, ".xlsx": table.write_excel, ".parquet": table.write_parquet}[suffix](path)
    out = Console(file=io.StringIO(), width=100)
    check_file(Settings(), path, CUSTOMER_IDENTITY, None, out)
    assert '"Mobile" = "phone"  # by its name; check it' in out.file.getvalue()


def test_a_file_of_known_headers_gets_no_draft(check) -> None:
    _, told = check(GOOD)
    assert "mine.toml" not in told


def test_a_mapping_that_is_not_there_is_wrong_usage(check) -> None:
    with pytest.raises(ConfigurationError, match="There is no mapping sap; known are"):
        check(GOOD, "sap")


def test_an_empty_file_is_no_success(check) -> None:
    status, told = check("")
    assert (status, "0 rows read" in told, "empty_file" in told) == (1, True, True)
    assert "The file has no row; expected a header and rows" in told


def test_a_file_that_cannot_be_read_is_told_whole(check) -> None:
    status, told = check("a,b\n[/x],2\n")
    assert status == 1
    assert 'Unknown are "a", "b".' in told
    assert "Use the draft below, or rename the headers" in told


def test_a_file_that_crashes_its_parser_is_one_rejected_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cdp_pipeline.commands.checking.read_mappings", lambda _: CrashingMapping())
    monkeypatch.chdir(tmp_path)
    (tmp_path / "SIGSEGV.csv").write_text(GOOD)
    console = Console(file=io.StringIO(), width=200)
    status = check_file(Settings(), tmp_path / "SIGSEGV.csv", CUSTOMER_IDENTITY, None, console)
    assert status == 1
    assert "1 row read, 0 would be accepted, 1 rejected. Nothing was stored." in console.file.getvalue()
    assert "crashed at the file (signal SIGSEGV)" in console.file.getvalue()


def test_commands_to_the_terminal_are_not_passed_on(check) -> None:
    text = GOOD.replace("phone\n", "phone,gh\x1b[2Jost\n").replace("POS", "PO\x1b[31mS").replace("678\n", "678,x\n")
    _, told = check(text + "C2,ORG1,POS,,\x1b]0;title\x07,x\n")
    assert r"gh\x1b[2Jost" in told
    assert r"PO\x1b[31mS" in told
    assert "\x1b" not in told


def test_the_first_row_of_a_file_without_header_is_not_told_when_it_holds_a_phone(check) -> None:
    for phone in ("0912 345 678", "+84 912-345-678", "(091) 234.56.78"):
        status, told = check(f"Nguyễn Văn An,{phone},Hà Nội\n")
        assert (status, "seems to be data" in told, "Nguyễn" in told, phone in told) == (1, True, False, False)


def test_nothing_is_stored(check, tmp_path: Path) -> None:
    check(GOOD)
    assert [path.name for path in tmp_path.iterdir()] == ["crm.csv"]


def test_custom_fields_are_shown_masked_and_moments_as_dates(check) -> None:
    text = GOOD.replace("phone\n", "phone,createdAt,customFieldTexts.hobby\n").replace(
        "0912345678\n", "0912345678,1793518200000,Chess\n"
    )
    _, told = check(text)
    assert "2026-11-01T07:30Z" in told
    assert "customFieldTexts.hobby" in told
    assert "Chess" not in told


def test_the_fields_a_header_can_mean_are_listed(check) -> None:
    out = io.StringIO()
    list_fields(CUSTOMER_IDENTITY, Console(file=out, width=160))
    assert all(column.source in out.getvalue() for column in CUSTOMER_IDENTITY.columns)
    assert "customerId (required)" in out.getvalue()
    assert "customFieldNumbers.<name>" in out.getvalue()


@pytest.mark.parametrize("customer_id", ["", "C1"])
def test_a_header_that_is_a_name_of_the_same_file_is_not_listed_even_if_all_rows_are_rejected(
    check, customer_id: str
) -> None:
    _, told = check(f"customerId,internalCompanyId,systemName,fullName,An,tier\n{customer_id},ORG1,POS,Lê An,x,gold\n")
    assert "  (not an identifier) (1 row)" in told
    assert "  tier (1 row)" in told
    assert "  An (" not in told


def mapping_of(folder: Path, text: str) -> str:
    (folder / "mine.toml").write_text(text, encoding="utf-8")
    return str(folder / "mine.toml")


def test_a_mapping_that_does_not_fit_says_which_headers_it_explains_and_lacks(check, tmp_path: Path) -> None:
    text = "[customer-identity]\nrecognised_by = 'Card'\n[customer-identity.fields]\n'Member No' = 'customerId'\n"
    _, told = check(MEMBERS, mapping_of(tmp_path, text), width=400)
    assert "The mapping" in told
    assert (
        'does not fit, and the file was read without it: of the file\'s headers it explains "Member No"; its '
        '`recognised_by` asks for "Card", which the file lacks; it lacks "Mobile", "E-Mail Addr".' in told
    )


def test_a_mapping_of_another_entity_is_said_to_have_no_table_for_this_one(check, tmp_path: Path) -> None:
    _, told = check(MEMBERS, mapping_of(tmp_path, "[moego-lead.fields]\n'No' = 'id'\n"), width=400)
    assert "does not fit, and the file was read without it: it has no table [customer-identity.fields]." in told


def test_a_required_field_without_a_header_is_to_be_added_to_the_mapping_and_the_rows_are_shown(
    check, tmp_path: Path
) -> None:
    text = "[customer-identity.fields]\n'Mobile' = 'phone'\n'E-Mail Addr' = 'email'\n"
    status, told = check(MEMBERS, mapping_of(tmp_path, text), width=400)
    assert status == 1
    assert (
        "No header means customerId, which every row needs: write the header for it below [customer-identity.fields] "
        "of the mapping mine." in told
    )
    assert "Correct them in the file" not in told
    assert "The first rows as they are read, all cells masked:" in told
    assert "N*** V*** A***" in told


def test_words_outside_a_list_are_named_with_the_place_of_their_meaning(check) -> None:
    text = GOOD.replace("phone\n", "phone,gender\n").replace("678\n", "678,F\nC2,ORG1,POS,Trần Bình,0912345679,Nam\n")
    _, told = check(text, width=400)
    assert (
        'gender holds "F" (1 row), "Nam" (1 row); expected one of male, female, undefined. A mapping gives words their '
        "meaning below [customer-identity.values.gender]." in told
    )


def test_long_texts_in_a_column_of_a_list_are_not_quoted(check) -> None:
    _, told = check(GOOD.replace("phone\n", "phone,gender\n").replace("678\n", "678,Nguyễn Văn An\n"), width=400)
    assert "gender holds other texts, which may be personal; expected one of male" in told


def test_a_file_under_another_delimiter_says_so_and_gets_no_draft(check) -> None:
    status, told = check(GOOD.replace(",", "|"), width=1000)
    assert status == 1
    assert "Its names are separated by |; expected a comma, semicolon or tab. Write sep=| on a line of its own" in told
    assert "mine.toml" not in told
    assert check("sep=|\n" + GOOD.replace(",", "|"))[0] == 0
