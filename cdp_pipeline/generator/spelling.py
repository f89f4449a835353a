"""How systems and people spell a name: without marks, in another order, without middle name, in capitals, as initials.

Every spelling keeps the given name and contradicts no other one: its words are among those of the full name, or are
initials of them. The names themselves stand in `names`.
"""

import unicodedata
from functools import lru_cache

from cdp_pipeline.generator.names import Draw, Name, weighted
from cdp_pipeline.values.key_text import without_marks

Spelling = str
"""`full`, `plain`, `upper`, `lower`, `western`, `short`, `bare` or `initials`."""

SPELLINGS: dict[str, tuple[Spelling, ...]] = {
    "CRM": weighted("full:85 upper:10 short:5"),
    "POS": weighted("plain:40 upper:35 bare:10 initials:8 full:7"),
    "Website": weighted("full:40 plain:20 western:20 short:12 lower:8"),
    "Landing-Page": weighted("full:35 plain:25 lower:20 western:10 short:10"),
    "Loyalty": weighted("upper:55 full:40 initials:5"),
}
"""The habits of each system."""


@lru_cache(maxsize=50_000)
def name_tokens(name: Name) -> frozenset[str]:
    """The name's words in plain lower case, in no order: what a comparison of names sees."""
    return frozenset(without_marks(name.full).lower().split())


def spell(name: Name, spelling: Spelling) -> str:
    """The whole name in one of the spellings."""
    family, middle, given = name
    match spelling:
        case "plain":
            return without_marks(name.full)
        case "upper":
            return without_marks(name.full).upper()
        case "lower":
            return name.full.lower()
        case "western":
            last_middle = middle.split()[-1:] if middle not in ("Thị", "Văn") else []
            return " ".join([*last_middle, given, family])
        case "short":
            return f"{family} {given}"
        case "bare":
            return without_marks(f"{family} {given}")
        case "initials":
            return " ".join(
                [
                    without_marks(family),
                    *(f"{without_marks(word)[0]}." for word in middle.split()),
                    without_marks(given),
                ]
            )
        case _:
            return name.full


def spell_for(draw: Draw, system: str, name: Name, *, may_abbreviate: bool = True) -> str:
    """The whole name as this system happens to have it; in full where initials are not allowed."""
    habits = SPELLINGS[system]
    spelling = habits[int(draw() * len(habits))]
    return spell(name, "plain" if spelling == "initials" and not may_abbreviate else spelling)


def initials_fit(name: Name, other: Name) -> bool:
    """Whether an initial of the middle name could abbreviate another word in the other name."""
    initials = {word[0] for word in without_marks(name.middle).lower().split()}
    return any(word[0] in initials for word in name_tokens(other) - name_tokens(name))


_TELEX = {"\u0302": "{0}", "\u031b": "w", "\u0306": "w"}
_TELEX_TONES = {"\u0301": "s", "\u0300": "f", "\u0309": "r", "\u0303": "x", "\u0323": "j"}


def misspell(name: str, number: int) -> str:
    """A name with one typing error in its longest word.

    Args:
        name: The words of a name, separated by spaces.
        number: Which error: marks left as Telex types them (Nguyeenx), where the word has some; two letters within the
            word swapped; or the last letter typed twice.
    """
    words = name.split(" ")
    at = max(range(len(words)), key=lambda place: (len(words[place]), place))
    word = words[at]
    typed = _as_typed(word)
    if number % 3 == 0 and typed != word:
        word = typed
    elif number % 3 == 1 and len(word) > 3:
        word = word[:1] + word[2] + word[1] + word[3:]
    else:
        word += word[-1]
    return " ".join((*words[:at], word, *words[at + 1 :]))


def _as_typed(word: str) -> str:
    letters, tone = "", ""
    for letter in unicodedata.normalize("NFD", word.replace("\u0111", "dd").replace("\u0110", "Dd")):
        if letter in _TELEX_TONES:
            tone = _TELEX_TONES[letter]
        else:
            letters += _TELEX[letter].format(letters[-1].lower()) if letter in _TELEX else letter
    return letters + tone
