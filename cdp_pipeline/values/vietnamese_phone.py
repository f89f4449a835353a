"""Vietnam's changes of its number plan: landlines in 2017, mobile numbers in 2018.

Holds the tables, and recognises numbers from before 2017. `phone_text.py` reads cells.
"""

import re
from typing import Final

VIETNAM: Final = "VN"
VIETNAM_CODE: Final = 84

# The operators' table of September 2018, by national number without the leading 0.
# Only these 21 prefixes were ever in use; the rest of 018x and 019x was not.
MOBILE_PREFIXES_SINCE_2018: Final = {
    "120": "70",
    "121": "79",
    "122": "77",
    "126": "76",
    "128": "78",
    "123": "83",
    "124": "84",
    "125": "85",
    "127": "81",
    "129": "82",
    "162": "32",
    "163": "33",
    "164": "34",
    "165": "35",
    "166": "36",
    "167": "37",
    "168": "38",
    "169": "39",
    "186": "56",
    "188": "58",
    "199": "59",
}

# Decision 2036/QĐ-BTTTT of 2016: the area codes of 59 provinces changed on 11 February, 15 April and 17 June 2017.
# Hà Giang, Hòa Bình, Phú Thọ and Vĩnh Phúc kept theirs.
# fmt: off
AREA_CODES_BEFORE_2017: Final = {
    # February: Sơn La, Lai Châu, Lào Cai, Điện Biên, Yên Bái, Quảng Bình, Quảng Trị, Huế, Quảng Nam, Đà Nẵng,
    # Thanh Hóa, Nghệ An, Hà Tĩnh.
    "22": "212", "231": "213", "20": "214", "230": "215", "29": "216", "52": "232", "53": "233", "54": "234",
    "510": "235", "511": "236", "37": "237", "38": "238", "39": "239",
    # April: Quảng Ninh, Bắc Giang, Lạng Sơn, Cao Bằng, Tuyên Quang, Thái Nguyên, Bắc Kạn, Hải Dương, Hưng Yên,
    # Bắc Ninh, Hải Phòng, Hà Nam, Thái Bình, Nam Định, Ninh Bình, Cà Mau, Bạc Liêu, Cần Thơ, Hậu Giang, Trà Vinh,
    # An Giang, Kiên Giang, Sóc Trăng.
    "33": "203", "240": "204", "25": "205", "26": "206", "27": "207", "280": "208", "281": "209", "320": "220",
    "321": "221", "241": "222", "31": "225", "351": "226", "36": "227", "350": "228", "30": "229", "780": "290",
    "781": "291", "710": "292", "711": "293", "74": "294", "76": "296", "77": "297", "79": "299",
    # June: Hà Nội, Hồ Chí Minh City, Đồng Nai, Bình Thuận, Bà Rịa - Vũng Tàu, Quảng Ngãi, Bình Định, Phú Yên,
    # Khánh Hòa, Ninh Thuận, Kon Tum, Đắk Nông, Đắk Lắk, Lâm Đồng, Gia Lai, Vĩnh Long, Bình Phước, Long An,
    # Tiền Giang, Bình Dương, Bến Tre, Tây Ninh, Đồng Tháp.
    "4": "24", "8": "28", "61": "251", "62": "252", "64": "254", "55": "255", "56": "256", "57": "257",
    "58": "258", "68": "259", "60": "260", "501": "261", "500": "262", "63": "263", "59": "269", "70": "270",
    "651": "271", "72": "272", "73": "273", "650": "274", "75": "275", "66": "276", "67": "277",
}
# fmt: on

_LARGEST_CITIES: Final = ("4", "8")
# No subscriber's number began with 0, 1 or 9; those of Hà Nội and Hồ Chí Minh City had one digit more.
_SUBSCRIBER = re.compile(r"[2-8]\d{6}")
_SUBSCRIBER_OF_A_CITY = re.compile(r"[2-8]\d{7}")

# What a mobile number (nine digits) or a landline (ten) can begin with today. Landlines begin with 2, which leaves 1 to
# services, whose numbers are shorter or assigned.
_POSSIBLE = re.compile(r"[3-9]\d{8}|2\d{9}")
_TOGETHER = re.compile(r"[46]\d{8}|2\d{8}|[235-7]\d{9}")


def landline_since_2017(area_code: str, subscriber: str) -> str | None:
    """The current national number of a landline from before 2017; None if the digits are not one.

    Args:
        area_code: The area code without its leading 0.
        subscriber: The digits after it.
    """
    shape = _SUBSCRIBER_OF_A_CITY if area_code in _LARGEST_CITIES else _SUBSCRIBER
    since = AREA_CODES_BEFORE_2017.get(area_code)
    return since + subscriber if since is not None and shape.fullmatch(subscriber) else None


def landline_of_shape(national: str) -> str | None:
    """The same for digits written together, if no current number has their shape; else None.

    Nine digits that begin with 3, 5, 7, 8 or 9 are a current mobile number, though they may once have been a
    landline's: 0838123456 is a mobile number, 0438123456 a landline in Hà Nội.
    """
    if not _TOGETHER.fullmatch(national):
        return None
    for length in (1, 2, 3):
        if (found := landline_since_2017(national[:length], national[length:])) is not None:
            return found
    return None


def is_possible(national: str) -> bool:
    """Whether a current national number is possible, by its length and first digit."""
    return _POSSIBLE.fullmatch(national) is not None
