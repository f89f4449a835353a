from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.customer_identity_photo import CUSTOMER_IDENTITY_PHOTO
from cdp_pipeline.profiles.records.photos import PROFILE_PHOTOS, build_profile_photos


def photos(records, rows_of) -> list[tuple]:
    built = build_profile_photos(records.current, records.record_persons)
    columns = ("record_key", "photo_number", "person_id", "image_url", "source")
    return [tuple(row.values()) for row in rows_of(built, PROFILE_PHOTOS, *columns)]


def test_there_is_one_row_per_link_in_an_identitys_list_and_one_per_photo_record(records, rows_of):
    records.add(CUSTOMER_IDENTITY, photos="https://a.vn/1.png; ;https://a.vn/2.png ")
    records.add(CUSTOMER_IDENTITY_PHOTO, image_url="https://fb.com/3.png", source="Facebook")
    assert photos(records, rows_of) == [
        ("r1", 1, "P1", "https://a.vn/1.png", "customer-identity"),
        ("r1", 3, "P1", "https://a.vn/2.png", "customer-identity"),
        ("r2", 1, "P1", "https://fb.com/3.png", "Facebook"),
    ]


def test_a_link_appears_once_per_person_and_the_photo_record_goes_before_the_list(records, rows_of):
    records.add(CUSTOMER_IDENTITY, photos="https://a.vn/1.png;https://a.vn/1.png")
    records.add(CUSTOMER_IDENTITY_PHOTO, image_url="https://a.vn/1.png", source="Facebook")
    records.add(CUSTOMER_IDENTITY_PHOTO, "P2", image_url="https://a.vn/1.png", source="Facebook")
    assert [row[0] for row in photos(records, rows_of)] == ["r2", "r3"]


def test_an_identity_without_photos_gives_none(records, rows_of):
    records.add(CUSTOMER_IDENTITY)
    records.add(CUSTOMER_IDENTITY, photos=" ; ")
    assert photos(records, rows_of) == []


def test_of_two_photo_records_with_one_link_that_of_the_smallest_key_stays_whatever_their_order(records, rows_of):
    records.add(CUSTOMER_IDENTITY, day=9, photos="https://a.vn/1.png")
    records.add(CUSTOMER_IDENTITY_PHOTO, day=2, image_url="https://a.vn/1.png ", source="Zalo")
    records.add(CUSTOMER_IDENTITY_PHOTO, day=8, image_url="https://a.vn/1.png", source="Facebook")
    assert photos(records, rows_of) == [("r2", 1, "P1", "https://a.vn/1.png", "Zalo")]
    assert photos(records.reversed(), rows_of) == photos(records, rows_of)


def test_of_two_identities_with_one_link_that_of_the_smallest_key_stays_with_its_place_in_the_list(records, rows_of):
    records.add(CUSTOMER_IDENTITY, photos="https://a.vn/1.png;https://a.vn/2.png")
    records.add(CUSTOMER_IDENTITY, photos="https://a.vn/2.png;https://a.vn/3.png", system_name="POS")
    assert photos(records, rows_of) == [
        ("r1", 1, "P1", "https://a.vn/1.png", "customer-identity"),
        ("r1", 2, "P1", "https://a.vn/2.png", "customer-identity"),
        ("r2", 2, "P1", "https://a.vn/3.png", "customer-identity"),
    ]


def test_a_photo_without_a_person_is_of_no_profile(records, rows_of):
    records.add(CUSTOMER_IDENTITY_PHOTO, None, image_url="https://a.vn/1.png")
    assert photos(records, rows_of) == []
