from cdp_pipeline.quality.report.history import OpenState, changes_between, open_state

BEFORE = OpenState(
    people=10, held=("moego-lead 2026-11-14",), rejected={"moego-lead": 5}, checks=("staging/x fields_are_as_before",)
)


def test_what_came_and_what_went_is_told_by_name() -> None:
    now = OpenState(people=12, rejected={"moego-lead": 2, "lead-information": 1}, checks=("a b",), stopped=True)
    assert changes_between(BEFORE, now) == (
        "The last run stopped.",
        "People: 12, +2.",
        "Held deliveries, no more: moego-lead 2026-11-14.",
        "Checks that do not hold, new: a b.",
        "Checks that do not hold, no more: staging/x fields_are_as_before.",
        "Open rejected rows of lead-information: 1, +1.",
        "Open rejected rows of moego-lead: 2, -3.",
    )


def test_nothing_is_told_where_nothing_changed() -> None:
    assert changes_between(BEFORE, BEFORE) == ()


def test_a_state_is_read_as_it_was_kept() -> None:
    assert open_state(BEFORE.stored()) == BEFORE
