"""A person as a colleague would like to read them: who, how to reach, cards, lead story, activities, consents, sources.

Handed the published rows of one person; reads nothing. Values come through `cells.py`, which masks them; they are made
printable where they are printed.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from rich.console import Console
from rich.table import Table

from cdp_pipeline.commands.cells import MASKED, address_text, as_text, cell, day_of
from cdp_pipeline.commands.origins import origins
from cdp_pipeline.commands.printing import print_text, printable
from cdp_pipeline.serving import Row
from cdp_pipeline.values.display_text import count_of, visible

LATEST_ACTIVITIES = 10
"""So many of the latest activities are printed."""

_WHO = ("gender", "birth_date", "marital_status", "language", "customer_group")


@dataclass(frozen=True)
class Portrait:
    """The published rows of one person by table, and whether personal data may be read in full."""

    rows: dict[str, list[Row]]
    unmask: bool

    def print(self, out: Console) -> None:
        """Print all parts that have values."""
        profile = self.rows["profiles"][0]
        name = self._cell("profiles", "display_name", profile) or "Without a name"
        print_text(out, f"{visible(name)}  {profile['person_id']}", style="bold")
        if not self.unmask:
            print_text(out, MASKED, style="dim")
        for title, lines in (
            ("", self._who(profile)),
            ("How to reach", self._reach(profile)),
            ("Consents", self._consents(profile)),
            ("Cards", self._cards()),
            ("Lead story", self._leads()),
            ("Family and household", self._family(profile)),
            ("Products", self._products(profile)),
        ):
            _section(out, title, lines)
        self._print_activities(out)
        _section(out, "Where each value comes from", origins(self.rows, self.unmask))

    def _cell(self, table: str, name: str, row: Row) -> str:
        return cell(table, name, row, self.unmask)

    def _of(self, table: str) -> list[Row]:
        return self.rows.get(table, [])

    def _who(self, profile: Row) -> Iterator[str]:
        facts = [self._cell("profiles", name, profile) for name in _WHO]
        facts += [f"also called {self._cell('profiles', 'nick_names', profile)}"] if profile["nick_names"] else []
        of = f" of {profile['internal_company_id']}" if profile["internal_company_id"] else ""
        yield f"{profile['kind']}{of}: " + (", ".join(fact for fact in facts if fact) or "nothing else is known")
        yield (
            f"known since {day_of(profile['first_seen_at'])}, last seen {day_of(profile['last_seen_at'])}: "
            f"{count_of(profile['record_count'], 'record')} of {count_of(profile['system_count'], 'system')}"
        )
        for name, word in (("customer_ids", "customer"), ("lead_ids", "lead")):
            if profile[name]:
                yield f"{word} ids: {self._cell('profiles', name, profile)}"

    def _reach(self, profile: Row) -> Iterator[str]:
        for row in sorted(
            self._of("profile_contacts"), key=lambda r: (r["kind"] != "phone", not r["is_primary"], r["value"])
        ):
            notes = [
                "main" if row["is_primary"] else "",
                "shared with others" if row["is_shared"] else "",
                "placeholder" if row["is_placeholder"] else "",
                row["contact_type"] or "",
                f"{row['verification']} on {day_of(row['last_used_at'] or row['last_bounced_at'])}"
                if row["verification"]
                else "",
                f"{count_of(row['record_count'], 'record')}, last {day_of(row['last_seen_at'])}",
            ]
            kind = "e-mail" if row["kind"] == "email" else row["kind"]
            yield f"{kind} {self._cell('profile_contacts', 'value', row)}: {'; '.join(note for note in notes if note)}"
        addresses = sorted(
            self._of("profile_addresses"), key=lambda r: (not r["is_primary"], not r["is_current"], r["record_key"])
        )
        for row in addresses:
            notes = [
                "main" if row["is_primary"] else "",
                "" if row["is_current"] else "not current",
                f"from {day_of(row['valid_from'])}" if row["valid_from"] else "",
                f"until {day_of(row['valid_to'])}" if row["valid_to"] else "",
            ]
            parts = address_text(row, partial(self._cell, "profile_addresses", row=row))
            noted = "; ".join(note for note in notes if note)
            yield f"{(row['address_type'] or 'address').lower()} {parts}" + (f": {noted}" if noted else "")

    def _consents(self, profile: Row) -> Iterator[str]:
        for channel, name in (("email", "e-mail"), ("sms", "SMS")):
            may = profile[f"can_{channel}"]
            if may is None:
                yield f"marketing by {name}: unknown, so not allowed"
            else:
                word = "allowed" if may else "refused"
                by, since = profile[f"can_{channel}_basis"], day_of(profile[f"can_{channel}_since"])
                yield f"marketing by {name}: {word} by {by} since {since}"
        for row in self._of("profile_restrictions"):
            word = "objected to" if row["kind"] == "object" else "restricted"
            yield f"{row['purpose']}: {word} since {day_of(row['since'])} by request {row['request_id']}"
        service = {row["channel"]: row for row in self._of("profile_consents") if row["purpose"] == "service"}
        states = [
            f"{channel} {'yes' if row['granted'] else 'no'}"
            for channel, row in sorted(service.items())
            if row["granted"] is not None
        ]
        if states:
            yield f"service messages: {', '.join(states)}"

    def _cards(self) -> Iterator[str]:
        for row in sorted(self._of("profile_memberships"), key=lambda r: (not r["is_current"], r["record_key"])):
            points = [
                f"{row[name]:,} {word}"
                for name, word in (("earn_point", "earned"), ("redeem_point", "spent"), ("loyalty_point", "available"))
                if row[name] is not None
            ]
            notes = [
                "current" if row["is_current"] else "",
                f"issued {day_of(row['membership_issued_at'])}",
                f"points {', '.join(points)}" if points else "",
                "which do not add up" if row["points_add_up"] is False else "",
            ]
            what = " ".join(
                filter(
                    None,
                    (self._cell("profile_memberships", "membership_id", row), row["membership_type"], row["status"]),
                )
            )
            yield f"{what}: {'; '.join(note for note in notes if note)}"

    def _leads(self) -> Iterator[str]:
        history = self._of("profile_lead_status_history")
        for row in sorted(
            self._of("profile_leads"), key=lambda r: (str(r["created_at"] or r["first_seen_at"]), r["record_key"])
        ):
            came = ", ".join(filter(None, (row["source_channel"], row["source_name"], row["form_name"])))
            lead = f"{row['object_type']} {self._cell('profile_leads', 'lead_id', row)}"
            came_at = day_of(row["created_at"] or row["first_seen_at"])
            yield f"{came_at} {lead}" + (f" by {came}" if came else "") + f": {_state(row)}"
            of = [h for h in history if h["lead_record_key"] == row["record_key"]]
            for change in sorted(of, key=lambda h: (str(h["changed_at"]), h["change_number"], h["record_key"])):
                took = (
                    f" after {as_text(change['days_in_old_status'])} days"
                    if change["days_in_old_status"] is not None
                    else ""
                )
                yield f"    {day_of(change['changed_at'])} {change['old_status']} -> {change['new_status']}{took}"
            for pet in self._of("profile_lead_pets"):
                if pet["record_key"] == row["record_key"]:
                    yield "    pet: " + ", ".join(
                        filter(
                            None, (self._cell("profile_lead_pets", n, pet) for n in ("pet_name", "pet_type", "breed"))
                        )
                    )

    def _family(self, profile: Row) -> Iterator[str]:
        if profile["household_id"]:
            yield f"household {profile['household_id']} of {profile['household_size']:,} people"
        for row in self._of("profile_relationships"):
            known = row["related_person_id"] or "not known as a person"
            yield f"{row['relationship']} {self._cell('profile_relationships', 'display_name', row)}: {known}"

    def _products(self, profile: Row) -> Iterator[str]:
        for name, word in (
            ("wishlisted_products", "wish list"),
            ("most_viewed_product_sku", "viewed most"),
            ("most_viewed_category", "favourite category"),
        ):
            if profile[name]:
                yield f"{word}: {self._cell('profiles', name, profile)}"
        if profile["average_rating"] is not None:
            reviews = count_of(profile["review_count"], "review")
            yield f"mean rating given: {as_text(profile['average_rating'])} in {reviews}"
        for row in self._of("profile_subscriptions"):
            if row["is_current"]:
                yield f"{row['status']}: {row['product_name']} since {day_of(row['subscribe_at'])}"

    def _print_activities(self, out: Console) -> None:
        rows = self._of("profile_activities")
        if not rows:
            return
        latest = sorted(rows, key=lambda r: (str(r["occurred_at"]), r["record_key"]), reverse=True)[:LATEST_ACTIVITIES]
        title = f"Activities: {len(rows):,}" + (f", the latest {len(latest)}" if len(latest) < len(rows) else "")
        table = Table(
            "when",
            "what",
            "channel",
            "product or campaign",
            box=None,
        )
        for row in latest:
            about = row["product_name"] or row["campaign_name"] or row["campaign_id"]
            table.add_row(
                *(
                    printable(as_text(value)) if value is not None else ""
                    for value in (row["occurred_at"], row["activity_type"], row["channel"], about)
                )
            )
        print_text(out, f"\n{title}", style="bold")
        out.print(table)


def _state(row: Row) -> str:
    """What became of a lead, in words."""
    status = f"{row['status'] or 'no status'}" + (
        f" since {day_of(row['status_since'])}" if row["status_since"] else ""
    )
    match row["state"]:
        case "converted":
            by = str(row["converted_by"]).replace("_", " ")
            return f"{status}; became a customer on {day_of(row['converted_at'])}, known by {by}"
        case "customer_before":
            return f"{status}; was a customer before"
        case "gone":
            return f"{status}; gone from the list on {day_of(row['gone_on'])}"
    return status


def _section(out: Console, title: str, lines: Iterable[str]) -> None:
    printed = list(lines)
    if not printed:
        return
    if title:
        print_text(out, f"\n{title}", style="bold")
    for line in printed:
        print_text(out, f"  {visible(line)}")
