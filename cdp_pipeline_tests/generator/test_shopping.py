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
