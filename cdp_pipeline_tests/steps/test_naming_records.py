from datetime import UTC, datetime

import polars as pl
import pytest

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.customer_product_comment import CUSTOMER_PRODUCT_COMMENT
from cdp_pipeline.entities.lead_information import LEAD_INFORMATION
from cdp_pipeline.entities.lead_status_history import LEAD_STATUS_HISTORY
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.steps.changed_records import Mark, all_touched_since
from cdp_pipeline.steps.naming_records import persons_naming
from cdp_pipeline.steps.persons import read_choices, update_persons
from cdp_pipeline.steps.state import state_marks, update_current

FIRST, SECOND = "2026-11-15", "2026-11-16"


def comment(number: int, comment_id: str, parent: str | None = None, **columns) -> dict:
    return {
        "commentId": comment_id,
        "parentCommentId": parent,
        "customerId": f"C{number}",
        "customerName": "Nguyễn Văn An",
        "systemName": "CRM",
        "customerPhone": f"09123450{number:02}",
        "productSku": "P1",
        "productName": "Tea",
        "content": "Good",
        "commentedAt": 1_790_000_000_000,
        **columns,
    }


def lead(lead_id: str, number: int, **columns) -> dict:
    return {"leadId": lead_id, "systemName": "CRM", "phone": f"09123450{number:02}", "fullName": "An", **columns}


def update(place, day: str) -> None:
    for entity in ENTITIES:
        place.process(entity, day)
        update_current(place.lake, entity)
    update_persons(place.lake, ENTITIES, read_choices(place.settings), datetime(2026, 11, 16, tzinfo=UTC))


@pytest.fixture
def commented(place, customer):
    """C2 answered a comment of C1, and C3 another one; C4 is a lead whose status changed."""
    place.drop(CUSTOMER_IDENTITY, FIRST, *map(customer, range(1, 10)))
    answers = (comment(2, "c2", "c1"), comment(3, "c3", "c9"))
    place.drop(CUSTOMER_PRODUCT_COMMENT, FIRST, comment(1, "c1"), *answers, *(comment(9, f"d{n}") for n in range(9)))
    place.drop(LEAD_INFORMATION, FIRST, *(lead(f"L{number}", number) for number in range(4, 9)))
    place.drop(
        LEAD_STATUS_HISTORY, FIRST, {"leadId": "L4", "systemName": "CRM", "oldStatus": "New", "newStatus": "Won"}
    )
    update(place, FIRST)
    return place


def naming(place, *drops: tuple) -> list[str]:
    """The smallest customer id of each person who names what these drops changed."""
    before = state_marks(place.lake, ENTITIES)
    for entity, row in drops:
        place.drop(entity, SECOND, row)
    update(place, SECOND)
    touched = all_touched_since(place.lake, ENTITIES, before, state_marks(place.lake, ENTITIES))
    assert touched is not None, "the days before were folded anew"
    persons = persons_naming(place.lake, touched)
    customers = place.lake.scan("current", "customer_identity").select("record_key", "customer_id")
    of_persons = place.lake.scan("identity", "record_persons").filter(pl.col("person_id").is_in(persons.implode()))
    return sorted(of_persons.join(customers, on="record_key").collect()["customer_id"])


def test_who_answers_a_comment_names_it_when_it_changes(commented):
    assert naming(commented, (CUSTOMER_PRODUCT_COMMENT, comment(1, "c1", content="Bad"))) == ["C2"]


def test_an_answer_names_a_comment_that_comes_after_it(commented):
    assert naming(commented, (CUSTOMER_PRODUCT_COMMENT, comment(9, "c9"))) == ["C3"]


def test_a_change_of_status_names_the_leads_of_its_id_and_nobody_else_does(commented):
    assert naming(commented, (LEAD_INFORMATION, lead("L5", 5, status="Won"))) == []
    assert naming(commented, (LEAD_INFORMATION, lead("L4", 4, systemName="POS"))) == ["C4"]


def test_where_nothing_changed_nobody_is_named(commented):
    marks = state_marks(commented.lake, ENTITIES)
    touched = all_touched_since(commented.lake, ENTITIES, marks, marks)
    assert touched is not None
    assert all(Mark.read(mark).number == 0 for mark in marks.values())
    assert persons_naming(commented.lake, touched).to_list() == []
