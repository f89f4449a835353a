"""The draft of a mapping: what headers may mean by their names and by a sample of their cells."""

import tomllib
from collections.abc import Mapping, Sequence

import pytest

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.moego_lead import MOEGO_LEAD
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.entities.sms_interaction import SMS_INTERACTION
from cdp_pipeline.ingest.mapping_drafts import Draft, draft_mapping

MEMBERS = {
    "Member No": ["M-17", "M-18"],
    "Mobile": ["0912 345 678", "no phone"],
    "Reach": ["0912 345 678", "+84 903 111 222"],
    "Sex": ["Frau", "Herr"],
    "Town": ["Hue", "Hanoi"],
    "Tier": ["gold", "silver"],
    "E-Mail Addr": ["an@example.com", "binh@example.com"],
    "Born": ["25/06/1990", "05/12/1988"],
    "Client": ["Nguyễn Văn An", "Trần Thị Bình"],
    "fulname": ["An", "Bình"],
    "gender": ["male", "female"],
    "Nothing": [],
}


def draft(cells: Mapping[str, Sequence[str]], entity: Entity = CUSTOMER_IDENTITY) -> Draft:
    found = draft_mapping(list(cells), cells, entity, (), "VN")
    assert found is not None
    return found


@pytest.mark.parametrize(
    "line",
    [
        '# "Member No" = "customerId"  # each cell is different',
        '"Mobile" = "phone"  # by its name; check it',
        '"E-Mail Addr" = "email"  # by its name and its cells; check it',
        '"Born" = "dob2"  # by its name and its cells; check it',
        '# "Reach" = ""  # its cells seem to be phone numbers',
        '"Sex" = "gender"  # by its name; check it',
        '"Town" = "city"  # by its name; check it',
        '# "Tier" = ""',
        '# "Client" = "firstName"  # its cells seem to be names; or lastName, middleName',
        '"fulname" = "fullName"  # by its name; check it',
        '"gender" = "gender"',
        '# "Nothing" = ""  # it has no filled cells',
        'dob2 = "%d/%m/%Y"',
    ],
)
def test_each_header_has_a_line_with_the_field_it_may_mean(line: str) -> None:
    assert line in draft(MEMBERS).lines


def test_no_cell_stands_in_the_draft() -> None:
    text = "\n".join(draft(MEMBERS).lines)
    assert [
        cell for cells in MEMBERS.values() for cell in cells if cell in text.replace('"gender" = "gender"', "")
    ] == []


def test_a_header_that_holds_the_name_of_a_field_may_mean_it_whatever_its_cells_are() -> None:
    assert '# "Client phone" = "phone"  # it has no filled cells' in draft({"Client phone": []}).lines


def test_recent_dates_are_those_of_events_and_old_ones_of_births() -> None:
    assert '# "Since" = "createdAt"' in "\n".join(draft({"Since": ["2026-01-05", "2025-12-31"]}).lines)
    assert '# "Since" = "dob2"' in "\n".join(draft({"Since": ["1971-01-05", "1985-12-31"]}).lines)


def test_a_month_before_its_day_is_recognised_by_a_day_beyond_twelve() -> None:
    assert 'dob2 = "%m-%d-%Y"' in draft({"Born": ["02-03-1970", "02-25-1970"]}).lines


@pytest.mark.parametrize("cells", [["02-03-1970", "04-05-1970"], ["02-25-1970", "25-02-1970"]])
def test_a_format_that_no_cell_proves_is_commented(cells: list[str]) -> None:
    assert '# dob2 = "%' in "\n".join(draft({"Born": cells}).lines)


def test_required_fields_without_a_header_are_constants_to_complete() -> None:
    lines = draft({"phoneNumber": ["0912345678"]}, SMS_INTERACTION).lines
    assert 'serviceProvider = ""  # required: text' in lines
    assert "# id is required: let one of the headers above mean it." in lines
    assert [line for line in lines if line.startswith("phoneNumber")] == []


def test_the_system_is_proposed_as_a_constant_where_it_is_not_fixed() -> None:
    assert any(line.startswith("# systemName = ") for line in draft(MEMBERS).lines)
    assert not any("systemName" in line for line in draft({"id": ["1"]}, MOEGO_LEAD).lines)


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.object_type)
def test_every_draft_is_toml_and_needs_nothing_where_all_is_given(entity: Entity) -> None:
    assert entity.object_type in tomllib.loads("\n".join(draft(MEMBERS, entity).lines))
    assert not draft({column.source: [] for column in entity.columns}, entity).is_needed


def test_a_first_row_of_data_gives_no_draft() -> None:
    assert draft_mapping(["Nguyễn Văn An", "0912345678"], {}, CUSTOMER_IDENTITY, (), "VN") is None
