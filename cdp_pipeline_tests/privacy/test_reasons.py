"""What an officer types as a reason is kept without the person in it."""

import polars as pl
import pytest

from cdp_pipeline.current import current_table
from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.table import Table, TableColumn
from cdp_pipeline.privacy.person_rows import PersonRows
from cdp_pipeline.privacy.reasons import impersonal, texts_of_person

KNOWN = {"Nguyễn Thị Hoa", "Đặng", "C1", "KH-000060"}


@pytest.mark.parametrize(
    ("reason", "kept"),
    [
        ("letter of Hoa", "letter of H***"),
        ("NGUYEN THI HOA was here", "N*** T*** H*** was here"),
        ("bà dang thi hòa", "bà d*** t*** h***"),
        ("Ho\u0300a", "H***"),
        ("ho\u200ba", "h***"),
        ("Hoan is another word", "Hoan is another word"),
        ("called from 0912 345 678", "called from #### ### ###"),
        ("called from +84 (0)91-234-5678", "called from +## (#)##-###-####"),
        ("wrote from hoa.nguyen@mail.com.", "wrote from h***@mail.com."),
        ("born 1990-01-02, not 2/1/90", "born ####-##-##, not #/#/##"),
        ("on 2 Nov 1990 or November 3", "on # Nov #### or November #"),
        ("in November 1990", "in November ####"),
        ("paid 1,234dong to 12 345hoa", "paid #,###dong to ## ###h***"),
        ("ngày 2 tháng 11 năm 1990", "ngày # tháng ## năm ####"),
        ("CCCD 079190012345", "CCCD ############"),
        ("customer c1, KH-000060 and LEAD-77812", "customer c***, *** and ***"),
        ("as r-4f1c09ab73 by art. 17", "as r-4f1c09ab73 by art. 17"),
    ],
)
def test_names_dates_contacts_and_ids_are_masked(reason: str, kept: str) -> None:
    assert impersonal(reason, KNOWN) == kept


def test_without_what_is_known_of_the_person_every_capitalised_word_is_masked() -> None:
    assert impersonal("Hoa agreed again in the Huế shop", []) == "H*** agreed again in the H*** shop"


def test_what_is_known_of_a_person_are_texts_of_personal_columns_without_free_text_and_json() -> None:
    columns = (
        TableColumn("name", pl.String(), "", personal=True),
        TableColumn("note", pl.String(), "", personal=True, free_text=True),
        TableColumn("extra", pl.String(), "", personal=True, json=True),
        TableColumn("kind", pl.String(), ""),
    )
    made_up = Table("made_up", "", columns, ("name",))
    row = {"name": "Nguyễn Thị Hoa", "note": "the shop", "extra": '{"a": "b"}', "kind": "customer"}
    record = {"full_name": "Hoa N.", "system_name": "CRM", "customer_id": "C1"}
    rows = PersonRows("P1", tables={"made_up": [row]}, records={"customer-identity": [record]})
    assert {"full_name", "customer_id"} <= {c.name for c in current_table(CUSTOMER_IDENTITY).columns if c.personal}
    assert texts_of_person(rows, (made_up,), (CUSTOMER_IDENTITY,)) == {"Nguyễn Thị Hoa", "Hoa N.", "C1"}
