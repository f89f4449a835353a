from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest

from cdp_pipeline.current.tables import CUSTOM_FIELDS, current_table
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.kinds import TIMESTAMP
from cdp_pipeline.entities.moego_lead import MOEGO_LEAD
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.entities.table import Table
from cdp_pipeline.identity.tables import RECORD_PERSONS, SKIPPED_IDENTIFIERS
from cdp_pipeline.profiles.activities.activities import build_comment_ties, build_profile_activities
from cdp_pipeline.profiles.activities.activity_counts import ActivityParts, build_profile_activity_counts
from cdp_pipeline.profiles.activities.engagement import build_profile_engagement
from cdp_pipeline.profiles.activities.products_of_persons import build_profile_products
from cdp_pipeline.profiles.activities.recency import build_profile_recency
from cdp_pipeline.profiles.activities.subscriptions import build_profile_subscriptions
from cdp_pipeline.profiles.addresses.addresses import build_profile_addresses
from cdp_pipeline.profiles.addresses.households import HOUSEHOLD_MEMBERS
from cdp_pipeline.profiles.contacts.consents import build_profile_consents
from cdp_pipeline.profiles.contacts.contact_use import build_contact_uses
from cdp_pipeline.profiles.contacts.contacts import build_contact_statements, build_profile_contacts
from cdp_pipeline.profiles.golden.attributes import ATTRIBUTES, build_golden_values, find_evidence
from cdp_pipeline.profiles.golden.profiles import ProfileParts
from cdp_pipeline.profiles.golden.survivorship import Attribute
from cdp_pipeline.profiles.leads.gone_leads import GONE_LEADS
from cdp_pipeline.profiles.leads.lead_status_history import (
    build_profile_lead_status_history,
    derived_status_changes,
    lead_names,
)
from cdp_pipeline.profiles.leads.leads import build_profile_leads
from cdp_pipeline.profiles.records.memberships import build_profile_memberships
from cdp_pipeline.profiles.records.records import build_profile_records
from cdp_pipeline.staging.tables import staging_table


@dataclass
class Records:
    """Current records with their persons, written row by row: what a test does not name is null.

    Records are called r1, r2 and so on, belong to company ORG1 and system CRM, and were seen on `day` of January 2026.
    """

    rows: list[tuple[Entity, dict[str, Any]]] = field(default_factory=list)
    persons: list[dict[str, str]] = field(default_factory=list)
    shared_values: list[dict[str, Any]] = field(default_factory=list)
    gone: list[dict[str, Any]] = field(default_factory=list)
    named: list[dict[str, Any]] = field(default_factory=list)
    made: tuple[list[int], Mapping[str, pl.LazyFrame]] | None = None

    def add(self, entity: Entity, person: str | None = "P1", day: int = 1, **columns: Any) -> str:
        """One current record, of a person unless `person` is None; gives its key."""
        seen_at = _day(day)
        key = columns.pop("record_key", f"r{len(self.rows) + 1}")
        defaults = {
            "record_key": key,
            "object_type": entity.object_type,
            "company_id": "ORG1",
            "system_name": "CRM",
            "is_deleted": False,
            "first_seen_at": seen_at,
            "last_seen_at": seen_at,
            "source_id": columns.get(entity.source_id),
        }
        self.rows.append((entity, {**defaults, **columns}))
        if person is not None:
            self.persons.append({"record_key": key, "object_type": entity.object_type, "person_id": person})
        return key

    def share(self, kind: str, value: str, scope: str = "ORG1") -> None:
        """Mark an identifier as held by too many people."""
        self.shared_values.append({"scope": scope, "kind": kind, "value": value, "people": 9, "limit": 5})

    @property
    def current(self) -> Mapping[str, pl.LazyFrame]:
        """All current tables by entity name; made once for the same rows in the same order."""
        rows = [id(row) for _, row in self.rows]
        if self.made is None or self.made[0] != rows:
            by_entity = {e: [row for owner, row in self.rows if owner is e] for e in ENTITIES}
            self.made = rows, {e.name: _frame(current_table(e), found) for e, found in by_entity.items()}
        return self.made[1]

    @property
    def record_persons(self) -> pl.LazyFrame:
        """The person of each record."""
        return _frame(RECORD_PERSONS, self.persons)

    @property
    def shared_identifiers(self) -> pl.LazyFrame:
        """The shared identifiers."""
        return _frame(SKIPPED_IDENTIFIERS, self.shared_values)

    def vanish(self, record_key: str, day: int) -> None:
        """Let a MoeGo lead be missing from a whole list of that day of January 2026."""
        self.gone.append({"record_key": record_key, "gone_on": date(2026, 1, day)})

    def name_customer(self, record_key: str, customer_id: str, day: int) -> None:
        """Let a lead name its customer from that day of January 2026 on."""
        self.named.append({"record_key": record_key, "customer_id": customer_id, "named_at": _day(day)})

    @property
    def named_customers(self) -> pl.LazyFrame:
        """When leads named their customers."""
        schema = {"record_key": pl.String(), "customer_id": pl.String(), "named_at": TIMESTAMP}
        return pl.LazyFrame(self.named, schema=schema)

    @property
    def gone_leads(self) -> pl.LazyFrame:
        """The leads that are gone."""
        return pl.LazyFrame(self.gone, schema=GONE_LEADS.schema)

    @property
    def status_history(self) -> pl.LazyFrame:
        """The stated changes of leads; no lead of MoeGo changed."""
        no_versions = staging_table(MOEGO_LEAD).empty().lazy()
        return build_profile_lead_status_history(
            self.current, self.record_persons, derived_status_changes(no_versions), lead_names(self.current)
        )

    @property
    def custom_fields(self) -> pl.LazyFrame:
        """No custom field of anybody."""
        return _frame(CUSTOM_FIELDS, [])

    @property
    def statements(self) -> pl.LazyFrame:
        """The phones and e-mails that records state."""
        return build_contact_statements(self.current, self.record_persons)

    @property
    def contacts(self) -> pl.LazyFrame:
        """The contacts of everybody."""
        given = (self.current, self.record_persons)
        return build_profile_contacts(self.statements, build_contact_uses(*given), *given, self.shared_identifiers)

    @property
    def activities(self) -> pl.LazyFrame:
        """The timelines of everybody."""
        given = (self.current, self.record_persons)
        return build_profile_activities(*given, build_comment_ties(*given))

    def parts(self, as_of: date, attributes: Sequence[Attribute] = ATTRIBUTES) -> ProfileParts:
        """The golden values and the child tables that a profile sums up, judged by a day."""
        given = (self.current, self.record_persons)
        activities = self.activities
        return ProfileParts(
            golden=build_golden_values(find_evidence(*given), attributes),
            records=build_profile_records(*given),
            contacts=self.contacts,
            addresses=build_profile_addresses(*given, as_of),
            memberships=build_profile_memberships(*given, self.statements),
            leads=build_profile_leads(*given, self.status_history, self.gone_leads, self.named_customers),
            activities=ActivityParts(
                activities=activities,
                counts=build_profile_activity_counts(activities, as_of),
                engagement=build_profile_engagement(activities),
                products=build_profile_products(activities),
                recency=build_profile_recency(activities, as_of),
            ),
            subscriptions=build_profile_subscriptions(*given),
            consents=build_profile_consents(*given),
            household_members=HOUSEHOLD_MEMBERS.empty().lazy(),
        )

    def reversed(self) -> "Records":
        """The same records in the opposite order of rows."""
        return Records(self.rows[::-1], self.persons[::-1], self.shared_values[::-1], self.gone[::-1], self.named[::-1])


def _day(day: int) -> datetime:
    return datetime(2026, 1, day, tzinfo=UTC)


def _frame(table: Table, rows: list[dict[str, Any]]) -> pl.LazyFrame:
    if not rows:
        return table.empty().lazy()
    unknown = {name for row in rows for name in row} - set(table.schema.names())
    assert not unknown, f"{table.name} has no {unknown}"
    return pl.LazyFrame([{name: row.get(name) for name in table.schema} for row in rows], schema=table.schema)


@pytest.fixture
def records() -> Records:
    return Records()


@pytest.fixture
def rows_of() -> Callable[..., list[dict[str, Any]]]:
    """The rows of a built table in the order of its key, with the columns asked for; checks schema and key."""

    def collect(frame: pl.LazyFrame, table: Table, *columns: str) -> list[dict[str, Any]]:
        rows = frame.collect()
        assert rows.schema == table.schema
        assert not rows.select(table.key).is_duplicated().any()
        assert [c.name for c in table.columns if not c.nullable and rows[c.name].null_count()] == []
        return rows.sort(table.key).select(columns or table.schema.names()).to_dicts()

    return collect
