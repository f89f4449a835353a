"""Vietnamese places: provinces with some of their districts and wards, streets, and addresses in them.

The administrative names are those that senders' systems still hold: district and ward, from before the reform of 2025.
"""

from typing import NamedTuple

from cdp_pipeline.generator.names import Draw


class Province(NamedTuple):
    """A province or city, with codes as identity numbers and landlines have them, and wards by district."""

    name: str
    identity_code: str
    area_code: str
    wards: tuple[tuple[str, tuple[str, ...]], ...]


class Home(NamedTuple):
    """An address; the last two are empty outside apartment buildings."""

    province: Province
    district: str
    ward: str
    street: str
    building: str
    apartment: str


def _province(name: str, identity_code: str, area_code: str, *districts: str) -> Province:
    """`Quận 1: Bến Nghé, Đa Kao` is a district with two wards."""
    parts = (district.split(": ") for district in districts)
    return Province(name, identity_code, area_code, tuple((d, tuple(wards.split(", "))) for d, wards in parts))


_HO_CHI_MINH = _province(
    "Hồ Chí Minh",
    "079",
    "28",
    "Quận 1: Bến Nghé, Đa Kao, Bến Thành, Tân Định",
    "Quận 3: Võ Thị Sáu, Phường 4, Phường 9, Phường 11",
    "Quận 7: Tân Phú, Tân Phong, Phú Mỹ, Tân Hưng",
    "Quận 10: Phường 12, Phường 13, Phường 14",
    "Tân Phú: Hiệp Tân, Tân Sơn Nhì, Phú Thạnh, Tây Thạnh",
    "Bình Thạnh: Phường 22, Phường 25, Phường 26",
    "Gò Vấp: Phường 5, Phường 10, Phường 17",
    "Phú Nhuận: Phường 2, Phường 7, Phường 9",
    "Tân Bình: Phường 2, Phường 4, Phường 13",
    "Thủ Đức: Thảo Điền, An Phú, Linh Trung, Hiệp Bình Chánh",
)
_HA_NOI = _province(
    "Hà Nội",
    "001",
    "24",
    "Ba Đình: Điện Biên, Ngọc Hà, Kim Mã, Giảng Võ",
    "Hoàn Kiếm: Hàng Bạc, Hàng Trống, Cửa Nam",
    "Đống Đa: Láng Hạ, Ô Chợ Dừa, Khâm Thiên",
    "Cầu Giấy: Dịch Vọng, Nghĩa Tân, Trung Hòa, Yên Hòa",
    "Hà Đông: Văn Quán, Mộ Lao, La Khê",
    "Long Biên: Bồ Đề, Ngọc Lâm, Việt Hưng",
    "Hoàng Mai: Định Công, Đại Kim, Tân Mai",
    "Nam Từ Liêm: Mỹ Đình 1, Mỹ Đình 2, Mễ Trì",
)
_OTHERS = (
    _province(
        "Đà Nẵng",
        "048",
        "236",
        "Hải Châu: Thạch Thang, Hòa Cường Bắc",
        "Thanh Khê: Chính Gián, Vĩnh Trung",
        "Sơn Trà: An Hải Bắc, Phước Mỹ",
    ),
    _province("Cần Thơ", "092", "292", "Ninh Kiều: An Khánh, Xuân Khánh, Tân An", "Cái Răng: Hưng Phú, Lê Bình"),
    _province(
        "Hải Phòng",
        "031",
        "225",
        "Hồng Bàng: Minh Khai, Sở Dầu",
        "Ngô Quyền: Máy Tơ, Lạch Tray",
        "Lê Chân: An Biên, Dư Hàng",
    ),
    _province("Đồng Nai", "075", "251", "Biên Hòa: Tân Phong, Trảng Dài, Quyết Thắng", "Long Thành: An Phước, Lộc An"),
    _province(
        "Bình Dương",
        "074",
        "274",
        "Thủ Dầu Một: Phú Cường, Chánh Nghĩa",
        "Thuận An: Lái Thiêu, An Phú",
        "Dĩ An: Đông Hòa, Tân Bình",
    ),
    _province("Khánh Hòa", "056", "258", "Nha Trang: Lộc Thọ, Vĩnh Hải, Phước Long", "Cam Ranh: Cam Nghĩa, Ba Ngòi"),
    _province("Nghệ An", "040", "238", "Vinh: Hưng Bình, Lê Mao, Trường Thi", "Diễn Châu: Diễn Thành, Diễn Kỷ"),
    _province("Thanh Hóa", "038", "237", "Thanh Hóa: Ba Đình, Lam Sơn", "Sầm Sơn: Trường Sơn, Bắc Sơn"),
    _province("Bắc Ninh", "027", "222", "Bắc Ninh: Suối Hoa, Võ Cường", "Từ Sơn: Đông Ngàn, Đồng Kỵ"),
    _province("Hải Dương", "030", "220", "Hải Dương: Trần Phú, Lê Thanh Nghị", "Chí Linh: Sao Đỏ, Bến Tắm"),
    _province("Bà Rịa - Vũng Tàu", "077", "254", "Vũng Tàu: Phường 1, Thắng Tam", "Bà Rịa: Phước Trung, Long Toàn"),
    _province("Lâm Đồng", "068", "263", "Đà Lạt: Phường 1, Phường 9, Xuân Thọ", "Bảo Lộc: Lộc Phát, B'Lao"),
)

PROVINCES = (*(_HO_CHI_MINH,) * 32, *(_HA_NOI,) * 26, *_OTHERS * 3)
"""To draw from evenly: the two largest cities hold most customers."""

STREETS = (
    *("Lê Lợi", "Nguyễn Huệ", "Trần Hưng Đạo", "Hai Bà Trưng", "Lý Thường Kiệt", "Nguyễn Trãi", "Điện Biên Phủ"),
    *("Cách Mạng Tháng Tám", "Lê Duẩn", "Phan Chu Trinh", "Nguyễn Thị Minh Khai", "Hoàng Văn Thụ", "Quang Trung"),
    *("Hòa Bình", "Lũy Bán Bích", "Phan Đình Phùng", "Võ Văn Tần", "Bà Triệu", "Ngô Quyền", "Nguyễn Văn Cừ"),
    *("Trường Chinh", "Giải Phóng", "Láng Hạ", "Tôn Đức Thắng", "Hùng Vương", "Lê Hồng Phong", "Nguyễn Văn Linh"),
    *("Phạm Văn Đồng", "Xô Viết Nghệ Tĩnh", "Nguyễn Đình Chiểu", "Pasteur", "Đinh Tiên Hoàng", "Âu Cơ", "Kim Mã"),
)
BUILDINGS = (
    "Richstar Residence",
    "Sunrise City",
    "Times City",
    "Vinhomes Central Park",
    "Chung cư Nam Trung Yên",
    "Masteri Thảo Điền",
)


def draw_home(draw: Draw) -> Home:
    """An address; one in six is an apartment."""
    province = PROVINCES[int(draw() * len(PROVINCES))]
    district, wards = province.wards[int(draw() * len(province.wards))]
    number = int(draw() * 400) + 1
    street = STREETS[int(draw() * len(STREETS))]
    if draw() < 0.08:
        street = (
            f"{street}, hẻm {int(draw() * 90) + 2}"
            if province.area_code == "28"
            else f"{street}, ngõ {int(draw() * 90) + 2}"
        )
    building = apartment = ""
    if draw() < 0.17:
        building = BUILDINGS[int(draw() * len(BUILDINGS))]
        apartment = f"{int(draw() * 28) + 2}.{int(draw() * 14) + 1:02d}"
    return Home(province, district, wards[int(draw() * len(wards))], f"{number} {street}", building, apartment)
