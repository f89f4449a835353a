"""The shipped mappings: each reads a believable export of its source, and names only what there is."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.lead_information import LEAD_INFORMATION
from cdp_pipeline.entities.registry import BY_OBJECT_TYPE, ENTITIES
from cdp_pipeline.ingest.field_names import field_names, folded
from cdp_pipeline.ingest.files import RawFile
from cdp_pipeline.ingest.mapping_files import read_mappings
from cdp_pipeline.ingest.mappings import SourceMapping, matched
from cdp_pipeline.ingest.pipeline import read_files
from cdp_pipeline.validation.pipeline import Limits, validate_batch

Rows = list[dict[str, Any]]
Accepted = Callable[..., Rows]

SHIPPED = read_mappings(None)
SOURCES = {source.name: source for _, source in SHIPPED.sources}
LIMITS = Limits(datetime(2026, 11, 29, tzinfo=UTC), "VN", 7)


def moment(*parts: int) -> int:
    """Milliseconds of a moment in UTC, as validated rows hold it."""
    year, month, day, hour, minute, second = (*parts, *[0] * (6 - len(parts)))
    return round(datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp() * 1000)


SHOPIFY = (
    "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address Company,Default Address Address1,"
    "Default Address Address2,Default Address City,Default Address Province Code,Default Address Country Code,"
    "Default Address Zip,Default Address Phone,Phone,Accepts SMS Marketing,Total Spent,Total Orders,"
    "Note,Tax Exempt,Tags\n"
    "'7000000000001,Lan,Nguyen,lan.nguyen@example.com,yes,,12 Ly Thuong Kiet,Floor 2,Ha Noi,,VN,'010000,'+84912345601,"
    '\'+84912345602,no,1250000.00,3,,no,"vip, newsletter"\n'
    "'7000000000002,Minh,Tran,,no,Tra Moc Ltd,5 Nguyen Hue,,Ho Chi Minh,SG,VN,'700000,'+84912345603,,no,0.00,0,"
    "Call first,no,\n"
)
HUBSPOT = (
    "Record ID,First Name,Last Name,Email,Phone Number,Contact owner,Last Activity Date,Lead Status,Lifecycle Stage,"
    "Marketing contact status,Create Date\n"
    "501,Hoa,Le,hoa.le@example.com,,An Pham,2025-03-02 10:15,Open,Lead,Marketing contact,2024-03-12 09:14\n"
    "502,Binh,Vo,binh.vo@example.com,+84 912 345 611,,,,Customer,Non-marketing contact,2024-04-01 16:40\n"
)
FACEBOOK = (
    "id\tcreated_time\tad_id\tad_name\tadset_id\tadset_name\tcampaign_id\tcampaign_name\tform_id\tform_name\tis_organic\t"
    "platform\tfull_name\tphone_number\temail\tdate_of_birth\tcity\tlead_status\n"
    "l:9000000000001\t2026-09-23T17:04:53+07:00\tag:11\tAd A\tas:12\tWomen 25-34\tc:13\tAutumn\tf:14\tTrial\tfalse\t"
    "fb\tNguyễn Thu Hà\tp:+84912345621\tha@example.com\t03/25/1992\tHuế\tCREATED\n"
    "l:9000000000002\t2026-09-24T08:00:01+07:00\t\t\t\t\t\t\tf:14\tTrial\ttrue\tig\tTrần Văn Bảo\tp:0912345622\t\t\t\t"
    "complete\n"
)
KIOTVIET = (
    "Loại khách,Chi nhánh tạo,Mã khách hàng,Tên khách hàng,Điện thoại,Địa chỉ,Khu vực giao hàng,Phường/Xã,Công ty,"
    "Mã số thuế,Số CMND/CCCD,Ngày sinh,Giới tính,Email,Facebook,Nhóm khách hàng,Ghi chú,Điểm hiện tại,Tổng điểm,"
    "Người tạo,Ngày tạo,Ngày giao dịch cuối,Nợ cần thu hiện tại,Tổng bán,Tổng bán trừ trả hàng,Trạng thái\n"
    "Cá nhân,Chi nhánh trung tâm,KH000001,Phạm Thị Mai,0912345631,15 Trần Phú,Hà Nội - Quận Ba Đình,Phường Điện Biên,,,"
    "001300000001,05/06/1990,Nữ,mai@example.com,,VIP,,120,300,admin,01/02/2024 08:30,15/10/2025,0,4500000,4200000,1\n"
    "Công ty,Chi nhánh trung tâm,KH000002,Công ty Trà Mộc,0912345632,2 Lê Lợi,,,Công ty Trà Mộc,0101234567,,,,,,,,0,0,"
    "admin,02/02/2024,,1200000,900000,900000,0\n"
)
HARAVAN = (
    "Mã khách hàng,Họ,Tên,Email,Số điện thoại,Ngày sinh,Giới tính,Nhận email quảng cáo,Địa chỉ,Phường/Xã,Quận/Huyện,"
    "Tỉnh/Thành phố,Quốc gia,Ghi chú,Nhãn,Số lượng đơn hàng,Tổng chi tiêu\n"
    "1001,Đỗ Minh,Khang,khang@example.com,0912345641,07/08/1985,Nam,Có,3 Hai Bà Trưng,Bến Nghé,Quận 1,Hồ Chí Minh,"
    "Vietnam,,vip,4,2300000\n"
    "1002,Bùi,Ngọc,,0912345642,,Nữ,Không,,,,,,Gọi trước,,0,0\n"
)

EXPORTS: dict[str, tuple[Entity, str | bytes, Rows]] = {
    "shopify_customers": (
        CUSTOMER_IDENTITY,
        SHOPIFY,
        [
            {
                "customer_id": "7000000000001",
                "first_name": "Lan",
                "last_name": "Nguyen",
                "email": "lan.nguyen@example.com",
                "phone": "+84912345602",
                "address": "12 Ly Thuong Kiet",
                "city": "Ha Noi",
                "country": "VN",
                "zip_code": "010000",
                "system_name": "Shopify",
            },
            {"customer_id": "7000000000002", "phone": "+84912345603", "email": None, "state": "SG"},
        ],
    ),
    "hubspot_contacts": (
        CUSTOMER_IDENTITY,
        HUBSPOT,
        [
            {
                "customer_id": "501",
                "first_name": "Hoa",
                "email": "hoa.le@example.com",
                "phone": None,
                "status": "Lead",
                "created_at": moment(2024, 3, 12, 2, 14),
                "system_name": "HubSpot",
            },
            {"customer_id": "502", "phone": "+84 912 345 611", "status": "Customer"},
        ],
    ),
    "facebook_lead_ads": (
        LEAD_INFORMATION,
        FACEBOOK.encode("utf-16"),
        [
            {
                "lead_id": "9000000000001",
                "full_name": "Nguyễn Thu Hà",
                "phone": "+84912345621",
                "email": "ha@example.com",
                "form_key": "14",
                "source_channel": "Online",
                "source_name": "Facebook Ads",
                "source_name_level_2": "Autumn",
                "source_name_level_3": "Women 25-34",
                "status": "CREATED",
                "created_at": moment(2026, 9, 23, 10, 4, 53),
                "dob": moment(1992, 3, 24, 17),
                "system_name": "Facebook Lead Ads",
            },
            {"lead_id": "9000000000002", "phone": "0912345622", "source_name": "Instagram Ads", "dob": None},
        ],
    ),
    "kiotviet_customers": (
        CUSTOMER_IDENTITY,
        KIOTVIET,
        [
            {
                "customer_id": "KH000001",
                "full_name": "Phạm Thị Mai",
                "phone": "0912345631",
                "email": "mai@example.com",
                "identity_no": "001300000001",
                "dob_2": date(1990, 6, 5),
                "gender": "female",
                "ward": "Phường Điện Biên",
                "customer_group": "VIP",
                "store_id": "Chi nhánh trung tâm",
                "status": "active",
                "created_at": moment(2024, 2, 1, 1, 30),
                "system_name": "KiotViet",
            },
            {"customer_id": "KH000002", "gender": None, "status": "inactive"},
        ],
    ),
    "haravan_customers": (
        CUSTOMER_IDENTITY,
        HARAVAN,
        [
            {
                "customer_id": "1001",
                "first_name": "Đỗ Minh",
                "last_name": "Khang",
                "phone": "0912345641",
                "dob_2": date(1985, 8, 7),
                "gender": "male",
                "ward": "Bến Nghé",
                "district": "Quận 1",
                "city": "Hồ Chí Minh",
                "system_name": "Haravan",
            },
            {"customer_id": "1002", "gender": "female", "email": None},
        ],
    ),
}
"""An export by the mapping that reads it: its entity, its content, and what must stand in its rows."""

VIETNAMESE: dict[str, tuple[str, dict[str, Any]]] = {
    "lead-information": (
        "Mã khách hàng tiềm năng,Họ và tên,Số điện thoại,Ngày sinh,Giới tính,Kênh,Đồng ý nhận tin,Ngày tạo\n"
        "00001,Lê Thị Hồng,0912345651,25/03/1992,Nữ,Trực tuyến,Có,24/09/2026 08:00\n",
        {
            "lead_id": "00001",
            "full_name": "Lê Thị Hồng",
            "gender": "female",
            "source_channel": "Online",
            "single_opt_in": "Yes",
            "dob": moment(1992, 3, 24, 17),
            "created_at": moment(2026, 9, 24, 1),
        },
    ),
    "lead-status-history": (
        "Mã lead,Trạng thái cũ,Trạng thái mới,Ngày thay đổi,Lý do\n00001,Mới,Đang tư vấn,02/03/2026,Khách gọi lại\n",
        {"lead_id": "00001", "old_status": "Mới", "changed_at": moment(2026, 3, 1, 17)},
    ),
    "customer-identity": (
        "Mã KH,Họ,Tên đệm,Tên,SĐT,CMND/CCCD,Số hộ chiếu,Ngày sinh,Giới tính,Tình trạng hôn nhân,Tỉnh/Thành phố,"
        "Quận/Huyện,Phường/Xã,Địa chỉ,Ngày tạo\n"
        "C001,Nguyễn,Thị,Lan,0912345652,001300000002,B1234567,05/06/1990,Nữ,Đã có gia đình,Hà Nội,Ba Đình,Điện Biên,"
        "15 Trần Phú,14:05 01/02/2024\n",
        {
            "customer_id": "C001",
            "first_name": "Nguyễn",
            "middle_name": "Thị",
            "last_name": "Lan",
            "identity_no": "001300000002",
            "passport_no": "B1234567",
            "dob_2": date(1990, 6, 5),
            "gender": "female",
            "marital_status": "Married",
            "city": "Hà Nội",
            "district": "Ba Đình",
            "ward": "Điện Biên",
            "created_at": moment(2024, 2, 1, 7, 5),
        },
    ),
    "customer-relationship": (
        "Mã khách hàng,Mã quan hệ,Mối quan hệ,Họ tên người thân,Ngày sinh,Giới tính\nC001,R1,Con gái,Trần Bảo An,"
        "09/10/2015,Nữ\n",
        {"relationship_id": "R1", "relationship": "child", "full_name": "Trần Bảo An", "gender": "female"},
    ),
    "customer-membership": (
        "Mã khách hàng,Số thẻ,Hạng thẻ,Ngày cấp thẻ,Điểm tích lũy,Điểm hiện tại,Điểm đã dùng\n"
        "C001,M001,Vàng,01/02/2024,300,120,180\n",
        {
            "membership_id": "M001",
            "membership_type": "Vàng",
            "earn_point": 300,
            "loyalty_point": 120,
            "redeem_point": 180,
            "membership_issued_at": moment(2024, 1, 31, 17),
        },
    ),
    "customer-identity-address": (
        "Mã khách hàng,Loại địa chỉ,Tỉnh/Thành phố,Phường/Xã,Địa chỉ,Từ ngày\nC001,Quê quán,Huế,Thuận Hòa,2 Lê Lợi,"
        "01/07/2025\n",
        {"address_type": "Hometown", "city": "Huế", "start_time": moment(2025, 6, 30, 17)},
    ),
    "customer-identity-email": (
        "Mã khách hàng,Địa chỉ email,Loại email,Email chính\nC001,lan@example.com,Cá nhân,Có\n",
        {"email": "lan@example.com", "email_type": "Personal", "primary": True},
    ),
    "customer-identity-photo": (
        "Mã khách hàng,Nguồn ảnh,Link ảnh\nC001,Facebook,https://example.com/lan.jpg\n",
        {"source": "Facebook", "image_url": "https://example.com/lan.jpg"},
    ),
    "customer-product-activity": (
        "Mã hành động,Hành động,Thời gian,Mã khách hàng,Tên khách hàng,Số điện thoại,Mã sản phẩm,Tên sản phẩm,"
        "Mã danh mục,Đơn giá,Số lượng,Thành công\n"
        'A1,Mua,01/02/2024 09:00:05,C001,Nguyễn Thị Lan,0912345652,SP1,Trà sen,DM1,"1.200.000",2,Có\n',
        {
            "action_id": "A1",
            "action_at": moment(2024, 2, 1, 2, 0, 5),
            "product_sku": "SP1",
            "price": 1_200_000.0,
            "quantity": 2,
            "bool_result": True,
        },
    ),
    "email-interaction": (
        "Mã sự kiện,Email,Nhà cung cấp,Sự kiện,Thời gian sự kiện,Thời gian ghi nhận,Tiêu đề,Chiến dịch\n"
        "E1,lan@example.com,Brevo,opened,01/02/2024 09:00,01/02/2024 09:01,Chào bạn,Tết\n",
        {"id": "E1", "event": "opened", "campaign_name": "Tết", "event_at": moment(2024, 2, 1, 2)},
    ),
    "sms-interaction": (
        "Mã sự kiện,Số điện thoại,Nhà cung cấp,Sự kiện,Thời gian sự kiện,Nội dung\nS1,0912345652,SMSGW,sent,"
        "01/02/2024 09:00,Chào bạn\n",
        {"id": "S1", "phone_number": "0912345652", "text": "Chào bạn"},
    ),
    "customer-product-comment": (
        "Mã bình luận,Nội dung,Ngày bình luận,Mã khách hàng,Họ tên,SĐT,Mã sản phẩm,Tên sản phẩm\n"
        "B1,Trà thơm,01/02/2024,C001,Nguyễn Thị Lan,0912345652,SP1,Trà sen\n",
        {"comment_id": "B1", "content": "Trà thơm", "customer_name": "Nguyễn Thị Lan", "product_name": "Trà sen"},
    ),
    "customer-product-review": (
        "Mã đánh giá,Nội dung,Số sao,Ngày đánh giá,Mã khách hàng,Họ tên,Email,Mã sản phẩm,Tên sản phẩm\n"
        "D1,Rất ngon,5,01/02/2024,C001,Nguyễn Thị Lan,lan@example.com,SP1,Trà sen\n",
        {"review_id": "D1", "rating": 5, "customer_email": "lan@example.com"},
    ),
    "customer-product-subscriber": (
        "Mã đăng ký,Ngày đăng ký,Tên khách hàng,SĐT,Mã sản phẩm,Tên sản phẩm,Trạng thái,Nhận email,Kênh\n"
        "K1,01/02/2024,Nguyễn Thị Lan,0912345652,SP1,Trà sen,Hủy đăng ký,Không,Tại cửa hàng\n",
        {"subscribe_id": "K1", "status": "Unsubscribed", "subscribe_email": False, "source_channel": "Offline"},
    ),
    "moego-lead": (
        "Mã lead,Họ,Tên,Số điện thoại,Địa chỉ,Thành phố,Nguồn,Ngày tạo\nL1,Nguyễn,Lan,0912345652,2 Lê Lợi,Huế,Facebook,"
        "01/02/2024\n",
        {
            "id": "L1",
            "first_name": "Nguyễn",
            "address_city": "Huế",
            "created_time": moment(2024, 1, 31, 17),
        },
    ),
}
"""A Vietnamese spreadsheet by entity, and what must stand in its row."""


@pytest.fixture
def accepted(raw_file: Callable[..., RawFile], tmp_path: Path) -> Accepted:
    """The accepted rows of a file, read with the shipped mappings and those of `own`; a rejected row fails the test."""

    def run(content: str | bytes, entity: Entity, own: str = "") -> Rows:
        folder = tmp_path / "mappings"
        folder.mkdir()
        if own:
            (folder / "own.toml").write_text(own, encoding="utf-8")
        name = "export.tsv" if isinstance(content, bytes) else "export.csv"
        mappings = read_mappings(folder).of(entity)
        (batch,) = read_files([raw_file(name, content, entity)], entity, mappings=mappings)
        validated = validate_batch(batch, entity, LIMITS)
        assert validated.rejected["message"].to_list() == []
        return validated.accepted.sort("source_row").to_dicts()

    return run


def chosen(headers: str, entity: Entity) -> str | None:
    """The shipped mapping that is chosen by itself for a header line."""
    found = matched(headers.replace("\t", ",").split(","), entity, SHIPPED.of(entity)).mapping
    return found.name if found else None


@pytest.mark.parametrize("name", EXPORTS)
def test_an_export_of_the_source_is_read_by_a_mapping_that_only_adds_the_company(accepted: Accepted, name: str) -> None:
    entity, content, expected = EXPORTS[name]
    own = f'extends = "{name}"\n[{entity.object_type}.constants]\ninternalCompanyId = "ORG1"\n'
    rows = accepted(content, entity, own)
    assert [row["internal_company_id"] for row in rows] == ["ORG1", "ORG1"]
    assert [{key: row[key] for key in want} for row, want in zip(rows, expected, strict=True)] == expected
    # No header is left unexplained; of two phones in a row the second is kept as sent.
    assert {key for row in rows for key in orjson.loads(row["extra"] or "{}")} <= {"Default Address Phone"}


@pytest.mark.parametrize("name", EXPORTS)
def test_an_export_is_recognised_by_its_header_alone(name: str) -> None:
    entity, content, _ = EXPORTS[name]
    text = content if isinstance(content, str) else content.decode("utf-16")
    assert chosen(text.splitlines()[0], entity) == name


def test_what_has_no_field_of_ours_is_kept_as_custom_fields(accepted: Accepted) -> None:
    kept = [orjson.loads(row["custom_fields"]) for row in accepted(SHOPIFY, CUSTOMER_IDENTITY)]
    assert kept[0]["customFieldNumbers"] == {"totalSpent": "1250000.00", "totalOrders": "3"}
    assert kept[0]["customFieldTexts"] == {"address2": "Floor 2", "tags": "vip, newsletter"}
    assert kept[1]["customFieldBooleans"]["acceptsEmailMarketing"] == "no"


def test_the_older_customer_export_of_shopify_is_read_where_it_has_an_id(accepted: Accepted) -> None:
    content = (
        "Customer ID,First Name,Last Name,Email,Company,Address1,Address2,City,Province,Province Code,Country,"
        "Country Code,Zip,Phone,Accepts Marketing,Total Spent,Total Orders,Tags,Note,Tax Exempt\n"
        "7001,Lan,Nguyen,lan@example.com,,12 Ly Thuong Kiet,,Ha Noi,Ha Noi,HN,Vietnam,VN,'010000,,yes,100,1,,,no\n"
    )
    (row,) = accepted(content, CUSTOMER_IDENTITY)
    assert (row["system_name"], row["state"], row["country"], row["extra"]) == ("Shopify", "Ha Noi", "Vietnam", None)


@pytest.mark.parametrize(
    "headers",
    ["customerId,fullName,phone,email", "Customer ID,First Name,Last Name,Email,Phone", "Email,First Name,Last Name"],
)
def test_a_plain_file_is_not_taken_for_an_export_of_a_source(headers: str) -> None:
    assert chosen(headers, CUSTOMER_IDENTITY) is None


def test_a_vietnamese_file_is_not_taken_for_one_of_kiotviet_or_haravan() -> None:
    assert chosen("Mã khách hàng,Tên khách hàng,Điện thoại,Nhóm khách hàng", CUSTOMER_IDENTITY) == "vietnamese"
    assert chosen("Mã khách hàng,Họ,Tên,Email,Số điện thoại", CUSTOMER_IDENTITY) == "vietnamese"


@pytest.mark.parametrize("object_type", VIETNAMESE)
def test_a_vietnamese_spreadsheet_is_read_without_any_file_of_the_user(accepted: Accepted, object_type: str) -> None:
    content, expected = VIETNAMESE[object_type]
    (row,) = accepted(content, BY_OBJECT_TYPE[object_type])
    assert {key: row[key] for key in expected} == expected


def test_vietnamese_headers_and_words_are_read_without_their_marks(accepted: Accepted) -> None:
    content = "Ma khach hang,Ho va ten,So dien thoai,Ngay sinh,Gioi tinh\nC1,Tran Van Binh,0912345653,31/12/1980,nu\n"
    (row,) = accepted(content, CUSTOMER_IDENTITY)
    assert (row["full_name"], row["dob_2"], row["gender"]) == ("Tran Van Binh", date(1980, 12, 31), "female")


def test_the_vietnamese_mapping_names_every_field_that_a_spreadsheet_may_carry() -> None:
    absent = {
        (object_type, column.source)
        for object_type, mapping in SOURCES["vietnamese"].entities.items()
        for column in BY_OBJECT_TYPE[object_type].columns
        if column.source not in mapping.fields.values()
    }
    assert absent == {("customer-identity", "dob"), ("moego-lead", "pets"), ("moego-lead", "complianceConfig")}


def shipped() -> list[tuple[str, Entity, SourceMapping]]:
    return [(mapping.name, entity, mapping) for entity in ENTITIES for mapping in SHIPPED.of(entity)]


@pytest.mark.parametrize(
    ("entity", "mapping"), [(e, m) for _, e, m in shipped()], ids=[f"{n} {e.object_type}" for n, e, _ in shipped()]
)
def test_a_shipped_mapping_names_only_fields_and_allowed_values_of_its_entity(
    entity: Entity, mapping: SourceMapping
) -> None:
    names, rules = field_names(entity), mapping.mapping
    assert [field for field in rules.fields.values() if not (names.meaning(field) or names.custom_field(field))] == []
    assert len({folded(header) for header in rules.fields}) == len(rules.fields)
    said = {*rules.constants, *rules.dates, *rules.decimal_marks, *rules.prefixes, *rules.values}
    assert said <= {column.source for column in entity.columns}
    by_source = {column.source: column for column in entity.columns}
    for field, words in rules.values.items():
        assert not by_source[field].allowed or set(words.values()) <= set(by_source[field].allowed)
    # Every header that must stand there explains something.
    assert {folded(header) for header in rules.recognised_by} <= {folded(header) for header in rules.fields}


@pytest.mark.parametrize("name", SOURCES)
def test_every_source_says_where_its_headers_are_from(name: str) -> None:
    assert all(len(source) > 20 for source in SOURCES[name].headers_from)
    assert SOURCES[name].headers_from


def test_every_shipped_source_and_entity_is_tested_here() -> None:
    assert set(SOURCES) == {*EXPORTS, "vietnamese"}
    assert set(VIETNAMESE) == set(SOURCES["vietnamese"].entities)
