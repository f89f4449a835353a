from cdp_pipeline.commands.outcome import warning_lines
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.quality.report.content import Warned

NO_FILE = "No file on 2026-11-18. Expected one a day; ask the sender."


def missing(entity: str, says: str = NO_FILE) -> Warned:
    return Warned(f"staging/{entity}", "as_many_rows_as_usual", says)


def test_a_warning_of_one_entity_names_its_asset_and_check() -> None:
    assert warning_lines([missing("moego_lead")]) == [f"Warning: staging/moego_lead, as_many_rows_as_usual: {NO_FILE}"]


def test_files_missing_on_a_day_are_one_line_that_names_the_entities() -> None:
    warned = [missing(name) for name in ("lead_information", "customer_membership", "sms_interaction")]
    assert warning_lines(warned) == [
        f"Warning: No file on 2026-11-18 for 3 of {len(ENTITIES)} entities: lead-information, customer-membership, "
        "sms-interaction. Expected one a day; ask the sender. (as_many_rows_as_usual)"
    ]


def test_what_a_check_says_of_others_is_a_line_of_its_own() -> None:
    warned = [missing("lead_information"), missing("sms_interaction"), missing("moego_lead", "2 rows, usually 20.")]
    assert warning_lines(warned) == [
        f"Warning: No file on 2026-11-18 for 2 of {len(ENTITIES)} entities: lead-information, sms-interaction. "
        "Expected one a day; ask the sender. (as_many_rows_as_usual)",
        "Warning: staging/moego_lead, as_many_rows_as_usual: 2 rows, usually 20.",
    ]


def test_two_held_deliveries_have_a_line_each() -> None:
    held = [
        Warned(f"rejected/{name}", "rejected_share_is_bearable", f"2026-11-18: {rows} rows rejected.")
        for name, rows in (("moego_lead", "5 of 5"), ("sms_interaction", "1 of 1"))
    ]
    assert warning_lines(held) == [
        "Held: rejected/moego_lead, rejected_share_is_bearable: 2026-11-18: 5 of 5 rows rejected.",
        "Held: rejected/sms_interaction, rejected_share_is_bearable: 2026-11-18: 1 of 1 rows rejected.",
    ]


def test_checks_have_a_line_each_and_a_held_delivery_is_more_than_a_warning() -> None:
    held = Warned("rejected/moego_lead", "rejected_share_is_bearable", "2026-11-18: 5 of 5 rows rejected.")
    assert warning_lines([missing("moego_lead"), held]) == [
        f"Warning: staging/moego_lead, as_many_rows_as_usual: {NO_FILE}",
        "Held: rejected/moego_lead, rejected_share_is_bearable: 2026-11-18: 5 of 5 rows rejected.",
    ]


def test_what_two_runs_of_one_command_say_alike_is_told_once() -> None:
    assert len(warning_lines([missing("moego_lead"), missing("moego_lead")])) == 1
