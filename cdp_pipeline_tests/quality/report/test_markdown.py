from dataclasses import replace

from cdp_pipeline.quality.report.content import Held, QualityDay, Reason, Stopped, TableChange, Warned
from cdp_pipeline.quality.report.markdown import quality_parts, reasons_table
from cdp_pipeline.quality.report.rendering import markdown_sentence


def test_the_parts_tell_people_reasons_ledger_and_changes(quality_day: QualityDay) -> None:
    parts = quality_parts(quality_day)
    assert list(parts) == ["people", "reasons", "ledger", "findings", "published"]
    assert "| new | 12 |" in parts["people"]
    assert "| customer-identity | `value:field0` | 20 |" in parts["reasons"]
    assert "| customer-identity | 2 | 1,000 | 890 | 100 | 10 | 0 | 10.00% | 0.10% |" in parts["ledger"]
    assert "| all | 3 | 1,050 | 940 | 100 | 10 | 0 | 9.52% |  |" in parts["ledger"]
    assert "| moego-lead | `format:phone` | 3 |" in parts["findings"]
    assert "| `profiles` | 12 | 3 | 1 |" in parts["published"]
    assert "`links`" not in parts["published"], "an unchanged table is no news"


def test_the_reasons_beyond_the_worst_are_counted(quality_day: QualityDay) -> None:
    assert "| 5 more |  | 15 |" in reasons_table(quality_day.reasons)
    assert "| 5 more | 15 |" in reasons_table(quality_day.reasons, of_one_entity=True)


def test_an_entity_among_its_own_reasons_is_not_named() -> None:
    found = [Reason("moego-lead", "required:id", 3)]
    assert reasons_table(found, of_one_entity=True).splitlines()[2] == "| `required:id` | 3 |"


def test_the_tables_beyond_the_most_changed_are_summed_up() -> None:
    tables = tuple(TableChange(f"t{n}", 10 - n, 1, 0, 100) for n in range(10))
    published = quality_parts(QualityDay((), True, "r1", "", tables=tables))["published"]
    assert published.splitlines()[2].startswith("| `t0` | 10 |")
    assert published.splitlines()[-1] == "| 2 more | 3 | 2 | 0 |"


def test_a_day_without_anything_says_so() -> None:
    assert quality_parts(QualityDay((), False, "r1", "")) == {"published": "No table changed."}


def test_checks_that_warn_come_first(quality_day: QualityDay) -> None:
    warned = Warned("staging/moego_lead", "as_many_rows_as_usual", "2 rows, usually 20")
    parts = quality_parts(replace(quality_day, warnings=(warned,)))
    assert next(iter(parts)) == "warnings"
    assert parts["warnings"] == "- `staging/moego_lead` `as_many_rows_as_usual`: 2 rows, usually 20"


def test_of_a_stopped_run_the_people_are_said_to_be_those_published(quality_day: QualityDay) -> None:
    stopped = replace(quality_day, stopped=Stopped("r2", "2026-11-16 02:00:00", ("publish",)))
    assert quality_parts(stopped)["people"].endswith("people and tables are those of the published state.")
    assert "published state" not in quality_parts(quality_day)["people"]


def test_held_deliveries_come_before_all_else(quality_day: QualityDay) -> None:
    warned = Warned("staging/moego_lead", "as_many_rows_as_usual", "2 rows, usually 20")
    held = (Held("moego-lead", "2026-11-14", 431, 3, 428),)
    parts = quality_parts(replace(quality_day, warnings=(warned,), held=held))
    assert list(parts)[:2] == ["held", "warnings"]
    assert "| moego-lead | 2026-11-14 | 431 | 3 | 428 |" in parts["held"]


def test_a_warning_that_quotes_a_sender_keeps_our_code_and_none_of_his_markup() -> None:
    shown = markdown_sentence("new field [x](www.evil.example) in 3 rows; run `cdp run` again")
    assert shown == r"new field \[x\]\(www\.evil.example\) in 3 rows; run `cdp run` again"
    assert "<" not in markdown_sentence("`<a`<b>`").replace(r"\<", "").replace("`<a`", "")
