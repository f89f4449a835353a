"""A week of drops with a bad file at its end, and what an operator did with it."""

import json
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cdp_pipeline.generator import generate
from cdp_pipeline_tests.browser.instance import Instance
from cdp_pipeline_tests.webhook import Webhook

DAYS = [f"2026-09-{day:02}" for day in range(1, 9)]
FIRST, BAD = DAYS[6], DAYS[7]
SECRETS = ("0903118264", "+84903118264", "lan.vu@gmail.com", "Vũ Thị Ngọc Lan")
# A till whose new form leaves out the customer id, and writes the year of birth in words.
KIOSK = [
    {"customerId": "K1", "fullName": SECRETS[3], "phone": SECRETS[0], "systemName": "POS", "internalCompanyId": "ORG1"},
    {"fullName": SECRETS[3], "phone": SECRETS[0], "systemName": "POS", "internalCompanyId": "ORG1"},
    {"fullName": "Trần Văn Hùng", "email": SECRETS[2], "systemName": "POS", "internalCompanyId": "ORG1"},
    {"customerId": "K2", "fullName": SECRETS[3], "phone": SECRETS[0], "yob": "nineteen ninety", "systemName": "POS"},
]


@dataclass(frozen=True)
class Operated:
    """An instance in which a day, a backfill and a day with a bad file were run."""

    instance: Instance
    webhook: Webhook
    first_run: str
    backfill_runs: list[dict[str, Any]]
    bad_run: str
    endings: list[str]

    def contacts(self) -> list[str]:
        """Every phone and e-mail of the published people."""
        with sqlite3.connect(self.instance.folder / "serving" / "cdp.db") as database:
            return [value for (value,) in database.execute("SELECT DISTINCT value FROM profile_contacts")]


def drop_a_week(raw: Path) -> None:
    """A week of files of all entities, and on its last day a bad one."""
    generate(raw, 250, len(DAYS), 5)
    kiosk = raw / "customer-identity" / BAD / "customer-identity-kiosk.ndjson"
    lines = [json.dumps(entry, ensure_ascii=False) for entry in KIOSK]
    kiosk.write_text("\n".join([*lines, '{"customerId": "K3", "fullName"']), encoding="utf-8")
