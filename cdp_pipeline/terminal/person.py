"""`cdp show`: one person as a colleague would like to read them, masked unless asked otherwise."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import polars as pl
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cdp_pipeline.entities import table as declared
from cdp_pipeline.profiles.activity_counts import WINDOWS
from cdp_pipeline.profiles.tables import PUBLISHED_TABLES
from cdp_pipeline.serving.database import ServingError, reading
from cdp_pipeline.serving.read import Row, find_person_ids, read_person
from cdp_pipeline.serving.schema import database_tables
from cdp_pipeline.settings import Settings
from cdp_pipeline.values.mask import mask_email, mask_phone, mask_text
from cdp_pipeline.values.phone import normalize_phones

LATEST_ACTIVITIES = 10

_PERSONAL = {(t.name, c.name) for t in PUBLISHED_TABLES for c in t.columns if c.personal}
_SHOWN = {
    "profile_contacts": ("kind", "value", "is_primary", "is_shared", "record_count", "last_seen_at"),
    "profile_addresses": ("address_type", "address", "ward", "district", "city", "country", "is_primary"),
    "profile_memberships": ("membership_id", "membership_type", "status", "loyalty_point", "membership_issued_at"),
    "profile_leads": ("object_type", "lead_id", "state", "status", "source_name", "created_at", "converted_at"),
    "profile_lead_status_history": ("changed_at", "old_status", "new_status", "days_in_status", "reason"),
    "profile_lead_pets": ("pet_name", "pet_type", "breed", "birthday", "is_deleted"),
    "profile_lead_addresses": ("address_type", "address_1", "address_city", "address_country"),
    "profile_relationships": ("relationship", "full_name", "related_person_id"),
    "profile_subscriptions": ("product_name", "status", "subscribe_at"),
    "profile_consents": ("purpose", "channel", "granted", "basis", "stated_at"),
    "profile_photos": ("source", "image_url"),
    "profile_activities": ("occurred_at", "object_type", "activity_type", "channel", "product_name", "campaign_name"),
    "profile_activity_counts": ("object_type", "activity_type", *(f"last_{days}_days" for days in WINDOWS), "ever"),
    "profile_engagement": ("channel", "sent", "delivered", "opened", "clicked", "bounced", "unsubscribed"),
    "profile_products": ("product_sku", "product_name", "viewed_count", "bought_count", "is_wishlisted", "last_at"),
    "profile_recency": ("as_of", "recency_days", "recency_score", "frequency_score"),
    "profile_values": ("attribute", "value", "is_winner", "strategy", "record_count", "record_key"),
    "profile_custom_fields": ("object_type", "container", "key", "kind"),
    "profile_records": ("object_type", "system_name", "source_id"),
}


def show_person(settings: Settings, key: str, unmask: bool, out: Console, err: Console) -> int:
    """Print the person a key means; returns the exit status: 1 when it means nobody, 2 people are listed, not shown."""
    tables = database_tables(PUBLISHED_TABLES)
    phone = normalize_phones(pl.Series([key]), None, settings.default_region)[0]
    try:
        with reading(settings.database_url) as connection:
            found = find_person_ids(connection, tables, key, [phone] if phone else [])
            people = [read_person(connection, tables, person_id) for person_id in found]
    except ServingError as error:
        err.print(str(error), soft_wrap=True)
        return 1
    if not people:
        err.print("Nobody has that person id, phone, e-mail, customer id, lead id or membership id.")
        return 1
    if len(people) > 1:
        out.print(f"{len(people)} people have this key; show one of them by id:")
        for person in people:
            profile = person["profiles"][0]
            out.print(f"  {profile['person_id']}  {_cell('profiles', 'display_name', profile, unmask)}")
        return 0
    _print(people[0], unmask, out)
    return 0


def _print(person: dict[str, list[Row]], unmask: bool, out: Console) -> None:
    profile = person["profiles"][0]
    out.print(f"[bold]{_cell('profiles', 'display_name', profile, unmask)}[/bold]  {profile['person_id']}")
    facts = Table(show_header=False, box=None)
    for name, value in profile.items():
        if value not in (None, "", [], "[]") and name not in ("display_name", "person_id"):
            facts.add_row(name.replace("_", " "), _cell("profiles", name, profile, unmask))
    out.print(facts)
    for table in PUBLISHED_TABLES:
        rows = person.get(table.name, [])
        if table.name == "profiles" or not rows:
            continue
        _print_table(table, rows, unmask, out)
    if not unmask:
        out.print("Personal data is masked; --unmask shows it.")


def _print_table(table: declared.Table, rows: list[Row], unmask: bool, out: Console) -> None:
    shown = rows
    title = f"{table.name.removeprefix('profile_').replace('_', ' ')}: {len(rows)}"
    if table.name == "profile_activities":
        shown = sorted(rows, key=lambda row: (row["occurred_at"], row["record_key"]), reverse=True)[:LATEST_ACTIVITIES]
        title += f", the latest {len(shown)}" if len(shown) < len(rows) else ""
    printed = Table(title=title, title_justify="left", title_style="bold")
    names = [name for name in _SHOWN[table.name] if name in rows[0]]
    for name in names:
        printed.add_column(name.replace("_", " "), overflow="fold")
    for row in shown:
        printed.add_row(*(_cell(table.name, name, row, unmask) for name in names))
    out.print(printed)


def _cell(table: str, name: str, row: Row, unmask: bool) -> str:
    value = row[name]
    if value is None:
        return ""
    text = _text(value)
    if not unmask and (table, name) in _PERSONAL:
        text = _mask(name, text, row)(text) or ""
    return escape(text)


def _mask(name: str, text: str, row: Row) -> Callable[[str | None], str | None]:
    if "email" in name or row.get("kind") == "email" or "@" in text:
        return mask_email
    if "phone" in name or row.get("kind") == "phone":
        return mask_phone
    return mask_text


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value)
