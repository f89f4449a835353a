"""Restrictions and objections: in force until revoked, for whoever the person becomes, and left out of the views."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa

from cdp_pipeline.identity import PERSON_ID_HISTORY
from cdp_pipeline.privacy.kinds import PURPOSES
from cdp_pipeline.privacy.requests import Request, State
from cdp_pipeline.privacy.restrictions import PROFILE_RESTRICTIONS, build_profile_restrictions, purpose_views
from cdp_pipeline.profiles.golden import PROFILES
from cdp_pipeline.serving.database import reading
from cdp_pipeline.serving.pipeline import publish

RECEIVED = datetime(2026, 11, 16, 3, tzinfo=UTC)
OBJECTION = Request(
    "r-1", "object", "An", RECEIVED.date(), ("marketing",), None, None, "lan", state="done", received_at=RECEIVED
)
RESTRICTION = replace(OBJECTION, request_id="r-2", kind="restrict", person_id="Binh", purposes=("analytics",))
REVOCATION = replace(OBJECTION, request_id="r-3", kind="revoke", revokes="r-1")

Change = tuple[str, str, str, int]


def restricted(*requests: Request, people: tuple[str, ...] = ("An", "Binh"), history: tuple[Change, ...] = ()) -> Any:
    """Who is restricted for what; a change says who became who, how, and on which day of November."""
    changes = [
        {
            "old_person_id": a,
            "person_id": b,
            "change": how,
            "reason": "",
            "changed_at": datetime(2026, 11, d, tzinfo=UTC),
        }
        for a, b, how, d in history
    ]
    rows = build_profile_restrictions(
        requests,
        PERSON_ID_HISTORY.named(pl.DataFrame(changes, schema=PERSON_ID_HISTORY.schema, orient="row").lazy()),
        pl.LazyFrame({"person_id": people}),
    )
    return set(rows.select("person_id", "purpose", "kind").collect().iter_rows())


def test_a_request_is_published_with_its_day_and_id() -> None:
    history, people = PERSON_ID_HISTORY.named(PERSON_ID_HISTORY.empty().lazy()), pl.LazyFrame({"person_id": ["An"]})
    rows = build_profile_restrictions([OBJECTION], history, people).collect().rows()
    assert rows == [("An", "marketing", "object", date(2026, 11, 16), "r-1")]


def test_without_purposes_it_is_about_all_of_them() -> None:
    assert restricted(replace(OBJECTION, purposes=())) == {("An", purpose, "object") for purpose in PURPOSES}


@pytest.mark.parametrize(
    ("state", "is_in_force"),
    [
        ("received", False),
        ("confirmed", True),
        ("applied", True),
        ("done", True),
        ("refused", False),
        ("revoked", False),
    ],
)
def test_it_is_in_force_from_its_execution_until_it_is_revoked(state: State, is_in_force: bool) -> None:
    assert bool(restricted(replace(OBJECTION, state=state))) == is_in_force


@pytest.mark.parametrize(("state", "ends"), [("received", False), ("confirmed", True), ("refused", False)])
def test_a_revocation_ends_it_as_soon_as_it_is_executed(state: State, ends: bool) -> None:
    assert bool(restricted(OBJECTION, replace(REVOCATION, state=state))) != ends


def test_one_person_of_two_has_the_restrictions_of_both() -> None:
    merged: Change = ("An", "Binh", "merged", 20)
    found = restricted(OBJECTION, RESTRICTION, people=("Binh",), history=(merged,))
    assert found == {("Binh", "marketing", "object"), ("Binh", "analytics", "restrict")}


def test_after_a_split_all_parts_have_it() -> None:
    found = restricted(
        OBJECTION, people=("An", "Chi", "Dung"), history=(("An", "Chi", "split", 20), ("Chi", "Dung", "split", 21))
    )
    assert {person for person, _, _ in found} == {"An", "Chi", "Dung"}


def test_a_part_that_was_another_person_before_the_request_has_not() -> None:
    assert restricted(OBJECTION, people=("An", "Chi"), history=(("An", "Chi", "split", 2),)) == {
        ("An", "marketing", "object")
    }


def test_a_person_who_had_another_id_before_the_request_is_found_nevertheless() -> None:
    found = restricted(OBJECTION, people=("Chi",), history=(("An", "Chi", "merged", 2), ("Chi", "An", "split", 1)))
    assert found == {("Chi", "marketing", "object")}


def test_a_person_who_is_not_published_has_no_row_and_has_it_again_when_they_return() -> None:
    retired: Change = ("An", "An", "retired", 20)
    assert restricted(OBJECTION, people=("Binh",), history=(retired,)) == set()
    assert restricted(OBJECTION, people=("An", "Binh"), history=(retired,)) == {("An", "marketing", "object")}


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    found: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return found


@pytest.fixture
def in_view(url: str) -> Callable[[str], dict[str, tuple[Any, Any]]]:
    """Publishes four people; then gives who is in a view, with the contacts that it shows."""
    consents = [("An", True, True), ("Binh", True, None), ("Chi", None, False), ("Dung", None, True)]
    base = dict.fromkeys((c.name for c in PROFILES.columns if not c.nullable and c.dtype == pl.Int64), 0)
    rows = [
        base | {"person_id": name, "kind": "customer", "primary_email": f"{name}@x.vn", "primary_phone": "+84912345678"}
        | {"can_email": email, "can_sms": sms}
        for name, email, sms in consents
    ]  # fmt: skip
    rows[3]["primary_phone"] = None
    forbidden = [("An", "analytics", "restrict", RECEIVED.date() + timedelta(days=1), "r-2")]
    frames = {
        "profiles": pl.DataFrame(rows, schema=PROFILES.schema).lazy(),
        "profile_restrictions": pl.DataFrame(forbidden, schema=PROFILE_RESTRICTIONS.schema, orient="row").lazy(),
    }
    publish(url, frames, (PROFILES, PROFILE_RESTRICTIONS), views=purpose_views(PROFILES))

    def asked(view: str) -> dict[str, tuple[Any, Any]]:
        with reading(url) as connection:
            found = connection.execute(sa.text(f"SELECT person_id, primary_email, primary_phone FROM {view}"))
            return {person: (email, phone) for person, email, phone in found}

    return asked


def test_the_view_of_a_purpose_leaves_out_who_is_restricted_for_it(in_view) -> None:
    assert set(in_view("profiles_for_analytics")) == {"Binh", "Chi", "Dung"}
    assert set(in_view("profiles_for_profiling")) == {"An", "Binh", "Chi", "Dung"}


def test_the_view_for_marketing_has_people_with_a_consent_and_the_contacts_it_covers(in_view) -> None:
    assert in_view("profiles_for_marketing") == {"An": ("An@x.vn", "+84912345678"), "Binh": ("Binh@x.vn", None)}
