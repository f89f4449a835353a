import os
from pathlib import Path

from cdp_pipeline.deliveries.day import MOST_UNKNOWN_FIELDS
from cdp_pipeline.deliveries.days import empty_missing_days, pending
from cdp_pipeline.deliveries.held import accept_deliveries
from cdp_pipeline.deliveries.reports import read_day_report
from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.pipeline.current import update_current

DAY, NEXT_DAY = "2026-11-16", "2026-11-17"


def counts(done) -> tuple[int, int, int, int]:
    return done.read, done.accepted, done.rejected, done.duplicates


def test_every_row_is_accepted_rejected_or_a_counted_duplicate(place, customer):
    place.drop(
        CUSTOMER_IDENTITY, DAY, customer(1), customer(1), customer(2, yob="abc"), '{"customerId": "C3",', customer(4)
    )
    done = place.process(CUSTOMER_IDENTITY, DAY)
    assert counts(done) == (5, 2, 2, 1)
    assert done.rules == {"type:yob": 1, "unreadable": 1}
    assert done.read == done.accepted + done.rejected + done.duplicates


def test_the_same_row_after_a_tombstone_of_the_day_is_no_duplicate_but_a_revival(place, customer):
    gone = {"customerId": "C1", "systemName": "CRM", "recordStatus": "Deleted"}
    place.drop(CUSTOMER_IDENTITY, DAY, customer(1), gone, customer(1), customer(1))
    assert counts(place.process(CUSTOMER_IDENTITY, DAY)) == (4, 3, 0, 1)
    assert update_current(place.lake, CUSTOMER_IDENTITY).deleted == 0


def test_a_resend_in_another_file_of_the_day_is_a_duplicate_and_on_another_day_it_is_not(place, customer):
    place.drop(CUSTOMER_IDENTITY, DAY, customer(1))
    place.drop(CUSTOMER_IDENTITY, DAY, customer(1), name="again.ndjson")
    place.drop(CUSTOMER_IDENTITY, NEXT_DAY, customer(1))
    assert counts(place.process(CUSTOMER_IDENTITY, DAY)) == (2, 1, 0, 1)
    assert counts(place.process(CUSTOMER_IDENTITY, NEXT_DAY)) == (1, 1, 0, 0)


def test_a_redropped_file_replaces_what_it_said(place, customer):
    place.drop(CUSTOMER_IDENTITY, DAY, customer(1), customer(2))
    place.process(CUSTOMER_IDENTITY, DAY)
    place.drop(CUSTOMER_IDENTITY, DAY, customer(3))
    done = place.process(CUSTOMER_IDENTITY, DAY)
    assert counts(done) == (1, 1, 0, 0)
    assert done.staged.collect()["customer_id"].to_list() == ["C3"]


def test_a_finished_day_is_not_read_again_unless_asked(place, customer):
    path = place.drop(CUSTOMER_IDENTITY, DAY, customer(1))
    assert place.process(CUSTOMER_IDENTITY, DAY).days_read == 1
    assert place.process(CUSTOMER_IDENTITY, DAY).days_read == 0
    os.utime(path, ns=(1, 1))
    assert place.process(CUSTOMER_IDENTITY, DAY).days_read == 0, "a copied file with the same content is no news"
    assert place.process(CUSTOMER_IDENTITY, DAY, reprocess=True).days_read == 1


def test_the_ledger_keeps_a_line_per_run_and_the_newest_holds(place, customer):
    place.drop(CUSTOMER_IDENTITY, DAY, customer(1))
    place.process(CUSTOMER_IDENTITY, DAY)
    for number in (2, 3):
        place.drop(CUSTOMER_IDENTITY, DAY, *(customer(n) for n in range(number)))
        place.process(CUSTOMER_IDENTITY, DAY, run_id="run-2")
    report = read_day_report(place.lake, CUSTOMER_IDENTITY.name, DAY)
    assert [(line.run_id, line.read) for line in (*report.earlier, report.line)] == [("run-1", 1), ("run-2", 3)]


def test_a_misplaced_file_is_one_rejected_row_without_a_drop_date(place, customer):
    path = place.drop(CUSTOMER_IDENTITY, DAY, customer(1))
    path.rename(path.parents[1] / "no-date-in-its-name.ndjson")
    done = place.process(CUSTOMER_IDENTITY, DAY)
    assert counts(done) == (1, 0, 1, 0)
    rejected = place.lake.path("rejected", CUSTOMER_IDENTITY.name, "undated")
    assert rejected.exists()


def test_a_misplaced_file_that_was_moved_where_it_belongs_is_rejected_no_more(place, customer):
    path = place.drop(CUSTOMER_IDENTITY, DAY, customer(1))
    lost = path.rename(path.parents[1] / "no-date-in-its-name.ndjson")
    place.process(CUSTOMER_IDENTITY, DAY)
    lost.rename(path)
    assert [work.day for work in pending(place.lake, place.landing(), ENTITIES, place.settings)] == [DAY, "undated"]
    assert counts(place.process(CUSTOMER_IDENTITY, DAY)) == (1, 1, 0, 0)
    assert pending(place.lake, place.landing(), ENTITIES, place.settings) == []


def test_a_changed_setting_makes_finished_days_be_read_anew(place, customer):
    place.drop(CUSTOMER_IDENTITY, DAY, customer(1, internalCompanyId="cop1"))
    place.process(CUSTOMER_IDENTITY, DAY)
    place.settings = place.settings.model_copy(update={"company_aliases": {"cop1": "ORG1"}})
    assert place.process(CUSTOMER_IDENTITY, DAY).staged.collect()["company_id"].to_list() == ["ORG1"]


def test_a_day_whose_files_are_gone_keeps_its_rows_until_everything_is_rebuilt(place, customer):
    path = place.drop(CUSTOMER_IDENTITY, DAY, customer(1))
    place.process(CUSTOMER_IDENTITY, DAY)
    Path(path).unlink()
    assert counts(place.process(CUSTOMER_IDENTITY, DAY)) == (1, 1, 0, 0)
    empty_missing_days(place.lake, place.landing(), ENTITIES, place.settings, "run-2")
    assert counts(place.process(CUSTOMER_IDENTITY, DAY)) == (0, 0, 0, 0)


def test_pending_days_are_those_with_new_or_changed_files(place, customer):
    place.drop(CUSTOMER_IDENTITY, DAY, customer(1))
    place.drop(CUSTOMER_IDENTITY, NEXT_DAY, customer(2))
    place.process(CUSTOMER_IDENTITY, DAY)
    assert [work.day for work in pending(place.lake, place.landing(), ENTITIES, place.settings)] == [NEXT_DAY]


def test_nothing_personal_is_told(place, customer):
    place.drop(CUSTOMER_IDENTITY, DAY, customer(1), customer(2, yob="abc"))
    place.process(CUSTOMER_IDENTITY, DAY)
    assert place.told == ["customer-identity 2026-11-16: 2 rows of 1 file, 1 accepted, 1 rejected, 0 duplicates."]


def test_a_folder_of_damaged_files_adds_up_and_everything_sound_goes_through_when_it_is_accepted(
    place, customer, damaged_files
):
    folder = place.drop(CUSTOMER_IDENTITY, DAY, customer(1)).parent
    for name, damaged in damaged_files.items():
        (folder / name).write_bytes(damaged.content)
    done = place.process(CUSTOMER_IDENTITY, DAY)
    assert len(damaged_files) >= 30
    assert done.files == len(damaged_files) + 1
    assert done.read == sum(damaged.read for damaged in damaged_files.values()) + 1
    assert done.rejected == sum(damaged.rejected for damaged in damaged_files.values())
    assert done.read == done.accepted + done.rejected + done.duplicates
    assert accept_deliveries(place.lake, CUSTOMER_IDENTITY, [DAY]) == [DAY], "most of its rows are rejected"
    assert "Nguyễn Văn An" in place.process(CUSTOMER_IDENTITY, DAY).staged.collect()["full_name"].to_list()


def test_made_up_keys_beyond_the_most_frequent_are_counted_together(place, customer):
    named = [customer(n, **{"nickName2": "An", f"key{n}": "x"}) for n in range(MOST_UNKNOWN_FIELDS + 10)]
    place.drop(CUSTOMER_IDENTITY, "2026-11-16", *named)
    findings = place.process(CUSTOMER_IDENTITY, "2026-11-16").findings
    unknown = {name: rows for name, rows in findings.items() if name.startswith("drift:")}
    assert len(unknown) == MOST_UNKNOWN_FIELDS + 1
    assert (unknown["drift:nickName2"], unknown["drift:(other)"]) == (MOST_UNKNOWN_FIELDS + 10, 11)
