from dataclasses import replace

from cdp_pipeline.quality.report.content import EntityDay, Held, OpenRows, QualityDay, Stopped, TableChange, Warned


def entity(rejected: int, *, is_unusual: bool = False, read: int = 1_000, kind: str = "customer-identity") -> EntityDay:
    return EntityDay(kind, 1, read, read - rejected, rejected, 0, is_unusual=is_unusual)


def quality(*entities: EntityDay, read_anything: bool = True) -> QualityDay:
    return QualityDay(("2026-11-16",), read_anything, "r1", "2026-11-16 02:00:00", entities)


def test_the_verdict_names_the_entity_whose_rows_do_not_add_up() -> None:
    lost = EntityDay("moego-lead", 1, 10, 5, 2, 0)
    assert "unaccounted for in moego-lead" in quality(entity(1), lost).verdict


def test_the_verdict_names_the_entity_whose_day_is_unusual() -> None:
    said = quality(entity(100, is_unusual=True), entity(0, kind="moego-lead")).verdict
    assert said.endswith("Fewer rows, or more rejected ones, than usual: customer-identity.")


def test_a_quiet_day_is_called_one() -> None:
    assert quality(entity(0)).verdict == "All 1,000 rows read are accounted for. None was rejected."
    assert quality(entity(2)).verdict.endswith("2 were rejected, 0.20%, which is nothing unusual.")


def test_a_run_without_news_says_so() -> None:
    assert quality(entity(0), read_anything=False).verdict.startswith("No new file was read")
    asked = replace(quality(entity(0), read_anything=False), asked="2026-11-10")
    assert asked.verdict.startswith("No new file of 2026-11-10 was read")


def test_a_range_of_dates_is_named_by_its_ends() -> None:
    several = QualityDay(("2026-11-01", "2026-11-02"), True, "r1", "")
    assert several.days == "2026-11-01 to 2026-11-02 (2 drop dates)"


def test_people_are_counted_in_the_order_in_which_one_asks() -> None:
    day = QualityDay((), True, "r1", "", people={"gone": 1, "new": 2, "people": 9, "unheard of": 4})
    assert day.people_in_order == (("people", 9), ("new", 2), ("gone", 1), ("unheard of", 4))


def test_the_most_changed_tables_come_first_and_unchanged_ones_not_at_all() -> None:
    tables = (TableChange("links", 0, 0, 0, 9), TableChange("profiles", 1, 0, 0, 9), TableChange("stores", 1, 2, 0, 0))
    assert [t.table for t in QualityDay((), True, "r1", "", tables=tables).changed_tables] == ["stores", "profiles"]


def test_data_is_trusted_unless_a_run_stopped_a_check_is_red_or_rows_are_lost() -> None:
    day = quality(entity(2))
    yellow, red = (Warned("staging/moego_lead", "as_many_rows_as_usual", "", is_red=red) for red in (False, True))
    stopped = Stopped("r2", "2026-11-16 02:00:00", ("publish",))
    assert [
        day.answer,
        replace(day, warnings=(yellow,)).answer,
        replace(day, held=(Held("moego-lead", "2026-11-14", 9, 0, 9),)).answer,
        quality(entity(100, is_unusual=True)).answer,
        replace(day, warnings=(yellow, red)).answer,
        replace(day, stopped=stopped).answer,
        quality(EntityDay("moego-lead", 1, 10, 5, 2, 0)).answer,
    ] == ["yes", "partly", "partly", "partly", "no", "no", "no"]


def test_the_headline_counts_the_entries_of_the_page_and_not_the_names_of_checks() -> None:
    def warned(entity: str, check: str, day: str, *, is_red: bool = False, is_past: bool = False) -> Warned:
        return Warned(f"staging/{entity}", check, "", day, is_red=is_red, is_past=is_past)

    day = replace(
        quality(entity(2)),
        warnings=(
            warned("moego_lead", "as_many_rows_as_usual", "2026-11-15"),
            warned("moego_lead", "as_many_rows_as_usual", "2026-11-16"),
            warned("sms_interaction", "as_many_rows_as_usual", "2026-11-16"),
            warned("sms_interaction", "contacts_are_usable", "2026-11-16", is_red=True),
            warned("moego_lead", "contacts_are_usable", "2026-10-16", is_red=True, is_past=True),
        ),
    )
    assert day.verdict.startswith(
        "1 check is red: contacts_are_usable. 2 checks are to be looked at: as_many_rows_as_usual (2 times). "
        "1 check is open of former weeks."
    )
    assert [(check.newest.asset, check.days) for check in day.open_checks] == [
        ("staging/sms_interaction", ()),
        ("staging/moego_lead", ("2026-11-15",)),
        ("staging/sms_interaction", ()),
        ("staging/moego_lead", ()),
    ]


def test_a_stopped_run_says_what_is_published_and_of_when_and_reassures_of_nothing() -> None:
    day = replace(
        quality(entity(0), read_anything=False),
        stopped=Stopped("r2", "2026-11-17 02:00:00", ("build_profiles", "publish")),
        published_at="2026-11-16 02:05:00",
        published_until="2026-11-16",
    )
    assert day.verdict == (
        "The run of 2026-11-17 02:00:00 (UTC) stopped at build_profiles, publish. Published is the state of "
        "2026-11-16 02:05:00 (UTC), with drop dates up to 2026-11-16."
    )
    assert replace(day, published_at="").verdict.endswith("Nothing is published yet.")


def test_rejected_rows_that_are_open_are_told_also_of_a_run_that_read_nothing() -> None:
    rows = OpenRows("moego-lead", 7, 2, "2026-11-01", "2026-11-03", "required:id")
    day = replace(quality(entity(0), read_anything=False), open_rows=(rows,))
    assert day.verdict.endswith("7 rejected rows are not repaired yet.")


def test_held_deliveries_are_the_first_thing_said_also_by_a_run_that_read_nothing() -> None:
    bad, worse = Held("moego-lead", "2026-11-14", 9, 0, 9), Held("sms-interaction", "2026-11-15", 9, 1, 8)
    day = replace(quality(entity(0), read_anything=False), held=(bad,))
    assert day.verdict.startswith("1 delivery is held and not used: moego-lead 2026-11-14. No new file was read")
    several = replace(day, held=(bad, worse)).verdict
    assert several.startswith("2 deliveries are held and not used: moego-lead 2026-11-14, sms-interaction 2026-11-15.")
