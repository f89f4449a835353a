from cdp_pipeline.generator.sheet import Sheet


def test_messages_go_to_addresses_that_records_hold_but_for_a_few(sheet: Sheet) -> None:
    held = {"customer-identity": "email", "customer-identity-email": "email", "lead-information": "email"}
    held |= {
        "moego-lead": "email",
        "customer-membership": "customerEmail",
        "customer-product-subscriber": "customerEmail",
    }
    held |= {"customer-product-activity": "customerEmail", "customer-product-review": "customerEmail"}
    held |= {"customer-product-comment": "customerEmail"}
    known = {row.get(f, "").strip().lower() for o, f in held.items() for day in sheet.rows[o] for row in day}
    sent = [row["email"].strip().lower() for day in sheet.rows["email-interaction"] for row in day]
    strangers = sum(address not in known for address in sent)
    assert 0.01 < strangers / len(sent) < 0.05


def test_a_message_to_a_shared_phone_is_about_nobody(sheet: Sheet) -> None:
    nobodys = [o for o, person in zip(sheet.truth[0], sheet.truth[5], strict=True) if person is None]
    assert nobodys.count("sms-interaction") > 20


def test_events_of_a_message_share_its_id_and_recipient(sheet: Sheet) -> None:
    recipients: dict[str, set[str]] = {}
    for row in (row for day in sheet.rows["email-interaction"] for row in day):
        recipients.setdefault(row["id"], set()).add(row["email"])
    assert all(len(addresses) == 1 for addresses in recipients.values())
