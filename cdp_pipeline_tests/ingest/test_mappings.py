"""What the headers of a source's tables mean, by TOML files: shipped ones and a user's own."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from cdp_pipeline.configuration import ConfigurationError
from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.customer_membership import CUSTOMER_MEMBERSHIP
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.ingest.batch import Batch
from cdp_pipeline.ingest.files import RawFile
from cdp_pipeline.ingest.mapping_files import read_mapping, read_mappings
from cdp_pipeline.ingest.pipeline import read_files

SHOP = """
headers_from = "the shop's own export"
[customer-identity]
recognised_by = ["Kundennummer"]
[customer-identity.fields]
"Kundennummer" = "customerId"
"Name" = "fullName"
"Mobil" = "phone"
"Festnetz" = "phone"
"Geboren am" = "dob2"
"Geschlecht" = "gender"
"Umsatz" = "customFieldNumbers.turnover"
[customer-identity.constants]
systemName = "SHOP"
internalCompanyId = "ORG1"
yob = 1990
[customer-identity.dates]
dob2 = ["%d.%m.%Y", "%d %b %Y"]
[customer-identity.prefixes]
customerId = "KD-"
[customer-identity.values.gender]
"Herr" = "male"
"Frau" = "female"
"""

MEMBERS = """
[customer-membership]
recognised_by = "Karte"
[customer-membership.fields]
"Karte" = "membershipId"
"Punkte" = "earnPoint"
[customer-membership.decimal_marks]
earnPoint = ","
"""


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., Path]:
    def write(**sources: str) -> Path:
        mappings = tmp_path / "mappings"
        mappings.mkdir(exist_ok=True)
        for name, text in sources.items():
            (mappings / f"{name}.toml").write_text(text, encoding="utf-8")
        return mappings

    return write


@pytest.fixture
def read_by(tmp_path: Path) -> Callable[..., Batch]:
    def run(folder: Path | None, text: str, entity: Entity = CUSTOMER_IDENTITY, name: str = "export.csv") -> Batch:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        file = RawFile(entity.object_type, None, path, name, path.stat().st_size, 0)
        (batch,) = read_files([file], entity, mappings=read_mappings(folder).of(entity))
        return batch

    return run


ReadBy = Callable[..., Batch]
Folder = Callable[..., Path]


def test_a_mapping_says_which_headers_mean_which_fields(folder: Folder, read_by: ReadBy) -> None:
    batch = read_by(folder(shop=SHOP), "Kundennummer,Name,kunden-status\nC1,Hà,neu\n")
    assert batch.rows.select("customer_id", "full_name").rows() == [("C1", "Hà")]
    assert batch.rows["extra"].to_list() == ['{"kunden-status":"neu"}']
    assert batch.findings == {"drift:kunden-status": 1, "mapping:shop": 1}


def test_its_constants_stand_in_rows_that_say_nothing_else(folder: Folder, read_by: ReadBy) -> None:
    rows = read_by(folder(shop=SHOP), "Kundennummer,systemName,Name\nC1,,Hà\nC2,POS,An\n").rows
    assert rows.select("system_name", "internal_company_id", "yob").rows() == [
        ("SHOP", "ORG1", "1990"),
        ("POS", "ORG1", "1990"),
    ]


def test_of_two_headers_for_one_field_the_first_filled_cell_holds_and_the_other_is_kept(
    folder: Folder, read_by: ReadBy
) -> None:
    rows = read_by(folder(shop=SHOP), "Kundennummer,Festnetz,Mobil\nC1,1,2\nC2,1,\nC3,,2\n").rows
    assert rows["phone"].to_list() == ["2", "1", "2"]
    assert rows["extra"].to_list() == ['{"Festnetz":"1"}', None, None]


def test_a_blank_cell_or_a_bare_prefix_does_not_hide_the_filled_one_behind_it(folder: Folder, read_by: ReadBy) -> None:
    own = SHOP.replace("[customer-identity.prefixes]\n", "[customer-identity.prefixes]\nphone = 'tel:'\n")
    rows = read_by(folder(shop=own), "Kundennummer,Mobil,Festnetz\nC1, ,2\nC2,tel:,2\n").rows
    assert rows.select("phone", "extra").rows() == [("2", None), ("2", None)]


def test_of_several_headers_for_one_custom_field_none_is_lost(folder: Folder, read_by: ReadBy) -> None:
    own = SHOP.replace(
        '"Umsatz"', '"Saldo" = "customFieldNumbers.turnover"\n"Rest" = "customFieldNumbers.turnover"\n"Umsatz"'
    )
    rows = read_by(folder(shop=own), "Kundennummer,Umsatz,Rest,Saldo\nC1,1,2,3\nC2,1,,\n").rows
    assert rows.select("custom_fields", "extra").rows() == [
        ('{"customFieldNumbers":{"turnover":"3"}}', '{"Rest":"2","Umsatz":"1"}'),
        ('{"customFieldNumbers":{"turnover":"1"}}', None),
    ]


def test_dates_are_read_by_the_formats_declared_and_never_by_other_cells(folder: Folder, read_by: ReadBy) -> None:
    dates = ["05.06.1990", "5 Jun 1990", "1990-06-05", "25.13.1990", "06/25/1990", ""]
    text = "Kundennummer,Geboren am\n" + "".join(f"C{n},{date}\n" for n, date in enumerate(dates))
    assert read_by(folder(shop=SHOP), text).rows["dob_2"].to_list() == [
        "1990-06-05", "1990-06-05", "1990-06-05", "25.13.1990", "06/25/1990", None,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("format_", "sent", "read"),
    [
        ("%d/%m/%Y %-I:%M %p", "05/06/2026 3:04 PM", "2026-06-05T15:04:00"),
        ("%d/%m/%Y %k:%M", "05/06/2026 15:04", "2026-06-05T15:04:00"),
        ("%d/%m/%Y %r", "05/06/2026 03:04:05 PM", "2026-06-05T15:04:05"),
        ("%d/%m/%Y %H:%M:%S %z", "05/06/2026 15:04:05 +0200", "2026-06-05T13:04:05Z"),
        ("%d/%m/%Y %H:%MZ", "05/06/2026 15:04Z", "2026-06-05T15:04:00Z"),
        ("%Y-%m-%d", "2026-06-05", "2026-06-05"),
    ],
)
def test_a_declared_format_loses_neither_the_time_nor_its_offset(
    folder: Folder, read_by: ReadBy, format_: str, sent: str, read: str
) -> None:
    own = SHOP.replace("[customer-identity.dates]\n", f"[customer-identity.dates]\ncreatedAt = '{format_}'\n")
    rows = read_by(folder(shop=own), f"Kundennummer,createdAt\nC1,{sent}\n").rows
    assert rows["created_at"].item() == read


def test_a_date_of_two_digits_is_read_by_its_declared_order_alone(folder: Folder, read_by: ReadBy) -> None:
    text = "Kundennummer,Geboren am\nC1,05.06.1990\n"
    assert read_by(folder(shop=SHOP), text).rows["dob_2"].item() == "1990-06-05"
    undeclared = "customerId,dob2\nC1,05.06.1990\n"
    assert read_by(None, undeclared).rows["dob_2"].item() == "05.06.1990"


@pytest.mark.parametrize(
    ("sent", "read"),
    [("5.000", "5000"), ("5,000", "5.0000"), ("1.234,5", "1234.5"), ("1,234.5", "1,234.5"), ("12", "12"), ("x", "x")],
)
def test_numbers_are_read_by_the_declared_decimal_mark(folder: Folder, read_by: ReadBy, sent: str, read: str) -> None:
    batch = read_by(folder(members=MEMBERS), f'Karte;Punkte\nM1;"{sent}"\n', CUSTOMER_MEMBERSHIP)
    assert batch.rows["earn_point"].to_list() == [read]


def test_words_of_a_closed_list_are_compared_without_case_and_outer_spaces(folder: Folder, read_by: ReadBy) -> None:
    rows = read_by(folder(shop=SHOP), "Kundennummer,Geschlecht\nC1, FRAU\nC2,Herr\nC3,female\nC4,divers\n").rows
    assert rows["gender"].to_list() == ["female", "male", "female", "divers"]


def test_prefixes_are_taken_away_where_they_stand(folder: Folder, read_by: ReadBy) -> None:
    rows = read_by(folder(shop=SHOP), "Kundennummer\nKD-17\n18\n").rows
    assert rows["customer_id"].to_list() == ["17", "18"]


def test_a_mapped_header_can_be_a_custom_field(folder: Folder, read_by: ReadBy) -> None:
    rows = read_by(folder(shop=SHOP), "Kundennummer,Umsatz\nC1,12\n").rows
    assert rows["custom_fields"].to_list() == ['{"customFieldNumbers":{"turnover":"12"}}']


def test_rules_hold_for_custom_fields_too(folder: Folder, read_by: ReadBy) -> None:
    own = """
[customer-identity.fields]
"Kunde" = "customerId"
"Umsatz" = "customFieldNumbers.turnover"
"Seit" = "customFieldTexts.since"
"Stufe" = "customFieldTexts.tier"
[customer-identity.decimal_marks]
"customFieldNumbers.turnover" = ","
[customer-identity.dates]
"customFieldTexts.since" = "%d.%m.%Y"
[customer-identity.values."customFieldTexts.tier"]
"Gold" = "VIP"
"""
    rows = read_by(folder(own=own), 'Kunde;Umsatz;Seit;Stufe\nC1;"4.740,50";05.06.2020;gold\nC2;12.000;bald;x\n').rows
    assert rows["custom_fields"].to_list() == [
        '{"customFieldNumbers":{"turnover":"4740.50"},"customFieldTexts":{"since":"2020-06-05","tier":"VIP"}}',
        '{"customFieldNumbers":{"turnover":"12000"},"customFieldTexts":{"since":"bald","tier":"x"}}',
    ]


def test_without_its_headers_a_mapping_is_not_used(folder: Folder, read_by: ReadBy) -> None:
    rows = read_by(folder(shop=SHOP), "customerId,fullName\nKD-1,Hà\n").rows
    assert rows.select("customer_id", "system_name").rows() == [("KD-1", None)]


def test_a_mapping_without_distinguishing_headers_is_used_where_it_explains_more(
    folder: Folder, read_by: ReadBy
) -> None:
    plain = "[customer-identity.fields]\n'Kunde' = 'customerId'\n[customer-identity.constants]\nsystemName = 'X'\n"
    mappings = folder(plain=plain)
    assert read_by(mappings, "Kunde,fullName\nC1,Hà\n").rows["system_name"].to_list() == ["X"]
    assert read_by(mappings, "customerId,fullName\nC1,Hà\n").rows["system_name"].to_list() == [None]


def test_patterns_of_file_names_tell_two_senders_of_one_form_apart(folder: Folder, read_by: ReadBy) -> None:
    branches = {
        branch: f"files = '{branch}-*'\n[customer-identity.fields]\n'Kunde' = 'customerId'\n"
        f"[customer-identity.constants]\ninternalCompanyId = '{branch}'\n"
        for branch in ("hue", "hanoi")
    }
    mappings = folder(**branches)
    for branch in branches:
        rows = read_by(mappings, "Kunde,fullName\nC1,Hà\n", name=f"{branch}-1.csv").rows
        assert rows["internal_company_id"].to_list() == [branch]


def test_two_own_mappings_that_fit_equally_well_refuse_the_file(folder: Folder, read_by: ReadBy) -> None:
    batch = read_by(folder(a=SHOP, b=SHOP), "Kundennummer\nC1\n")
    assert "Two mappings explain the header equally well: a and b" in batch.rejected["message"].item()


def test_two_that_fit_equally_well_do_not_matter_where_a_third_fits_better(folder: Folder, read_by: ReadBy) -> None:
    mappings = folder(a=SHOP, b=SHOP, c=SHOP.replace('"Name"', '"Ort" = "city"\n"Name"'))
    batch = read_by(mappings, "Kundennummer,Name,Ort\nC1,Hà,Köln\n")
    assert batch.rows.select("customer_id", "city").rows() == [("C1", "Köln")]
    assert batch.findings == {"mapping:c": 1}


def test_own_mappings_go_before_shipped_ones_and_may_extend_them(folder: Folder, read_by: ReadBy) -> None:
    text = "Mã khách hàng,Họ và tên,Số điện thoại\nC1,Hà,0912345678\n"
    assert read_by(None, text).rows.select("customer_id", "internal_company_id").rows() == [("C1", None)]
    own = "extends = 'vietnamese'\n[customer-identity.constants]\ninternalCompanyId = 'ORG1'\n"
    rows = read_by(folder(own=own), text).rows
    assert rows.select("customer_id", "full_name", "internal_company_id").rows() == [("C1", "Hà", "ORG1")]


def test_headers_and_words_are_known_without_the_marks_of_their_letters(folder: Folder, read_by: ReadBy) -> None:
    own = "[customer-identity.fields]\n'Mã số' = 'customerId'\n'Giới tính' = 'gender'\n"
    own += "'Tỉnh' = 'city'\n'Tính' = 'status'\n"
    own += "[customer-identity.values.gender]\n'Nữ' = 'female'\n"
    rows = read_by(folder(own=own), "ma so,GIOI TINH,Tỉnh,Tinh\nC1,nu,Huế,x\n").rows
    assert rows.select("customer_id", "gender", "city", "status").rows() == [("C1", "female", "Huế", None)]


def test_one_vietnamese_header_beside_field_names_does_not_tell_how_dates_are_written(read_by: ReadBy) -> None:
    text = "customerId,dob2,gender,Ten\nC1,05/13/1990,Nam,a\nC2,05/06/1990,nu,b\n"
    rows = read_by(None, text).rows
    assert rows.select("dob_2", "last_name").rows() == [("1990-05-13", "a"), ("1990-05-06", "b")]
    assert rows["gender"].to_list() == ["male", "female"]
    by_its_headers = read_by(None, "customerId,Ngày sinh,Ten\nC2,05/06/1990,b\n").rows
    assert by_its_headers["dob_2"].item() == "1990-06-05"


def test_what_entities_share_holds_where_they_have_such_fields(folder: Folder, read_by: ReadBy) -> None:
    own = "[shared.fields]\n'Số thẻ' = 'membershipId'\n'Khách' = 'customerId'\n[shared.constants]\nsystemName = 'POS'\n"
    own += "[customer-identity]\n[customer-membership.constants]\nsystemName = 'LOYALTY'\n"
    mappings = folder(own=own)
    customers = read_by(mappings, "Khách,fullName\nC1,Hà\n").rows
    cards = read_by(mappings, "Số thẻ,Khách\nM1,C1\n", CUSTOMER_MEMBERSHIP).rows
    assert customers.select("customer_id", "system_name").rows() == [("C1", "POS")]
    assert cards.select("membership_id", "customer_id", "system_name").rows() == [("M1", "C1", "LOYALTY")]


def test_what_is_shared_holds_for_the_entities_of_an_extended_mapping_too(folder: Folder, read_by: ReadBy) -> None:
    own = folder(own="extends = 'vietnamese'\n[shared.constants]\nsystemName = 'POS'\ninternalCompanyId = 'ORG1'\n")
    rows = read_by(own, "Mã khách hàng,Họ và tên\nC1,Hà\n").rows
    assert rows.select("customer_id", "system_name", "internal_company_id").rows() == [("C1", "POS", "ORG1")]


def test_a_header_of_an_extended_mapping_gets_another_meaning_in_any_spelling(folder: Folder, read_by: ReadBy) -> None:
    own = folder(own="extends = 'vietnamese'\n[customer-identity.fields]\n'HỌ VÀ TÊN' = 'nickNames'\n")
    rows = read_by(own, "Mã khách hàng,Họ và tên,Giới tính\nC1,Hà,Nữ\n").rows
    assert rows.select("full_name", "nick_names").rows() == [(None, "Hà")]


def test_a_mapping_that_cannot_be_opened_is_told(folder: Folder) -> None:
    (folder() / "own.toml").mkdir()
    with pytest.raises(ConfigurationError, match=r"own.toml: the file cannot be read \(Is a directory\)"):
        read_mappings(folder())


def test_excel_and_parquet_are_mapped_too(folder: Folder, tmp_path: Path) -> None:
    mappings = read_mappings(folder(shop=SHOP)).of(CUSTOMER_IDENTITY)
    table = pl.DataFrame({"Kundennummer": ["C1"], "Geschlecht": ["Frau"]})
    table.write_parquet(tmp_path / "a.parquet")
    table.write_excel(tmp_path / "b.xlsx")
    for name in ("a.parquet", "b.xlsx"):
        file = RawFile("customer-identity", None, tmp_path / name, name, 1, 0)
        rows = pl.concat([batch.rows for batch in read_files([file], CUSTOMER_IDENTITY, mappings=mappings)])
        assert rows.select("customer_id", "gender", "system_name").rows() == [("C1", "female", "SHOP")]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[customer]\n", "own.toml: customer is unknown (did you mean customer-identity?); allowed: name, extends,"),
        (
            "[customer-identity.fields]\na = 'custmerId'\n",
            "customer-identity.fields.a is 'custmerId' (did you mean customerId?); allowed: a field of customer-",
        ),
        (
            "[customer-identity.fields]\n'A b' = 'phone'\na_b = 'email'\n",
            "fields.a_b is the same header as 'A b'; allowed: each header once",
        ),
        (
            "[customer-identity.dates]\nborn = '%d/%m/%Y'\n",
            "customer-identity.dates.born is unknown; allowed: a field of",
        ),
        (
            "[customer-identity.decimal_marks]\nyob = ';'\n",
            "own.toml: customer-identity.decimal_marks.yob is ';'; allowed: ',' or '.'.",
        ),
        ("[customer-identity.dates]\ndob2 = 'dd/mm/yyyy'\n", "dates.dob2 is 'dd/mm/yyyy'; allowed: a format of dates"),
        ("[customer-identity.dates]\ndob2 = '%d/%m'\n", "dates.dob2 is '%d/%m'; allowed: a format of dates"),
        (
            "[customer-identity.dates]\ndob2 = '%d/%m/%Y %H'\n",
            "dates.dob2 is '%d/%m/%Y %H'; allowed: a format of dates",
        ),
        (
            "[customer-identity.dates]\ndob2 = '%d/%m/%Y %H:%M %Z'\n",
            "dates.dob2 is '%d/%m/%Y %H:%M %Z'; allowed: a format of dates",
        ),
        ("[customer-identity.dates]\ndob2 = '%Q'\n", "dates.dob2 is '%Q'; allowed: a format of dates"),
        (
            "[shared.fields]\n'A' = 'custmerId'\n",
            "own.toml: shared.fields.A is 'custmerId' (did you mean customerId?); allowed: a field of some",
        ),
        (
            "[shared.constants]\nsystmName = 'POS'\n",
            "own.toml: shared.constants.systmName is unknown (did you mean systemName?); allowed: a field",
        ),
        (
            "[customer-identity.values.gender]\nm = 'man'\n",
            "customer-identity.values.gender.m is 'man'; allowed: male, female, undefined",
        ),
        (
            "[customer-identity]\nfield = 1\n",
            "own.toml: customer-identity.field is unknown (did you mean fields?); allowed: recog",
        ),
        ("extends = 'sap'\n", "own.toml: extends is 'sap'; allowed: facebook_lead_ads,"),
        ("a = \n", "own.toml: the file is not TOML ("),
    ],
)
def test_a_mapping_that_cannot_be_used_is_told_with_its_place(folder: Folder, text: str, told: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        read_mappings(folder(own=text))
    assert told in str(error.value)
    assert "\n" not in str(error.value)


def test_one_mapping_can_be_named_by_its_path_or_name(folder: Folder) -> None:
    own = folder(shop=SHOP)
    (by_path,) = read_mapping(str(own / "shop.toml"), None).of(CUSTOMER_IDENTITY)
    (by_name,) = read_mapping("shop", own).of(CUSTOMER_IDENTITY)
    assert by_path == by_name
    with pytest.raises(ConfigurationError, match="There is no mapping sap; known are"):
        read_mapping("sap", own)


def test_the_digest_changes_with_the_mappings_of_the_entity_alone(folder: Folder) -> None:
    before = {entity: read_mappings(folder()).digest(entity) for entity in (CUSTOMER_IDENTITY, CUSTOMER_MEMBERSHIP)}
    after = read_mappings(folder(shop=SHOP))
    assert after.digest(CUSTOMER_MEMBERSHIP) == before[CUSTOMER_MEMBERSHIP]
    assert after.digest(CUSTOMER_IDENTITY) != before[CUSTOMER_IDENTITY]
