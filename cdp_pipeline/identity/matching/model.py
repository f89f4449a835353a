"""levels of agreement -> how probable it is that two records are one person.

A mixture of three (Fellegi and Sunter 1969 have two): pairs are of one person, of relatives, or of strangers. Evidence
about relatives is not independent, as they share an address, a phone and a family name, twins a birth date too; taken
for strangers who agree in all that by chance, they would be merged. As a kind of pair of their own they are expected.

The score of a pair is the logarithm to base 2 of the odds that it is one person's, the sum of

    how frequent pairs of one person are among all pairs
  + for each attribute: how much likelier its level is for one person than for two strangers
  - what relatives would explain

How likely strangers agree is counted in the data: a rare name says more than a frequent one. How often the records of
one person differ is learned from the data by expectation maximisation, from packaged shares that count like PRIOR_PAIRS
pairs of one person, so that few records leave them as they are; nothing in it is drawn at random.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from cdp_pipeline.identity.rules import TRAITS

SMALLEST: Final = 100
"""Frequencies among fewer records are taken as if so many more had been there: a few rows tell little of what is
frequent."""

PRIOR_PAIRS: Final = 30.0
"""So many pairs of one person the packaged shares count for. So many must have been seen, too, for what is seen to
count for half: one pair that may be father and son must not teach that births are often a generation wrong."""

ROUNDS: Final = 8
_STEADY: Final = 1e-3
"""Learning ends when no share changes by more."""

_EXPECTED: Final = 0.01
"""Pairs of one person, and of relatives, that each record is expected to add before any was seen."""

STEADY_PAIRS: Final = 1_000
"""A model that was trained on so many pairs of one person would be much the same if it were trained again."""

OUTGROWN: Final = 2
"""Among so many times the records it was trained on a model is trained anew."""

MOST_AGAINST: Final = 0.35
"""No data teach that the records of one person have other names, or births, more often than this: what looks so are
strangers who share something, as the numbers of a company do."""

_AGAINST: Final[Mapping[str, Sequence[str]]] = {
    "name": ("shared", "other"),
    "birth": ("diff", "generation"),
    "gender": ("diff",),
    "identity_no": ("diff",),
    "passport_no": ("diff",),
}

_CERTAIN: Final = 200.0
"""No evidence counts for more bits than this, so that nothing overflows."""


@dataclass(frozen=True)
class Level:
    """A level at which two records agree in an attribute.

    Attributes:
        same: How often the records of one person stand at it, before anything is learned.
        relatives: How often those of relatives do.
        strangers: How often those of strangers do; null where the frequency of the value tells, the pair's rate.
        words: What it is called in an explanation.
    """

    same: float
    relatives: float
    strangers: float | None
    words: str


def _levels(**levels: tuple[float, float, float | None, str]) -> Mapping[str, Level]:
    return {name: Level(*given) for name, given in levels.items()}


ATTRIBUTES: Final[Mapping[str, Mapping[str, Level]]] = {
    "name": _levels(
        equal=(0.76, 0.01, None, "same name"),
        slip=(0.08, 0.005, None, "name but for a slip or initial"),
        nickname=(0.01, 0.002, None, "name or what it is short for"),
        missing=(0.1, 0.02, None, "one name has words the other lacks"),
        doubt=(0.03, 0.01, None, "names of one letter's difference"),
        shared=(0.01, 0.72, None, "names that share a word only"),
        other=(0.01, 0.235, 0.97, "different names"),
    ),
    "birth": _levels(
        equal=(0.88, 0.03, None, "same birth date"),
        part=(0.02, 0.02, 0.012, "same birth year, of one the day is unknown"),
        slip=(0.05, 0.005, 0.0015, "birth date but for a slip"),
        near=(0.015, 0.008, 0.004, "birth date but for one part"),
        year=(0.01, 0.02, 0.015, "same birth year only"),
        diff=(0.02, 0.43, 0.6, "different birth dates"),
        generation=(0.005, 0.487, 0.36, "births a generation apart"),
    ),
    "gender": _levels(equal=(0.97, 0.45, 0.5, "same gender"), diff=(0.03, 0.55, 0.5, "different genders")),
    "contact": _levels(
        equal=(0.6, 0.45, None, "same phone or e-mail"),
        mailbox=(0.02, 0.004, 0.002, "e-mail of the same name, written otherwise"),
        slip=(0.03, 0.003, None, "phone or e-mail but for a slip"),
        none=(0.35, 0.545, 1.0, "no contact in common"),
    ),
    "customer": _levels(
        equal=(0.65, 0.1, 0.0001, "same customer id"),
        diff=(0.35, 0.9, 1.0, "two customers of one system"),
    ),
    "address": _levels(
        equal=(0.6, 0.8, None, "same address"),
        slip=(0.15, 0.05, 0.0004, "address but for a slip"),
        street=(0.05, 0.02, None, "same street"),
        diff=(0.2, 0.13, 0.995, "different addresses"),
    ),
    "area": _levels(
        equal=(0.75, 0.8, None, "same area"),
        some=(0.12, 0.08, None, "area in part"),
        slip=(0.05, 0.02, 0.01, "area but for a slip"),
        diff=(0.08, 0.1, 0.95, "different areas"),
    ),
    "identity_no": _levels(
        equal=(0.95, 0.0001, None, "same identity number"),
        slip=(0.03, 0.0005, 0.00001, "identity number but for a digit"),
        diff=(0.02, 1.0, 1.0, "different identity numbers"),
    ),
    "passport_no": _levels(
        equal=(0.9, 0.0001, None, "same passport number"),
        slip=(0.03, 0.0005, 0.00001, "passport number but for a letter"),
        diff=(0.07, 1.0, 1.0, "different passport numbers"),
    ),
    "birth_place": _levels(
        equal=(0.75, 0.4, None, "same place of birth"),
        slip=(0.07, 0.03, 0.01, "place of birth but for a slip"),
        diff=(0.18, 0.57, 0.95, "different places of birth"),
    ),
    "occupation": _levels(
        equal=(0.6, 0.15, None, "same occupation"),
        slip=(0.1, 0.05, 0.02, "occupation but for a slip"),
        diff=(0.3, 0.8, 0.95, "different occupations"),
    ),
}
"""What is compared, and at which levels, from the most to the least alike; the last two where records tell them."""


@dataclass(frozen=True)
class Model:
    """What agreement is worth.

    Attributes:
        same: By attribute and level, how often the records of one person stand at it; of an attribute that was not
            told where it was trained, what is packaged holds.
        pairs: All pairs there are, compared or not.
        of_one: How many of them are of one person.
        of_relatives: How many are of relatives.
        records: Among how many records these pairs are.
    """

    same: Mapping[str, Mapping[str, float]]
    pairs: float
    of_one: float
    of_relatives: float
    records: float

    @property
    def is_steady(self) -> bool:
        """Whether it was trained on so many pairs of one person that it is worth keeping.

        A model is kept, that is used by later runs as it is, only then: below, a day's new records could move it, and
        every run learns from all there are.
        """
        return self.of_one >= STEADY_PAIRS

    def is_outgrown(self, records: int) -> bool:
        """Whether there are so many records by now that it should be trained anew."""
        return records >= OUTGROWN * self.records

    def at(self, scopes: pl.Series) -> "Model":
        """The same model among other records.

        What agreement is worth stays. All pairs are those of the present records; those of one person and of relatives
        grow with the records, as each record brings its like, and not with their square.

        Args:
            scopes: How many records are compared within each scope.
        """
        records = float(scopes.sum())
        grown = records / self.records
        return Model(self.same, all_pairs(scopes), self.of_one * grown, self.of_relatives * grown, records)

    def report(self) -> dict[str, Any]:
        """The model as it is kept in JSON, which gives every number back as it was; see `model_of`."""
        numbers = {name: getattr(self, name) for name in _NUMBERS}
        return {"same": {attribute: dict(of) for attribute, of in self.same.items()}, **numbers}

    @property
    def before(self) -> float:
        """The score of two records of which nothing is known."""
        return math.log2(self.of_one / self.pairs)

    def bits(self, compared: pl.DataFrame) -> dict[str, pl.Expr]:
        """By attribute, the bits by which each pair's level speaks for one person against strangers; 0 without one."""
        found = compared.select(
            (_likely(name, self.same) - _strangers(name)).fill_null(0.0).alias(name) for name in compared_in(compared)
        )
        return {name: pl.lit(found[name]) for name in found.columns}

    def score(self, compared: pl.DataFrame) -> pl.DataFrame:
        """The pairs' `score` in bits, and `relatives`: the part of it that relatives would explain, at most 0."""
        return self._scored(compared.hstack(_unlearned(compared)))

    def _scored(self, compared: pl.DataFrame) -> pl.DataFrame:
        """The same of pairs that have what no learning changes beside them."""
        names = compared_in(compared)
        same = pl.sum_horizontal(_likely(name, self.same).fill_null(0.0) for name in names) - pl.col("strangers")
        # Against strangers alone the odds are those of `same`; relatives stand with them on the other side.
        explained = (1 + 2.0 ** pl.col("related") * (self.of_relatives / self.pairs)).log(2)
        return compared.select(score=same.clip(-_CERTAIN, _CERTAIN) + self.before - explained, relatives=-explained)


def compared_in(compared: pl.DataFrame) -> list[str]:
    """The attributes in which pairs were compared."""
    return [name for name in ATTRIBUTES if name in compared.columns]


_PACKAGED: Final = {
    attribute: {name: level.same for name, level in levels.items()} for attribute, levels in ATTRIBUTES.items()
}
_RELATIVES: Final = {
    attribute: {name: level.relatives for name, level in levels.items()} for attribute, levels in ATTRIBUTES.items()
}


def _unlearned(compared: pl.DataFrame) -> pl.DataFrame:
    """`strangers`: how likely two of them are to agree so; `related`: how much likelier relatives are; both in bits."""
    names = compared_in(compared)
    strangers = pl.sum_horizontal(_strangers(name).fill_null(0.0) for name in names)
    related = pl.sum_horizontal(_likely(name, _RELATIVES).fill_null(0.0) for name in names) - strangers
    return compared.select(strangers=strangers, related=related.clip(-_CERTAIN, _CERTAIN))


def _likely(attribute: str, shares: Mapping[str, Mapping[str, float]]) -> pl.Expr:
    """How likely a pair's level is, as a logarithm to base 2; null where it has none."""
    of = shares.get(attribute, _PACKAGED[attribute])
    bits = [math.log2(of[level]) for level in ATTRIBUTES[attribute]]
    return pl.col(attribute).replace_strict(list(range(len(bits))), bits, default=None, return_dtype=pl.Float64)


def _strangers(attribute: str) -> pl.Expr:
    """The same for strangers, of whom the value's frequency tells where no share is declared."""
    shares = [level.strangers for level in ATTRIBUTES[attribute].values()]
    number = pl.col(attribute)
    declared = number.replace_strict(list(range(len(shares))), shares, default=None, return_dtype=pl.Float64)
    if None in shares:
        declared = declared.fill_null(pl.when(number.is_not_null()).then(pl.col(f"{attribute}_rate")))
    return declared.log(2)


def level_words(attribute: str) -> pl.Expr:
    """A pair's level in words; null where the attribute is not known of both."""
    words = [level.words for level in ATTRIBUTES[attribute].values()]
    return pl.col(attribute).replace_strict(list(range(len(words))), words, default=None, return_dtype=pl.String)


def probability(score: pl.Expr) -> pl.Expr:
    """The probability that a score in bits stands for."""
    return 1 / (1 + 2.0**-score)


_NUMBERS: Final = ("pairs", "of_one", "of_relatives", "records")


def model_of(report: Mapping[str, Any]) -> Model | None:
    """The model that was kept in this report; null where it is of other attributes or levels than are compared now."""
    same = report["same"]
    told = {name: levels for name, levels in ATTRIBUTES.items() if name in same or name not in TRAITS}
    if {attribute: set(of) for attribute, of in same.items()} != {name: set(levels) for name, levels in told.items()}:
        return None
    in_order = {name: {level: float(same[name][level]) for level in levels} for name, levels in told.items()}
    return Model(in_order, *(float(report[name]) for name in _NUMBERS))


def all_pairs(scopes: pl.Series) -> float:
    """How many pairs there are within scopes of so many records, at least 1; small ones count as larger."""
    return max(float((((scopes.cast(pl.Float64) + SMALLEST) ** 2) / 2).sum()), 1.0)


def packaged_model(scopes: pl.Series) -> Model:
    """The model before anything is learned.

    Args:
        scopes: How many records are compared within each scope.
    """
    records = float(scopes.sum())
    return Model(_PACKAGED, all_pairs(scopes), 0.05 * records + 1, 0.05 * records + 1, records)


def train(compared: pl.DataFrame, part: float, scopes: pl.Series) -> Model:
    """Learn from compared pairs how often the records of one person differ.

    Args:
        compared: Pairs, by attribute the level's number and, where the value's frequency tells, `<attribute>_rate`.
        part: Which part of the candidate pairs they are.
        scopes: How many records are compared within each scope.
    """
    model, records = packaged_model(scopes), float(scopes.sum())
    known = compared.hstack(_unlearned(compared))
    for _ in range(ROUNDS):
        scored = model._scored(known)
        one, odds = probability(pl.col("score")), 2.0 ** -pl.col("relatives") - 1
        each = scored.select(one=one, relatives=(1 - one) * odds / (1 + odds))
        of_one, of_relatives = (float(total) / part + 1 + _EXPECTED * records for total in each.sum().row(0))
        same = _shares(compared, each["one"], records)
        changed = max(abs(share - model.same[name][level]) for name, of in same.items() for level, share in of.items())
        model = Model(same, model.pairs, of_one, of_relatives, records)
        if changed < _STEADY:
            break
    return model


def _shares(compared: pl.DataFrame, one: pl.Series, records: float) -> dict[str, dict[str, float]]:
    """By attribute and level how often pairs of one person stand at it.

    Ten records make forty-five pairs, which teach no more than ten records can.
    """
    names = compared_in(compared)
    counted = compared.select(
        pl.lit(one).filter(pl.col(name) == number).sum().alias(f"{name} {level}")
        for name in names
        for number, level in enumerate(ATTRIBUTES[name])
    ).row(0, named=True)
    shares = {}
    for name in names:
        levels = ATTRIBUTES[name]
        total = sum(counted[f"{name} {level}"] for level in levels)
        telling = min(total, records / 2)
        counts = telling * telling / (telling + PRIOR_PAIRS)
        every, each = counts + PRIOR_PAIRS, counts / total if total else 0.0
        # Rounded, as sums of fractions differ in their last digits with the order of rows.
        found = {
            level: (counted[f"{name} {level}"] * each + PRIOR_PAIRS * given.same) / every
            for level, given in levels.items()
        }
        shares[name] = {level: round(share, 9) for level, share in _believable(found, _AGAINST.get(name, ())).items()}
    return shares


def _believable(shares: Mapping[str, float], against: Sequence[str]) -> Mapping[str, float]:
    """The shares, of which those that speak against one person are no more than MOST_AGAINST together."""
    apart = sum(shares[level] for level in against)
    if apart <= MOST_AGAINST:
        return shares
    less, more = MOST_AGAINST / apart, (1 - MOST_AGAINST) / (1 - apart)
    return {level: share * (less if level in against else more) for level, share in shares.items()}
