"""Vietnamese names as typed: forms of address before the name, and marks written as letters or digits.

Telex writes the marks as letters (Nguyeexn Thij Hoaf), VNI as digits (Nguye64n Thi5 Hoa2); both occur in fields that
were typed without an input method. `person_name.py` compares names in general.
"""

from typing import Final

import polars as pl

FAMILY_NAMES: Final = (
    "nguyễn|nguyen|trần|tran|lê|le|phạm|pham|hoàng|hoang|huỳnh|huynh|phan|vũ|vu|võ|vo|đặng|dang|bùi|bui|đỗ|do|hồ|ho|ngô|"
    "ngo|dương|duong|lý|ly"
)
"""The family names of nine in ten Vietnamese."""

_FAMILY: Final = tuple(FAMILY_NAMES.split("|"))
_OTHER_FAMILY: Final = (
    "dinh", "doan", "trinh", "luong", "dao", "mai", "ha", "ta", "cao", "lam", "phung", "to", "chau", "tong", "thai",
    "vuong", "quach", "truong", "chu", "la", "kieu", "thach", "hua", "diep", "nghiem", "ninh", "lai", "luu", "quan",
)  # fmt: skip

_INITIALS: Final = "(?:b|ch?|d|gh?|gi|h|kh?|l|m|n|ngh?|nh|ph?|qu?|r|s|th?|tr|v|x)?"
_FINALS: Final = "(?:ch?|m|ng?|nh|p|t)?"
SYLLABLE: Final = f"^{_INITIALS}[aeiouy]{{1,3}}{_FINALS}$"
"""A Vietnamese syllable without its marks."""

_DOUBLED: Final = "aa|ee|oo"
"""Vowels that Telex writes twice; no syllable has them otherwise."""

_TYPED: Final = f"d?{_INITIALS}[1-9]?[aeiouyw1-9]{{1,6}}[sfrxj]?{_FINALS}[sfrxj1-9]?"
_PERHAPS_TYPED: Final = f"^(?:{_TYPED} )*{_TYPED}$"
_MARK: Final = "[1-9wfj]|[aeiouy][srx]|[a-z][sfrxj](?: |$)|dd|aa|ee|oo"
_SURELY_TELEX: Final = r"aa|ee|oo|[aou]w|^dd|[fj]"
_FEWEST_WORDS: Final = 2
"""One word may seem typed by chance: Max Le is no Telex, and the digit in Nguyen Van Nam2 distinguishes namesakes."""
_FEWEST_WITH_TELEX: Final = 3
"""From so many Vietnamese words on, one typed word is enough."""

_MARKED_FORMS: Final = "chị|cô|bà|ông|chú|bác|dì|cậu|thím|mợ"
_BARE_FORMS: Final = "anh|em|chi|co|ong"
"""Forms of address that are also names, at least as written without marks."""

_FORM: Final = (
    rf"(?i)^((?:{_MARKED_FORMS}|{_BARE_FORMS})(?:/(?:{_MARKED_FORMS}|{_BARE_FORMS}))*(?:\.\s*|\s+)|[ac]\.\s*)"
)
_MOST_GIVEN: Final = 2
_MOST_WORDS: Final = 4
_AFTER_ANH: Final = (
    "bằng", "dũng", "duy", "đài", "đào", "đức", "hào", "khoa", "khôi", "khuê", "kiệt", "kim", "linh", "minh", "ngọc",
    "nguyên", "nhật", "phương", "quân", "quốc", "tài", "thái", "thảo", "thi", "thơ", "thư", "thy", "tú", "tuấn",
    "tuyết", "việt", "vũ", "xuân",
)  # fmt: skip
"""Anh and one of these are a given name (Anh Thư, Anh Tuấn), or a man's form of address and name."""


def without_form_of_address(names: pl.Series) -> pl.Series:
    """The names without a Vietnamese form of address before them: Chị Lan, Anh Nam, A. Nam, Cô Nguyễn Thị Hoa.

    One or two words, or a family name and more words, must follow. A form that is also a name stays if the whole can be
    a name: Anh Nguyen, Anh Thư, Chi An (but not chi an, which is typed without marks).
    """
    places = names.str.contains(_FORM).arg_true()
    if places.is_empty():
        return names
    named = names.gather(places).str.normalize("NFC").alias("name").to_frame()
    named = named.select("name", form=pl.col("name").str.extract(_FORM), rest=pl.col("name").str.replace(_FORM, ""))
    named = named.with_columns(
        form=pl.col("form").str.to_lowercase().str.strip_chars(" ."),
        word=pl.col("rest").str.to_lowercase().str.extract_all(r"[\p{L}\p{N}]+"),
        is_plain=~pl.col("name").str.contains(r"[^\x00-\x7F]|[A-Z].*[a-z]"),
    )
    words = pl.col("word").list.len()
    after_family = pl.col("word").list.first().is_in(_FAMILY) & words.is_between(2, _MOST_WORDS)
    family_last = pl.col("word").list.last().is_in(_FAMILY)
    given = words.is_between(1, _MOST_GIVEN) & (pl.col("rest").str.len_chars() > 1)
    # Chi and Co are forms only where a name is typed without marks and without care for capitals.
    is_form = pl.col("form").is_in(["anh", "em", "a", "c"]) | pl.col("is_plain")
    two_names = (pl.col("form") == "anh") & (words == 1) & pl.col("word").list.first().is_in(_given_after_anh())
    vietnamese = pl.col("word").list.eval(_folded(pl.element()).str.contains(SYLLABLE)).list.all()
    is_bare = pl.col("form").is_in([*_BARE_FORMS.split("|"), "a", "c"])
    in_doubt = is_bare & ~(is_form & vietnamese & ~family_last & ~two_names)
    stripped = named.select(pl.when((given | after_family) & ~in_doubt).then("rest").otherwise("name")).to_series()
    return names.clone().scatter(places, stripped)


def without_typing(names: pl.Series) -> pl.Series:
    """Match names without the marks that were typed as letters or digits.

    Only if all words are then syllables of Vietnamese and one of them is a family name, but not before: Nguyeexn is
    Nguyen, while Tran, Hoan, Hans Mueller and Ross Baker stay as they are.
    """
    named = pl.DataFrame({"name": names}).filter(pl.col("name").str.contains(_MARK))
    named = named.filter(pl.col("name").str.contains(_PERHAPS_TYPED)).unique()
    if named.is_empty():
        return names
    words = named.select("name", word=pl.col("name").str.split(" ")).explode("word", empty_as_null=False)
    typed = words.select(pl.col("word").unique())
    typed = typed.with_columns(
        syllable=pl.col("word").str.contains(SYLLABLE),
        telex=_without_letters(),
        vni=pl.col("word").str.replace_all("[1-9]", ""),
    )
    read = words.join(typed, on="word")
    several = pl.col("typed") >= _FEWEST_WORDS
    one = (pl.col("typed") > 0) & (pl.col("surely_telex") | (pl.col("words") >= _FEWEST_WITH_TELEX))
    found = [_plain_names(read, "telex").filter(several | one), _plain_names(read, "vni").filter(several)]
    plain_names = pl.concat(found).unique("name", keep="first", maintain_order=True).select("name", "plain")
    if plain_names.is_empty():
        return names
    joined = pl.DataFrame({"name": names}).join(plain_names, on="name", how="left", maintain_order="left")
    return joined.select(pl.coalesce("plain", "name")).to_series().alias(names.name)


def _plain_names(read: pl.DataFrame, way: str) -> pl.DataFrame:
    """The names that are Vietnamese if read in one way, telex or vni: name, plain, words, typed and surely_telex."""
    as_it_is = pl.col("syllable") & ~pl.col("word").str.contains(_DOUBLED)
    names = (
        read.with_columns(plain=pl.when(as_it_is).then("word").otherwise(way))
        .group_by("name")
        .agg(
            pl.col("plain").unique().sort().str.join(" "),
            is_vietnamese=pl.col("plain").str.contains(SYLLABLE).all()
            & pl.col("plain").is_in([*_FAMILY, *_OTHER_FAMILY]).any(),
            words=pl.len(),
            typed=(~pl.col("syllable")).sum(),
            surely_telex=(~pl.col("syllable") & pl.col("word").str.contains(_SURELY_TELEX)).any(),
        )
    )
    return names.filter("is_vietnamese").drop("is_vietnamese")


def _without_letters() -> pl.Expr:
    """The word without the letters by which Telex writes marks; the tone follows its vowel or is at the end."""
    word = pl.col("word").str.replace_all("aa|aw", "a").str.replace_all("ee", "e").str.replace_all("oo|ow", "o")
    word = word.str.replace_all("uw", "u").str.replace("^dd", "d")
    toned = word.str.replace("([aeiouy])[sfrxj]", "${1}")
    return pl.when(toned.str.contains(SYLLABLE)).then(toned).otherwise(word.str.replace("[sfrxj]$", ""))


def _folded(word: pl.Expr) -> pl.Expr:
    return word.str.normalize("NFKD").str.replace_all(r"[\x{0300}-\x{036F}]", "").str.replace_all("đ", "d")


def _given_after_anh() -> list[str]:
    return [*_AFTER_ANH, *pl.Series(_AFTER_ANH).to_frame("word").select(_folded(pl.col("word"))).to_series()]
