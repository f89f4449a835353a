from collections.abc import Callable

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.customer_membership import CUSTOMER_MEMBERSHIP
from cdp_pipeline.entities.moego_lead import MOEGO_LEAD
from cdp_pipeline.staging.pipeline import Staged


def test_the_whole_name_goes_before_its_parts(stage: Callable[..., Staged]) -> None:
    rows = stage(
        CUSTOMER_IDENTITY,
        {"customer_id": "C1", "full_name": "  Nguyễn  Minh Đức ", "first_name": "Duc", "last_name": "N."},
    ).rows
    assert rows.select("full_name", "display_name", "name_match").row(0) == (
        "  Nguyễn  Minh Đức ",
        "Nguyễn Minh Đức",
        "duc minh nguyen",
    )


def test_without_a_whole_name_the_parts_are_joined_in_their_order(stage: Callable[..., Staged]) -> None:
    rows = stage(
        CUSTOMER_IDENTITY,
        {"customer_id": "C1", "first_name": "Nguyễn", "middle_name": " Minh", "last_name": "Đức"},
        {"customer_id": "C2", "full_name": " ", "first_name": "Lê", "last_name": "An"},
        {"customer_id": "C3"},
    ).rows
    assert rows["display_name"].to_list() == ["Nguyễn Minh Đức", "Lê An", None]
    assert rows["name_match"].to_list() == ["duc minh nguyen", "an le", None]


def test_an_entity_with_only_one_way_to_name_its_person_uses_it(stage: Callable[..., Staged]) -> None:
    members = stage(
        CUSTOMER_MEMBERSHIP, {"membership_id": "M1", "customer_name": "Lê An"}, {"membership_id": "M2"}
    ).rows
    assert members["display_name"].to_list() == ["Lê An", None]
    leads = stage(MOEGO_LEAD, {"id": "ldg1", "first_name": "Ana", "last_name": "Smith"}).rows
    assert leads.select("display_name", "name_match").row(0) == ("Ana Smith", "ana smith")


def test_a_placeholder_name_is_shown_and_not_compared(stage: Callable[..., Staged]) -> None:
    names = ["Khách lẻ", "khách lẻ 2", "Anh/Chị", "N/A", "Walk-in", "<test lead: dummy data for full_name>", "Lê Anh"]
    rows = stage(CUSTOMER_IDENTITY, *({"customer_id": f"C{i}", "full_name": name} for i, name in enumerate(names))).rows
    assert rows["display_name"].to_list() == names
    assert rows["name_match"].to_list() == [None] * 6 + ["anh le"]
