import os

from cdp_pipeline.deliveries.late_files import BYTES_AT_ONCE, Memory, dates_to_run
from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.customer_identity_email import CUSTOMER_IDENTITY_EMAIL
from cdp_pipeline.entities.registry import ENTITIES

DAY, NEXT_DAY = "2026-11-16", "2026-11-17"


class Watch:
    """Calls one after the other, the memory carried over as text."""

    def __init__(self, place):
        self.place, self.text = place, None

    def keys(self, most_bytes=BYTES_AT_ONCE):
        keys, memory = dates_to_run(
            self.place.lake,
            self.place.landing(),
            ENTITIES,
            self.place.settings,
            [DAY, NEXT_DAY],
            Memory.read(self.text),
            most_bytes=most_bytes,
        )
        self.text = memory.written()
        return keys


def test_a_date_is_asked_for_until_it_was_read_and_then_no_more(place, customer):
    watch = Watch(place)
    place.drop(CUSTOMER_IDENTITY, DAY, customer(1))
    first = watch.keys()
    assert list(first) == [DAY]
    assert watch.keys() == first, "a key that was asked for before starts no second run"
    place.process(CUSTOMER_IDENTITY, DAY)
    assert watch.keys() == {}


def test_a_redrop_of_the_same_content_does_not_run_again_and_a_second_different_one_does(place, customer):
    watch = Watch(place)
    seen = set()
    for number in (1, 2, 3):
        place.drop(CUSTOMER_IDENTITY, DAY, customer(number))
        seen |= set(watch.keys().items())
        place.process(CUSTOMER_IDENTITY, DAY)
        os.utime(place.drop(CUSTOMER_IDENTITY, DAY, customer(number)), ns=(number, number))
        assert watch.keys() == {}
    assert len(seen) == 3


def test_the_old_content_dropped_again_after_a_wrong_one_runs_again(place, customer):
    watch = Watch(place)
    seen = []
    for number in (1, 2, 1):
        place.drop(CUSTOMER_IDENTITY, DAY, customer(number))
        seen += watch.keys().values()
        place.process(CUSTOMER_IDENTITY, DAY)
    assert len(set(seen)) == 3


def test_a_run_that_has_read_one_entity_of_the_date_does_not_start_a_second_run(place, customer):
    watch = Watch(place)
    place.drop(CUSTOMER_IDENTITY, DAY, customer(1))
    place.drop(CUSTOMER_IDENTITY_EMAIL, DAY, '{"customerId": "C1", "systemName": "CRM", "email": "an@example.com"}')
    first = watch.keys()
    place.process(CUSTOMER_IDENTITY, DAY)
    assert watch.keys() == first


def test_a_file_is_digested_once_and_large_drops_over_several_calls(place, customer, monkeypatch):
    digested = []
    monkeypatch.setattr(
        "cdp_pipeline.deliveries.late_files.digest_of",
        lambda file: digested.append(file.source_file) or file.source_file,
    )
    place.drop(CUSTOMER_IDENTITY, DAY, customer(1))
    place.drop(CUSTOMER_IDENTITY, NEXT_DAY, customer(2))
    watch = Watch(place)
    assert list(watch.keys(most_bytes=1)) == [DAY]
    assert list(watch.keys(most_bytes=1)) == [DAY, NEXT_DAY]
    watch.keys()
    assert [name.split("/")[1] for name in digested] == [DAY, NEXT_DAY]


def test_a_date_that_is_no_partition_is_not_asked_for(place, customer):
    place.drop(CUSTOMER_IDENTITY, "2999-01-01", customer(1))
    assert Watch(place).keys() == {}
