"""The CDNOW transactions, a data set of the customer-base literature, go through as customers and product activities.

They lie inside the Python package `lifetimes` beside the summary that its models are fitted on, and the package is
installed for these two files alone and never imported, as it needs pandas. The transactions run to June 1998; the
summary is as of the end of September 1997 and in weeks of two decimals.
"""

import csv
import importlib.util
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cdp_pipeline.deliveries.days import process_days
from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.customer_product_activity import CUSTOMER_PRODUCT_ACTIVITY
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.pipeline.run import bring_up_to_date
from cdp_pipeline.settings import Settings
from cdp_pipeline.store.lake import Lake

AS_OF = date(1997, 9, 30)


def package_file(name: str) -> Path:
    found = importlib.util.find_spec("lifetimes")
    if found is None or found.submodule_search_locations is None:
        raise FileNotFoundError("The package lifetimes, which carries the CDNOW files, is not installed; run make.")
    return Path(found.submodule_search_locations[0]) / "datasets" / name


def transactions() -> list[tuple[str, datetime, int, float]]:
    """Customer, moment, number of CDs and dollars; the file says the day, we make up the time of day."""
    lines = package_file("CDNOW_sample.txt").read_text(encoding="utf-8").splitlines()
    bought = []
    for number, (_, customer, day, quantity, dollars) in enumerate(line.split() for line in lines):
        moment = datetime.strptime(day, "%Y%m%d").replace(tzinfo=UTC) + timedelta(seconds=number * 7919 % 86_400)
        bought.append((customer, moment, int(quantity), float(dollars)))
    return bought


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Everything up to the tables of persons; the days lie before the first that `cdp run` reads."""
    folder = tmp_path_factory.mktemp("cdnow")
    settings = Settings(_env_file=None, raw_dir=folder / "raw", lake_dir=folder / "lake")
    bought = transactions()
    people = {
        customer: {"fullName": f"Customer {customer}", "email": f"{customer}@cdnow.example.com"}
        for customer, *_ in bought
    }
    of_source = {"systemName": "CDNOW", "internalCompanyId": "CDNOW"}
    dropped = {
        CUSTOMER_IDENTITY.object_type: [{"customerId": c, **of_source, **who} for c, who in people.items()],
        CUSTOMER_PRODUCT_ACTIVITY.object_type: [
            {
                "actionId": f"A{number}",
                "action": "Purchase",
                "actionAt": int(moment.timestamp() * 1000),
                "customerId": customer,
                "customerName": people[customer]["fullName"],
                "customerEmail": people[customer]["email"],
                "productSku": "CD",
                "productName": "Compact disc",
                "productCategoryId": "CD",
                "quantity": quantity,
                "price": dollars,
                **of_source,
            }
            for number, (customer, moment, quantity, dollars) in enumerate(bought)
        ],
    }
    for object_type, entries in dropped.items():
        path = settings.raw_dir / object_type / AS_OF.isoformat() / "cdnow.ndjson"
        path.parent.mkdir(parents=True)
        path.write_text("".join(json.dumps(entry) + "\n" for entry in entries), encoding="utf-8")
    lake = Lake(settings.lake_dir)
    for entity in ENTITIES:
        process_days(lake, entity, settings, "cdnow", days=[AS_OF.isoformat()], reprocess=False, log=print)
    bring_up_to_date(lake, settings, datetime(1997, 10, 1, tzinfo=UTC), upto="anomalies")
    return lake


def rows(lake: Lake, table: str) -> list[dict[str, Any]]:
    return lake.scan("profiles", table).collect().to_dicts()


def test_every_transaction_is_on_the_timeline_of_its_customer(lake: Lake) -> None:
    customers = {profile["person_id"]: profile["customer_ids"] for profile in rows(lake, "profiles")}
    days = sorted((*customers[r["person_id"]], r["occurred_at"]) for r in rows(lake, "profile_activities"))
    assert days == sorted((customer, moment) for customer, moment, *_ in transactions())
    assert (len(customers), len(days)) == (2_357, 6_919)


def test_frequency_recency_and_age_of_every_customer_are_those_of_the_package(lake: Lake) -> None:
    with package_file("cdnow_customers_summary.csv").open(encoding="utf-8", newline="") as file:
        expected = {
            int(row["ID"]): (int(row["frequency"]), float(row["recency"]), float(row["T"]))
            for row in csv.DictReader(file)
        }
    customers = {profile["person_id"]: profile["customer_ids"] for profile in rows(lake, "profiles")}
    found = {}
    for row in rows(lake, "profile_recency"):
        (customer,) = customers[row["person_id"]]
        age_days = (AS_OF - row["first_product_activity_on"]).days
        recency, age = (round(days / 7, 2) for days in (row["activity_recency_days"], age_days))
        found[int(customer)] = (row["activity_frequency"], recency, age)
    assert len(expected) == 2_357
    assert found == expected


def test_the_profile_repeats_what_does_not_move_by_itself(lake: Lake) -> None:
    profiles = {row["person_id"]: row for row in rows(lake, "profiles")}
    assert len(profiles) == 2_357
    names = ("activity_frequency", "activity_recency_days", "recency_score", "frequency_score")
    for row in rows(lake, "profile_recency"):
        assert [profiles[row["person_id"]][name] for name in names] == [row[name] for name in names]
