from dataclasses import replace
from datetime import timedelta

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.email_interaction import EMAIL_INTERACTION
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.entities.sms_interaction import SMS_INTERACTION
from cdp_pipeline.identity.configuration.overrides import read_overrides
from cdp_pipeline.identity.matching import model as model_module
from cdp_pipeline.identity.matching.probable import Matching
from cdp_pipeline.identity.tables import IDENTITY_TABLES
from cdp_pipeline.pipeline.current import update_current
from cdp_pipeline.pipeline.identity import (
    clear_identity_state,
    persons_token,
    read_choices,
    read_matching,
    update_persons,
    with_kept_model,
    write_matching,
)
from cdp_pipeline.pipeline.run import clear_states

DAY, NEXT_DAY = "2026-11-16", "2026-11-17"


def resolve(place, now):
    for entity in ENTITIES:
        update_current(place.lake, entity)
    return update_persons(place.lake, ENTITIES, read_choices(place.settings), now)


def test_every_record_is_placed_once_and_people_are_counted(place, customer, now):
    place.drop(CUSTOMER_IDENTITY, DAY, customer(1), customer(2), customer(3, customerId="C9", phone="0912345001"))
    place.process(CUSTOMER_IDENTITY, DAY)
    report = resolve(place, now)
    assert (report.records, report.placed, report.people, report.largest_cluster) == (3, 3, 2, 2)


def test_merges_are_counted_and_kept_in_the_history_of_ids(place, customer, now):
    place.drop(CUSTOMER_IDENTITY, DAY, customer(1), customer(2))
    place.process(CUSTOMER_IDENTITY, DAY)
    resolve(place, now)
    place.drop(CUSTOMER_IDENTITY, NEXT_DAY, customer(2, phone="0912345001"))
    place.process(CUSTOMER_IDENTITY, NEXT_DAY)
    assert resolve(place, now + timedelta(days=1)).changes.merged == 1
    assert resolve(place, now + timedelta(days=2)).changes.merged == 0
    assert place.lake.rows("identity", "person_id_history") == 1


def test_a_history_written_by_an_interrupted_run_does_not_count(place, customer, now):
    place.drop(CUSTOMER_IDENTITY, DAY, customer(1), customer(2))
    place.process(CUSTOMER_IDENTITY, DAY)
    resolve(place, now)
    kept = place.lake.scan("identity", "person_ids").collect()
    place.drop(CUSTOMER_IDENTITY, NEXT_DAY, customer(2, phone="0912345001"))
    place.process(CUSTOMER_IDENTITY, NEXT_DAY)
    resolve(place, now + timedelta(days=1))
    place.lake.write("identity", "person_ids", kept)
    resolve(place, now + timedelta(days=2))
    assert place.lake.rows("identity", "person_id_history") == 1


def interactions(place) -> dict[str, str | None]:
    """What each interaction's person is, or the reason why it has none, by source id."""
    linked = place.lake.scan("identity", "record_persons").collect().to_dicts()
    unlinked = place.lake.scan("identity", "unlinked_records").collect().to_dicts()
    by_key = {row["record_key"]: row.get("person_id") or row["reason"] for row in (*linked, *unlinked)}
    keys = [
        row
        for entity in (EMAIL_INTERACTION, SMS_INTERACTION)
        for row in place.lake.scan("current", entity.name).select("source_id", "record_key").collect().rows()
    ]
    return {source_id: by_key[key] for source_id, key in keys}


def test_messages_to_an_unknown_address_are_linked_on_the_day_its_person_appears(place, customer, now):
    at = {"eventAt": 1_794_800_000_000, "actionAt": 1_794_800_000_000, "systemName": "MAIL", "serviceProvider": "Brevo"}
    mail = {"id": "mail", "event": "opened", "email": "an@example.com", **at}
    text = {"id": "text", "event": "clicked", "phoneNumber": "0912345001", **at}
    both = {"id": "both", "event": "sent", "email": "shop@example.com", **at}
    place.drop(EMAIL_INTERACTION, DAY, mail, both)
    place.drop(SMS_INTERACTION, DAY, text)
    shop = {"email": "shop@example.com", "fullName": "Trần Thị Bình", "phone": None}
    other = {"email": "shop@example.com", "fullName": "Lê Hoàng Long", "phone": None}
    place.drop(CUSTOMER_IDENTITY, DAY, customer(7, **shop, gender="Female"), customer(8, **other, gender="Male"))
    for entity in (CUSTOMER_IDENTITY, EMAIL_INTERACTION, SMS_INTERACTION):
        place.process(entity, DAY)
    resolve(place, now)
    assert interactions(place) == {"mail": "unknown", "text": "unknown", "both": "ambiguous"}
    place.drop(CUSTOMER_IDENTITY, NEXT_DAY, customer(1, email="An@example.com"))
    place.process(CUSTOMER_IDENTITY, NEXT_DAY)
    resolve(place, now + timedelta(days=1))
    after = interactions(place)
    assert after["mail"] == after["text"]
    assert after["mail"] not in ("unknown", "ambiguous")
    assert after["both"] == "ambiguous"


def test_records_that_are_only_sent_again_leave_the_token_as_it_is(place, customer, now):
    tokens = []
    for day in range(10, 14):
        people = [customer(n, fullName=f"Nguyễn Văn {n}", updatedAt="2026-11-01T08:00:00Z") for n in range(10)]
        if day == 13:
            people[0] |= {"fullName": "Nguyễn Văn 1", "phone": "0912345001", "updatedAt": "2026-11-15T08:00:00Z"}
        place.drop(CUSTOMER_IDENTITY, f"2026-11-{day}", *people)
        place.process(CUSTOMER_IDENTITY, f"2026-11-{day}")
        resolve(place, now + timedelta(days=day))
        tokens.append(persons_token(place.lake, ENTITIES))
    assert len(set(tokens[:3])) == 1
    assert tokens[3] not in ("", tokens[0])


def test_the_same_records_and_choices_are_not_resolved_twice(place, customer, now):
    place.drop(CUSTOMER_IDENTITY, DAY, customer(1), customer(2))
    place.process(CUSTOMER_IDENTITY, DAY)
    first = resolve(place, now)
    files = {file: file.stat().st_mtime_ns for file in place.lake.root.rglob("identity*/*")}
    second = resolve(place, now + timedelta(days=1))
    assert {file: file.stat().st_mtime_ns for file in place.lake.root.rglob("identity*/*")} == files
    assert len(files) > len(IDENTITY_TABLES)
    assert (second.rows, second.people, second.changes.unchanged) == (first.rows, first.people, first.people)


def test_an_unfinished_layer_has_no_token(place, customer, now):
    place.drop(CUSTOMER_IDENTITY, DAY, customer(1))
    place.process(CUSTOMER_IDENTITY, DAY)
    resolve(place, now)
    clear_identity_state(place.lake)
    assert persons_token(place.lake, ENTITIES) == ""


def test_a_clock_that_was_set_back_loses_no_change_of_an_id(place, customer, now, tmp_path):
    both = [customer(1), customer(2, fullName="Trần Thị Lan", phone="0912345099")]
    place.drop(CUSTOMER_IDENTITY, DAY, *both)
    place.process(CUSTOMER_IDENTITY, DAY)
    resolve(place, now)
    keys = place.lake.scan("identity", "record_persons").collect()["record_key"].sort()
    overrides = tmp_path / "overrides.csv"
    same = f"record_key_a,record_key_b,decision,by,why,when\n{keys[0]},{keys[1]},same,Mai,phoned,2026-11-17\n"
    choices = read_choices(place.settings)
    for minutes, text in ((10, same), (5, same.splitlines()[0] + "\n"), (7, same)):
        overrides.write_text(text, encoding="utf-8")
        merged = replace(choices, overrides=read_overrides(overrides))
        update_persons(place.lake, ENTITIES, merged, now + timedelta(minutes=minutes))
    history = place.lake.scan("identity", "person_id_history").sort("changed_at").collect()
    assert history["change"].to_list() == ["merged", "split", "merged"]
    assert history["changed_at"].is_unique().all()


def test_a_lost_table_is_made_again(place, customer, now):
    place.drop(CUSTOMER_IDENTITY, DAY, customer(1), customer(2))
    place.process(CUSTOMER_IDENTITY, DAY)
    resolve(place, now)
    place.lake.path("identity", "links").unlink()
    resolve(place, now)
    assert place.lake.exists("identity", "links")


def twice_each(customer, first: int, last: int) -> list[dict[str, object]]:
    """People with a name and a birth date of their own, each known to two systems by one phone."""
    words = ("Hải", "Lộc", "Sơn", "Tâm", "Yến", "Thúy", "Quý", "Bích", "Đào", "Giang", "Kiên", "Luân")
    return [
        customer(
            number, customerId=f"{system}{number}", systemName=system, phone=f"09033{number * 137 % 100_000:05}",
            email=None, fullName=f"Trịnh {words[number % 12]} {words[number // 12 % 12]}",
            dob2=f"{1950 + number % 50}-{1 + number % 12:02}-{2 + number % 26:02}",
        )
        for number in range(first, last)
        for system in ("CRM", "POS")
    ]  # fmt: skip


def test_a_model_of_little_evidence_is_not_kept(place, customer, now):
    place.drop(CUSTOMER_IDENTITY, DAY, *twice_each(customer, 0, 10))
    place.process(CUSTOMER_IDENTITY, DAY)
    matching = resolve(place, now).matching
    assert matching.model.records == 20
    assert not matching.is_kept
    assert with_kept_model(place.lake, read_choices(place.settings)).model is None


def test_a_steady_model_is_kept_until_the_records_have_doubled(place, customer, now, monkeypatch):
    monkeypatch.setattr(model_module, "STEADY_PAIRS", 5)
    records = []
    for day, (first, last) in enumerate(((0, 10), (10, 19), (19, 20))):
        name = f"2026-11-{16 + day}"
        place.drop(CUSTOMER_IDENTITY, name, *twice_each(customer, first, last))
        place.process(CUSTOMER_IDENTITY, name)
        matching = resolve(place, now + timedelta(days=day)).matching
        assert matching.is_kept
        records.append(matching.model.records)
    assert records == [20, 20, 40]


def test_a_model_that_was_trained_by_a_run_is_no_reason_to_resolve_again_but_another_one_is(
    place, customer, now, monkeypatch
):
    monkeypatch.setattr(model_module, "STEADY_PAIRS", 5)
    place.drop(CUSTOMER_IDENTITY, DAY, *twice_each(customer, 0, 10))
    place.process(CUSTOMER_IDENTITY, DAY)
    resolve(place, now)
    state = place.lake.read_report("identity", "state")
    links = place.lake.path("identity", "links")
    written = links.stat().st_mtime_ns
    resolve(place, now + timedelta(days=1))
    assert links.stat().st_mtime_ns == written
    known = read_matching(place.lake)
    write_matching(place.lake, Matching(replace(known.model, of_one=known.model.of_one + 1), known.expected))
    resolve(place, now + timedelta(days=2))
    assert links.stat().st_mtime_ns > written
    assert place.lake.read_report("identity", "state")["choices"] != state["choices"]


def test_making_everything_again_keeps_the_model(place, customer, now, monkeypatch):
    monkeypatch.setattr(model_module, "STEADY_PAIRS", 5)
    place.drop(CUSTOMER_IDENTITY, DAY, *twice_each(customer, 0, 10))
    place.process(CUSTOMER_IDENTITY, DAY)
    model = resolve(place, now).matching.model
    place.drop(CUSTOMER_IDENTITY, NEXT_DAY, *twice_each(customer, 10, 15))
    place.process(CUSTOMER_IDENTITY, NEXT_DAY)
    clear_states(place.lake)
    assert resolve(place, now + timedelta(days=1)).matching.model == model


def test_a_kept_model_of_other_levels_is_trained_anew(place, customer, now, monkeypatch):
    monkeypatch.setattr(model_module, "STEADY_PAIRS", 5)
    place.drop(CUSTOMER_IDENTITY, DAY, *twice_each(customer, 0, 10))
    place.process(CUSTOMER_IDENTITY, DAY)
    model = resolve(place, now).matching.model
    report = place.lake.read_report("identity", "model")
    report["model"]["same"]["birth"]["eve"] = report["model"]["same"]["birth"].pop("near")
    place.lake.write_report("identity", "model", report)
    assert resolve(place, now + timedelta(days=1)).matching.model == model


def test_the_run_tells_what_is_expected_at_the_threshold_at_which_records_are_joined(place, customer, now):
    place.drop(CUSTOMER_IDENTITY, DAY, *twice_each(customer, 0, 10))
    place.process(CUSTOMER_IDENTITY, DAY)
    found = resolve(place, now).matching.at(place.settings.merge_probability)
    assert found["pairs"] == 10
    assert found["precision"] > 0.95
    assert found["recall"] > 0.95
