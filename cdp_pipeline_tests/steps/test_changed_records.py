from cdp_pipeline.steps.rebuilding import forget_states

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.steps import changed_records
from cdp_pipeline.steps.changed_records import Mark, all_touched_since, touched_since
from cdp_pipeline.steps.state import current_tables, state_marks, update_current

DAYS = ("2026-11-15", "2026-11-16", "2026-11-17", "2026-11-18")


def mark(place) -> Mark:
    return Mark.read(state_marks(place.lake, (CUSTOMER_IDENTITY,))["customer_identity"])


def fold(place) -> Mark:
    update_current(place.lake, CUSTOMER_IDENTITY)
    return mark(place)


def keys(place, seen: Mark, now: Mark) -> set[str] | None:
    touched = touched_since(place.lake, CUSTOMER_IDENTITY, seen, now)
    if touched is None:
        return None
    rows = current_tables(place.lake, (CUSTOMER_IDENTITY,))["customer_identity"].collect()
    named = dict(rows.select("record_key", "customer_id").iter_rows())
    return {named.get(key, "gone") for key in touched.keys["record_key"]}


def test_a_new_day_touches_its_own_records_and_leaves_what_they_were(place, customer):
    place.drop(CUSTOMER_IDENTITY, DAYS[0], customer(1), customer(2), customer(3))
    place.process(CUSTOMER_IDENTITY, DAYS[0])
    first = fold(place)
    place.drop(CUSTOMER_IDENTITY, DAYS[1], customer(2, fullName="Nguyễn Văn Bình"), customer(4))
    place.process(CUSTOMER_IDENTITY, DAYS[1])
    second = fold(place)
    assert keys(place, first, second) == {"C2", "C4"}
    touched = touched_since(place.lake, CUSTOMER_IDENTITY, first, second)
    assert touched.before.collect()["full_name"].to_list() == ["Nguyễn Văn An"]


def test_a_day_sent_anew_touches_what_it_held_and_what_it_holds(place, customer):
    place.drop(CUSTOMER_IDENTITY, DAYS[0], customer(1), customer(2))
    place.process(CUSTOMER_IDENTITY, DAYS[0])
    first = fold(place)
    place.drop(CUSTOMER_IDENTITY, DAYS[0], customer(2), customer(3))
    place.process(CUSTOMER_IDENTITY, DAYS[0])
    second = fold(place)
    assert keys(place, first, second) == {"gone", "C2", "C3"}
    rows = current_tables(place.lake, (CUSTOMER_IDENTITY,))["customer_identity"].collect()
    assert sorted(rows["customer_id"]) == ["C2", "C3"]


def test_who_missed_some_days_is_told_of_all_of_them(place, customer):
    marks = []
    for number, day in enumerate(DAYS, start=1):
        place.drop(CUSTOMER_IDENTITY, day, customer(number))
        place.process(CUSTOMER_IDENTITY, day)
        marks.append(fold(place))
    assert keys(place, marks[0], marks[3]) == {"C2", "C3", "C4"}
    assert keys(place, marks[3], marks[3]) == set()


def test_what_is_too_old_or_made_anew_is_not_known(place, customer, monkeypatch):
    monkeypatch.setattr(changed_records, "KEPT", 1)
    marks = []
    for number, day in enumerate(DAYS[:3], start=1):
        place.drop(CUSTOMER_IDENTITY, day, customer(number))
        place.process(CUSTOMER_IDENTITY, day)
        marks.append(fold(place))
    assert keys(place, marks[0], marks[2]) is None
    assert keys(place, marks[1], marks[2]) == {"C3"}
    forget_states(place.lake)
    anew = fold(place)
    assert keys(place, marks[2], anew) is None
    assert all_touched_since(place.lake, (CUSTOMER_IDENTITY,), {}, {"customer_identity": str(anew)}) is None


def test_a_file_that_somebody_wrote_in_the_lake_by_hand_folds_everything(place, customer):
    place.drop(CUSTOMER_IDENTITY, DAYS[0], customer(1))
    place.process(CUSTOMER_IDENTITY, DAYS[0])
    first = fold(place)
    path = place.lake.path("staging", "customer_identity", DAYS[0])
    path.write_bytes(path.read_bytes())
    assert fold(place).lineage != first.lineage


def test_a_record_that_is_only_sent_again_is_not_touched_by_it(place, customer):
    known = [customer(number, updatedAt="2026-11-01T08:00:00Z") for number in (1, 2)]
    place.drop(CUSTOMER_IDENTITY, DAYS[0], *known)
    place.process(CUSTOMER_IDENTITY, DAYS[0])
    first = fold(place)
    place.drop(CUSTOMER_IDENTITY, DAYS[1], known[0], customer(2, updatedAt="2026-11-16T08:00:00Z"))
    place.process(CUSTOMER_IDENTITY, DAYS[1])
    assert keys(place, first, fold(place)) == {"C2"}
    rows = current_tables(place.lake, (CUSTOMER_IDENTITY,))["customer_identity"].collect().sort("customer_id")
    assert rows["version_count"].to_list() == [2, 2]
    assert rows["last_drop_date"].cast(str).to_list() == [DAYS[1], DAYS[1]]
