from collections.abc import Callable

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.customer_product_comment import CUSTOMER_PRODUCT_COMMENT
from cdp_pipeline.staging.pipeline import Staged


def test_a_contact_that_is_there_and_unusable_is_counted_by_its_source_name(stage: Callable[..., Staged]) -> None:
    findings = stage(
        CUSTOMER_PRODUCT_COMMENT,
        {"comment_id": "1", "customer_phone": "098685xxxx", "customer_email": "an@example.com"},
        {"comment_id": "2", "customer_phone": "0912345678", "customer_email": "an at example.com"},
        {"comment_id": "3", "customer_phone": "12", "customer_email": " "},
    ).findings
    assert findings == {"format:customerPhone": 2, "format:customerEmail": 1}


def test_a_number_in_no_assigned_range_is_used_and_counted(stage: Callable[..., Staged]) -> None:
    staged = stage(
        CUSTOMER_PRODUCT_COMMENT,
        {"comment_id": "1", "customer_phone": "0891234567"},
        {"comment_id": "2", "customer_phone": "0912345678 / 0891234567"},
        {"comment_id": "3", "customer_phone": "0912345678 / 0987654321"},
        {"comment_id": "4", "customer_phone": "0123456789"},
        {"comment_id": "5"},
    )
    assert staged.rows["customer_phone_e164"][0] == "+84891234567"
    assert staged.findings == {"format:customerPhone_unassigned": 2, "format:customerPhone": 1}


def test_each_use_of_a_placeholder_is_counted_by_its_field(stage: Callable[..., Staged]) -> None:
    staged = stage(
        CUSTOMER_IDENTITY,
        {"customer_id": "C1", "phone": "0999999999", "full_name": "Khách lẻ", "identity_no": "000000000"},
        {"customer_id": "C2", "email": "khongco@gmail.com", "passport_no": "B1234567", "full_name": "Lê Thị Hà"},
        {"customer_id": "C3", "phone": "0912345678", "email": "ha@example.com", "identity_no": "079188001234"},
    )
    assert staged.findings == {
        "placeholder:phone": 1,
        "placeholder:email": 1,
        "placeholder:identityNo": 1,
        "placeholder:passportNo": 1,
        "placeholder:name": 1,
    }


def test_a_row_without_oddities_is_counted_nowhere(stage: Callable[..., Staged]) -> None:
    assert stage(CUSTOMER_IDENTITY, {"customer_id": "C1", "phone": "0912345678", "full_name": "Lê An"}).findings == {}


def test_a_cell_of_more_than_4000_characters_is_counted_unless_it_is_long_by_nature(
    stage: Callable[..., Staged],
) -> None:
    findings = stage(
        CUSTOMER_PRODUCT_COMMENT,
        {"comment_id": "1", "title": "a" * 4001, "content": "b" * 9000},
        {"comment_id": "2", "title": "â" * 4000},
    ).findings
    assert findings == {"length:title": 1}


def test_tombstones_are_not_looked_at(stage: Callable[..., Staged]) -> None:
    assert stage(CUSTOMER_IDENTITY, {"customer_id": "C1", "phone": "12", "is_deleted": True}).findings == {}
