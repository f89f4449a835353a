from cdp_pipeline.generator.sheet import Sheet


def rows(sheet: Sheet, object_type: str) -> list[dict[str, object]]:
    return [row for day in sheet.rows[object_type] for row in day]


def test_replies_answer_a_comment_on_the_same_product(sheet: Sheet) -> None:
    comments = {c["commentId"]: c for c in rows(sheet, "customer-product-comment") if "content" in c}
    replies = [c for c in comments.values() if c.get("parentCommentId")]
    assert len(replies) > 20
    for reply in replies:
        parent = comments[reply["parentCommentId"]]
        assert (reply["productSku"], reply["systemName"]) == (parent["productSku"], parent["systemName"])


def test_a_person_has_about_ten_events(sheet: Sheet) -> None:
    events = ("customer-product-activity", "email-interaction", "sms-interaction")
    events += ("customer-product-comment", "customer-product-review", "customer-product-subscriber")
    assert 7 < sum(len(rows(sheet, event)) for event in events) / sheet.people < 12


def test_some_subscriptions_end(sheet: Sheet) -> None:
    assert {row["status"] for row in rows(sheet, "customer-product-subscriber") if "status" in row} == {
        "Subscribed",
        "Unsubscribed",
    }


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
    ownerless = [object_type for object_type, *_, person, _, _ in sheet.truth if person is None]
    assert ownerless.count("sms-interaction") > 20


def test_events_of_a_message_share_its_id_and_recipient(sheet: Sheet) -> None:
    recipients: dict[str, set[str]] = {}
    for row in (row for day in sheet.rows["email-interaction"] for row in day):
        recipients.setdefault(row["id"], set()).add(row["email"])
    assert all(len(addresses) == 1 for addresses in recipients.values())
