"""Vietnamese names of three generations, weighted by how often they occur.

The words, and drawing a name. How a source system spells a name stands in `spelling`.
"""

from collections.abc import Callable
from typing import Literal, NamedTuple

Gender = Literal["male", "female"]
Draw = Callable[[], float]
"""A stream of random numbers from 0 up to 1: the `random` method of a seeded `random.Random`."""


class Name(NamedTuple):
    """A name in Vietnamese order; `middle` may hold two words or none."""

    family: str
    middle: str
    given: str

    @property
    def full(self) -> str:
        """The whole name as its bearer writes it."""
        return " ".join(part for part in self if part)


def weighted(words: str) -> tuple[str, ...]:
    """A list to draw from evenly: `Nguyễn:38 Trần:11` gives Nguyễn 38 times; `_` in a word stands for a space."""
    drawn: list[str] = []
    for entry in words.split():
        word, _, weight = entry.partition(":")
        drawn.extend([word.replace("_", " ")] * int(weight or 1))
    return tuple(drawn)


# Shares in tenths of a percent, after published counts of family names.
FAMILY_NAMES = weighted(
    "Nguyễn:380 Trần:110 Lê:95 Phạm:70 Hoàng:27 Huỳnh:25 Phan:45 Vũ:20 Võ:20 Đặng:21 Bùi:20 Đỗ:14 Hồ:13 Ngô:13"
    " Dương:10 Lý:5 Đinh:10 Trịnh:8 Mai:7 Đào:7 Đoàn:7 Lương:6 Trương:12 Hà:5 Cao:5 Lâm:6 Tạ:4 Châu:4 Phùng:4"
    " Tô:3 Thái:4 Quách:2 Tăng:2 Kiều:2 Triệu:2 La:2 Vương:3 Từ:2 Chu:3 Lưu:3 Nghiêm:2"
)

MIDDLE_NAMES: dict[tuple[Gender, str], tuple[str, ...]] = {
    ("female", "old"): weighted("Thị:80 Thị_Kim:4 Thị_Ngọc:4 Kim:4 Ngọc:3 Thị_Thu:3 Thị_Minh:2"),
    ("female", "middle"): weighted(
        "Thị:45 Thị_Thu:6 Thị_Thanh:6 Thị_Ngọc:6 Thị_Minh:4 Thị_Kim:4 Thị_Phương:4 Ngọc:6 Thu:5"
        " Thanh:5 Kim:3 Minh:3 Thùy:3"
    ),
    ("female", "young"): weighted(
        "Thị:18 Ngọc:12 Minh:9 Thu:5 Phương:7 Thanh:6 Khánh:6 Bảo:7 Thùy:6 Hoàng:4 Gia:3 Thảo:3"
        " Quỳnh:4 Thị_Minh:4 Thị_Ngọc:4"
        " Hà:2"
    ),
    ("male", "old"): weighted("Văn:72 Đình:5 Hữu:5 Đức:4 Xuân:4 Công:3 Ngọc:3 Bá:2 Quang:2"),
    ("male", "middle"): weighted(
        "Văn:38 Đức:8 Minh:7 Quang:7 Hữu:6 Thanh:6 Xuân:4 Công:4 Quốc:5 Ngọc:4 Anh:3 Mạnh:3 Hoàng:3 Đình:3"
    ),
    ("male", "young"): weighted(
        "Văn:12 Minh:14 Gia:10 Quốc:8 Hoàng:8 Đức:8 Anh:6 Bảo:7 Quang:6 Tuấn:4 Thanh:4 Nhật:4 Hữu:3 Duy:4 Đăng:2"
    ),
}

GIVEN_NAMES: dict[tuple[Gender, str], tuple[str, ...]] = {
    ("female", "old"): weighted(
        "Hoa:8 Lan:8 Hồng:7 Cúc:5 Mai:6 Liên:6 Nga:5 Sáu:2 Bảy:2 Tư:2 Lý:4 Hạnh:6 Xuân:4 Loan:5 Phượng:4 Oanh:3 Nhung:4"
        " Tuyết:5 Thơm:3 Bích:4 Đào:3 Yến:3 Ngà:2 Sen:2 Thìn:2"
    ),
    ("female", "middle"): weighted(
        "Hương:9 Hà:8 Thủy:8 Hạnh:7 Hằng:7 Lan:6 Mai:6 Nga:5 Huyền:6 Trang:6 Yến:5 Phương:6 Dung:5"
        " Vân:5 Thảo:4 Loan:4 Oanh:3"
        " Hiền:6 Thúy:5 Nhung:4 Hoa:4 Tuyết:3 Liên:3 Diệp:2 Quyên:2 Trinh:3 Ngân:3 Bích:2 Châu:2 Tâm:3"
    ),
    ("female", "young"): weighted(
        "Anh:12 Linh:10 Trang:7 Thảo:6 Vy:7 Ngân:6 Nhi:7 Hân:6 Châu:4 Ngọc:5 My:5 Huyền:4 Thư:6"
        " Phương:4 Hà:3 Quỳnh:5 Như:4"
        " Trâm:4 Uyên:4 Giang:3 Mai:3 Yến:3 Chi:5 An:4 Tiên:3 Khanh:2 Đan:2 Diệp:2 Tú:2 Dương:2 Nguyên:2"
    ),
    ("male", "old"): weighted(
        "Hùng:6 Dũng:5 Minh:5 Thành:5 Sơn:5 Bình:5 Hải:5 Thắng:4 Lợi:4 Phúc:3 Tâm:4 Quý:3 Năm:2"
        " Ba:2 Tài:3 Khánh:2 Đông:2 Lộc:3"
        " Chiến:4 Hòa:4 Kỳ:2 Sáng:2 Tiến:3 Vinh:3"
    ),
    ("male", "middle"): weighted(
        "Hùng:8 Tuấn:8 Dũng:7 Cường:6 Hải:6 Sơn:6 Thắng:5 Nam:5 Long:5 Minh:6 Thành:5 Trung:5"
        " Hưng:4 Quân:4 Tùng:4 Việt:4"
        " Phong:4 Đức:4 Kiên:3 Khoa:2 Hiếu:3 Toàn:3 Vinh:3 Bình:3 Tiến:3 Lâm:3 Phú:2 Hoàng:3 Trường:2"
    ),
    ("male", "young"): weighted(
        "Huy:8 Khang:6 Minh:8 Bảo:6 Phúc:6 Khoa:6 Đạt:5 Long:5 Nam:5 Duy:5 Phát:4 Quân:5 Khôi:5"
        " Hiếu:4 Tuấn:4 Thịnh:4 Kiên:4"
        " An:3 Anh:5 Đăng:3 Hoàng:4 Sơn:3 Việt:3 Tín:2 Lộc:2 Vũ:3 Tú:2 Quang:3 Trí:3 Nghĩa:2 Thiện:2"
    ),
}


def generation_of(birth_year: int) -> str:
    """Whose names were in fashion at birth: `old`, `middle` or `young`."""
    return "old" if birth_year < 1963 else "middle" if birth_year < 1990 else "young"


def draw_name(draw: Draw, family: str, gender: Gender, birth_year: int) -> Name:
    """A name of this family, gender and time. One in forty has no middle name."""
    wave = generation_of(birth_year)
    middles, givens = MIDDLE_NAMES[gender, wave], GIVEN_NAMES[gender, wave]
    given = givens[int(draw() * len(givens))]
    middle = middles[int(draw() * len(middles))] if draw() > 0.025 else ""
    # Nobody is called Minh Minh; the list's first entry is a word that is no given name.
    return Name(family, middles[0] if given in middle.split() else middle, given)


def draw_family_name(draw: Draw) -> str:
    """A family name, Nguyễn for more than a third."""
    return FAMILY_NAMES[int(draw() * len(FAMILY_NAMES))]
