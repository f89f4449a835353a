from itertools import pairwise

from cdp_pipeline.generator.sheet import Sheet


def test_converted_leads_name_a_customer_of_their_company(sheet: Sheet) -> None:
    customers = {(r["internalCompanyId"], r["customerId"]) for day in sheet.rows["customer-identity"] for r in day}
    converted = [r for day in sheet.rows["lead-information"] for r in day if r.get("customerId")]
    assert len(converted) > 50
    assert all((r["internalCompanyId"], r["customerId"]) in customers for r in converted)


def test_every_lead_has_a_phone(sheet: Sheet) -> None:
    rows = [r for day in sheet.rows["lead-information"] for r in day if r.get("recordStatus") != "Deleted"]
    assert all(row["phone"] for row in rows)


def test_moego_lists_its_leads_anew_each_day_and_some_vanish(sheet: Sheet) -> None:
    listed = [{row["id"] for row in day} for day in sheet.rows["moego-lead"]]
    assert all(len(ids) == len(day) for ids, day in zip(listed, sheet.rows["moego-lead"], strict=True))
    stayed = [len(today & yesterday) / len(yesterday) for yesterday, today in pairwise(listed)]
    assert all(0.85 < share <= 1 for share in stayed)
    assert min(stayed) < 1


def test_moego_writes_western_names_and_international_phones(sheet: Sheet) -> None:
    leads = [row for day in sheet.rows["moego-lead"] for row in day]
    assert sum(row["lastName"] in ("Nguyễn", "Nguyen") for row in leads) > 0.25 * len(leads)
    assert all(row["phone"].startswith(("+84", "0")) for row in leads if "phone" in row)
