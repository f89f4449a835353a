"""Vietnamese names of three generations, and how systems and people spell them.

Every spelling keeps the given name and contradicts no other one: its words are among those of the full name, or are
initials of them. Misspelt names are the exception. The words themselves stand in `data/names.csv`, the habits of the
systems in `data/words.toml`.
"""

import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import Literal, NamedTuple

from cdp_pipeline.generator.words import NAME_SPELLINGS, NAMES, Draw, pick
from cdp_pipeline.values.key_text import without_marks

Gender = Literal["male", "female"]


class Name(NamedTuple):
    """A name in Vietnamese order; `middle` may hold two words or none."""

    family: str
    middle: str
    given: str

    @property
    def full(self) -> str:
        """The whole name as its bearer writes it."""
        return " ".join(part for part in self if part)


def generation_of(birth_year: int) -> str:
    """Whose names were in fashion at birth: `old`, `middle` or `young`."""
    return "old" if birth_year < 1963 else "middle" if birth_year < 1990 else "young"


def draw_name(draw: Draw, family: str, gender: Gender, birth_year: int) -> Name:
    """A name of this family, gender and time. One in forty has no middle name."""
    middles, givens = (NAMES[part, gender, generation_of(birth_year)] for part in ("middle", "given"))
    given = pick(draw, givens)
    middle = pick(draw, middles) if draw() > 0.025 else ""
    # Minh Minh is no name; the list's first entry is a word that is no given name.
    return Name(family, middles[0] if given in middle.split() else middle, given)


def draw_family_name(draw: Draw) -> str:
    """A family name, Nguyễn for more than a third."""
    return pick(draw, NAMES["family", "", ""])


@lru_cache(maxsize=50_000)
def name_tokens(name: Name) -> frozenset[str]:
    """The name's words in plain lower case, in no order: what a comparison of names sees."""
    return frozenset(without_marks(name.full).lower().split())


def initials_fit(name: Name, other: Name) -> bool:
    """Whether an initial of the middle name could abbreviate another word in the other name."""
    initials = {word[0] for word in without_marks(name.middle).lower().split()}
    return any(word[0] in initials for word in name_tokens(other) - name_tokens(name))


_SPELLINGS: dict[str, Callable[[Name], str]] = {
    "full": lambda name: name.full,
    "plain": lambda name: without_marks(name.full),
    "upper": lambda name: without_marks(name.full).upper(),
    "lower": lambda name: name.full.lower(),
    "western": lambda name: " ".join([*_last_middle(name), name.given, name.family]),
    "short": lambda name: f"{name.family} {name.given}",
    "bare": lambda name: without_marks(f"{name.family} {name.given}"),
    "initials": lambda name: without_marks(
        " ".join([name.family, *(f"{word[0]}." for word in name.middle.split()), name.given])
    ),
}


def spell(name: Name, spelling: str) -> str:
    """The whole name in one of the spellings of `data/words.toml`."""
    return _SPELLINGS[spelling](name)


def _last_middle(name: Name) -> list[str]:
    return name.middle.split()[-1:] if name.middle not in ("Thị", "Văn") else []


def spell_for(draw: Draw, system: str, name: Name, *, may_abbreviate: bool = True) -> str:
    """The whole name as this system happens to have it; in full where initials are not allowed."""
    spelling = pick(draw, NAME_SPELLINGS[system])
    return spell(name, "plain" if spelling == "initials" and not may_abbreviate else spelling)


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
        words[at] = typed
    elif number % 3 == 1 and len(word) > 3:
        words[at] = word[:1] + word[2] + word[1] + word[3:]
    else:
        words[at] += word[-1]
    return " ".join(words)


def _as_typed(word: str) -> str:
    letters, tone = "", ""
    for letter in unicodedata.normalize("NFD", word.replace("\u0111", "dd").replace("\u0110", "Dd")):
        if letter in _TELEX_TONES:
            tone = _TELEX_TONES[letter]
        else:
            letters += _TELEX[letter].format(letters[-1].lower()) if letter in _TELEX else letter
    return letters + tone
