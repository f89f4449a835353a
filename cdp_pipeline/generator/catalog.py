"""What the two companies sell and send: products, stores, campaigns, and what people write about them.

Plain lists; who buys, writes or receives what stands in `shopping` and `mailings`.
"""

from typing import NamedTuple

COMPANIES = ("ORG1029130112", "ORG1029130245")
"""The internal companies; the second has a few percent of the customers."""


class Product(NamedTuple):
    """A product of the shop; prices are in đồng."""

    number: int
    sku: str
    name: str
    category: str
    category_id: str
    price: int
    sale_price: int

    @property
    def link(self) -> str:
        """Its page in the shop."""
        return f"https://shop.example.com/san-pham/{self.sku.lower()}"


_RANGE = {
    ("PET", "Thức ăn thú cưng"): (
        "Hạt cho chó con 2kg = 215; Hạt cho mèo trưởng thành 1,5kg = 189; Pate cá ngừ 400g = 35; "
        "Bánh thưởng gặm răng = 62"
    ),
    ("PHU", "Phụ kiện thú cưng"): (
        "Vòng cổ da = 120; Lồng vận chuyển cỡ M = 450; Cát vệ sinh 10L = 98; Nệm tròn lông mịn = 265; "
        "Máy cắt lông = 690"
    ),
    ("SPA", "Dịch vụ chăm sóc"): (
        "Tắm và chải lông = 250; Cắt tỉa tạo kiểu = 380; Vệ sinh tai móng = 120; Gửi thú cưng một ngày = 180"
    ),
    ("DTH", "Điện thoại"): (
        "Điện thoại S24 256GB = 18990; Điện thoại A15 128GB = 4690; Điện thoại gập Z6 = 23520; Ốp lưng silicon = 190"
    ),
    ("MTB", "Máy tính bảng"): "Máy tính bảng 11 inch = 9990; Bút cảm ứng = 1290; Bàn phím rời = 2190",
    ("GDN", "Gia dụng nhỏ"): (
        "Nồi cơm điện 1,8L = 1150; Máy xay sinh tố = 890; Bình đun siêu tốc = 420; Quạt đứng = 760; "
        "Máy hút bụi cầm tay = 1990"
    ),
    ("MPH", "Mỹ phẩm"): (
        "Kem chống nắng SPF50 = 285; Sữa rửa mặt 150ml = 165; Son dưỡng hồng = 120; Nước tẩy trang 400ml = 210"
    ),
    ("TRE", "Đồ trẻ em"): (
        "Tã dán cỡ L 54 miếng = 298; Sữa bột số 3 900g = 545; Xe đẩy gấp gọn = 2350; Bộ xếp hình 120 mảnh = 320"
    ),
    ("SAC", "Sách"): "Sách nấu ăn gia đình = 128; Truyện tranh thiếu nhi = 35; Sổ tay chăm sóc chó mèo = 89",
}
"""Goods by category, with prices in thousands of đồng."""


def _products() -> tuple[Product, ...]:
    found: list[Product] = []
    for (code, category), goods in _RANGE.items():
        for entry in goods.split("; "):
            name, price = entry.split(" = ")
            number = len(found) + 1
            amount = int(price) * 1000
            # Every third product is on sale, a tenth off, in whole thousands.
            sale = amount * 9 // 10_000 * 1000 if number % 3 == 0 else amount
            found.append(Product(number, f"{code}-{1000 + number}", name, category, f"CAT-{code}", amount, sale))
    return tuple(found)


PRODUCTS = _products()

STORES = (
    ("CH-001", "Cửa hàng Nguyễn Huệ", "Hồ Chí Minh", "Quận 1"),
    ("CH-002", "Cửa hàng Tân Phú", "Hồ Chí Minh", "Tân Phú"),
    ("CH-003", "Cửa hàng Thảo Điền", "Hồ Chí Minh", "Thủ Đức"),
    ("CH-011", "Cửa hàng Kim Mã", "Hà Nội", "Ba Đình"),
    ("CH-012", "Cửa hàng Cầu Giấy", "Hà Nội", "Cầu Giấy"),
    ("CH-021", "Cửa hàng Hải Châu", "Đà Nẵng", "Hải Châu"),
    ("CH-031", "Cửa hàng Ninh Kiều", "Cần Thơ", "Ninh Kiều"),
)


class Campaign(NamedTuple):
    """A mailing: for e-mail with a subject, for SMS with a text."""

    number: str
    name: str
    words: str


EMAIL_CAMPAIGNS = (
    Campaign("EM-01", "Chào mừng thành viên mới", "Chào mừng bạn đến với cửa hàng!"),
    Campaign("EM-02", "Ưu đãi cuối tuần", "Cuối tuần này giảm đến 30%"),
    Campaign("EM-03", "Nhắc giỏ hàng", "Bạn còn quên món này trong giỏ"),
    Campaign("EM-04", "Tháng chăm sóc thú cưng", "Mèo của bạn cũng cần đi spa"),
    Campaign("EM-05", "Bản tin tháng", "Bản tin tháng này có gì mới?"),
    Campaign("EM-06", "Mừng sinh nhật", "Quà sinh nhật dành riêng cho bạn"),
)
SMS_CAMPAIGNS = (
    Campaign("SM-01", "Mã xác nhận", "Ma xac nhan cua quy khach la"),
    Campaign("SM-02", "Giao hàng", "Don hang cua quy khach dang duoc giao"),
    Campaign("SM-03", "Ưu đãi thành viên", "Tang quy khach voucher 50.000d, xem tai https://s.example.com/v"),
    Campaign("SM-04", "Nhắc lịch hẹn", "Nhac lich hen cham soc thu cung ngay mai"),
)

SEARCHES = (
    "hạt cho mèo",
    "kem chống nắng",
    "điện thoại giá rẻ",
    "tã dán",
    "nồi cơm điện",
    "cắt tỉa lông chó",
    "máy hút bụi",
)
COMMENTS = (
    "Sản phẩm này còn hàng không shop?",
    "Cho mình hỏi giá sỉ với ạ",
    "Mua ở cửa hàng Tân Phú được không?",
    "Bé mèo nhà mình rất thích",
    "Giao hàng mất mấy ngày vậy shop?\nMình ở Cần Thơ.",
    'Bản này có khác bản "quốc tế" không?',
)
REPLIES = (
    "Mình cũng hỏi câu này",
    "Còn bạn nhé, mình vừa mua hôm qua",
    "Giao nhanh lắm bạn ơi",
    "Shop trả lời giúp với; mình cũng cần",
)
REVIEWS = (
    (5, "Rất hài lòng", "Đóng gói cẩn thận, giao nhanh, sẽ ủng hộ tiếp."),
    (5, "Tuyệt vời", "Dùng được hai tuần thấy rất tốt."),
    (4, "Tốt", "Chất lượng ổn so với giá tiền."),
    (4, "Khá ổn", "Hàng đúng mô tả, hộp hơi móp."),
    (3, "Tạm được", "Màu không giống hình lắm,\nnhưng dùng được."),
    (2, "Chưa ưng", "Giao trễ ba ngày; nhân viên chưa nhiệt tình."),
    (1, "Thất vọng", "Hàng lỗi, đang chờ đổi trả."),
)
