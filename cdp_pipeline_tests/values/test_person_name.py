import polars as pl
import pytest

from cdp_pipeline.values.person_name import JOINT, display_names, match_names


def match(name: str | None) -> str | None:
    """The compared form of one name."""
    return match_names(pl.Series([name], dtype=pl.String)).item()


def test_the_shown_form_keeps_letters_and_case() -> None:
    names = pl.Series(["  Nguyễn\u00a0 Văn\tAn ", "McDONALD", "", " \u200b", None])
    assert display_names(names).to_list() == ["Nguyễn Văn An", "McDONALD", None, None, None]


def test_making_the_shown_form_leaves_the_given_names_alone() -> None:
    names = pl.Series([" An  Nguyễn"])
    display_names(names)
    assert names.to_list() == [" An  Nguyễn"]


@pytest.mark.parametrize(
    "spelling", ["Đặng Minh Đức", "đức minh đặng", "ĐẶNG  MINH-ĐỨC", "Dang Minh Duc", "Ðặng Minh Ðức"]
)
def test_order_case_accents_and_either_crossed_d_do_not_matter(spelling: str) -> None:
    assert match(spelling) == "dang duc minh"


def test_a_word_counts_once() -> None:
    assert match("An An Nguyễn") == "an nguyen"


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ("Mr. John Smith", "john smith"),
        ("Ms Trang Lê", "le trang"),
        ("PGS.TS. Trần Bá", "ba tran"),
        ("Prof. Dr. An", "an"),
    ],
)
def test_a_title_in_front_of_a_name_does_not_matter(named: str, expected: str) -> None:
    assert match(named) == expected


def test_a_title_alone_is_a_name() -> None:
    assert match("Miss") == "miss"


@pytest.mark.parametrize("name", [None, "", " ", "---", "."])
def test_a_name_without_letters_is_null(name: str | None) -> None:
    assert match(name) is None


def test_vowel_signs_of_other_scripts_are_no_accents() -> None:
    assert match("สมชาย") != match("สมชย")


def test_the_rows_keep_their_order_and_name() -> None:
    names = pl.Series("full_name", ["Lê An", None, "Bùi Chi", "An Lê"])
    assert match_names(names).equals(pl.Series("full_name", ["an le", None, "bui chi", "an le"]), check_names=True)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Søren Østergaard", "ostergaard soren"),
        ("Łukasz Wałęsa", "lukasz walesa"),
        ("Hans Weiß", "hans weiss"),
        ("Æsa", "aesa"),
        ("Ngu\u00adyễn", "nguyen"),
        ("Ngu\u200dyễn", "nguyen"),
        ("Ngu\ufeffyễn", "nguyen"),
    ],
)
def test_letters_are_compared_as_they_are_typed_without_them(name: str, expected: str) -> None:
    assert match(name) == expected


def test_a_mark_of_byte_order_within_a_word_is_not_shown() -> None:
    assert display_names(pl.Series(["Ngu\ufeffyễn Lan"])).to_list() == ["Nguyễn Lan"]


@pytest.mark.parametrize(
    "name",
    [
        "Nam & Hà", "Nam&Hà", "Nam &amp; Hà", "Nam + Hà", "Lê Nam và Phạm Hà", "Le Nam va Pham Ha", "LÊ NAM VÀ PHẠM HÀ",
        "Mr and Mrs Smith", "Mr. Lê Nam, Mrs. Phạm Hà", "Ông Nam bà Hà", "Lê Nam / Phạm Hà", "Lê Nam - Phạm Hà",
    ],
)  # fmt: skip
def test_the_name_of_two_people_says_so(name: str) -> None:
    assert (match(name) or "").startswith(f"{JOINT} ")


@pytest.mark.parametrize(
    "name",
    [
        "Và A Dơ", "Lầu Và Dơ", "nguyen va an", "Anh Chi", "Anh/Chị Lan", "Anderson Mary", "H&agrave; Nam", "A & B",
        "Nguyễn Văn An - Cầu Giấy", "Smith-Jones Anna", "Nguyễn, Văn An", "Lan Q1/2",
    ],
)  # fmt: skip
def test_the_name_of_one_person_is_no_joint_one(name: str) -> None:
    assert not (match(name) or "").startswith(JOINT)
