"""levels of agreement -> the probability that two records are one person.

A mixture model with three classes of pairs (Fellegi and Sunter 1969 have two): one person, relatives, strangers. The
attributes of relatives are not independent: relatives share an address, a phone and a family name, twins also a birth
date. Without a class of their own they would be scored as strangers who agree by chance, and merged.

The score of a pair is the logarithm to base 2 of the odds that it is one person, the sum of

    how frequent pairs of one person are among all pairs
  + for each attribute: how much likelier its level is for one person than for two strangers
  - the part that relatives would explain

How often strangers agree is counted in the data, so a rare name has more weight than a frequent one. How often records
of one person differ is learned by expectation maximisation. It starts from packaged shares, which weigh like
PRIOR_PAIRS pairs of one person, so few records hardly change them. The result is deterministic.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from cdp_pipeline.identity.configuration.rules import TRAITS

SMALLEST: Final = 100
"""Records added to those of a scope when frequencies are computed: a few rows are a poor estimate of frequencies."""

PRIOR_PAIRS: Final = 30.0
"""The weight of the packaged shares, in pairs of one person. With as many observed pairs, the observations have half
weight: one pair that may be father and son must not teach that births are often a generation wrong."""

ROUNDS: Final = 8
_STEADY: Final = 1e-3
"""Training ends when no share changes by more than this."""

_EXPECTED: Final = 0.01
"""The expected number of pairs of one person, and of relatives, per record before any pair was observed."""

STEADY_PAIRS: Final = 1_000
"""The number of pairs of one person from which a repeated training changes a model little."""

OUTGROWN: Final = 2
"""The growth of records, as a multiple, at which a kept model is trained again."""

MOST_AGAINST: Final = 0.35
"""The upper limit of the learned share of differing names, or births, among records of one person.

A higher share comes from strangers who share a value, such as the phone of a company."""

_AGAINST: Final[Mapping[str, Sequence[str]]] = {
    "name": ("shared", "other"),
    "birth": ("diff", "generation"),
    "gender": ("diff",),
    "identity_no": ("diff",),
    "passport_no": ("diff",),
}

_CERTAIN: Final = 200.0
"""The upper limit of a score's bits, against overflow."""


@dataclass(frozen=True)
class Level:
    """A level of agreement of two records in an attribute.

    Attributes:
        same: The share of pairs of one person at this level, before training.
        relatives: The share of pairs of relatives.
        strangers: The share of pairs of strangers; None if the pair's rate, the frequency of the value, is used.
        words: The text of the level in explanations.
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
        slip=(0.08, 0.005, None, "name with a typo or initial"),
        nickname=(0.01, 0.002, None, "name or its short form"),
        missing=(0.1, 0.02, None, "one name has words the other lacks"),
        doubt=(0.03, 0.01, None, "names that differ by one letter"),
        shared=(0.01, 0.72, None, "names that share a word only"),
        other=(0.01, 0.235, 0.97, "different names"),
    ),
    "birth": _levels(
        equal=(0.88, 0.03, None, "same birth date"),
        part=(0.02, 0.02, 0.012, "same birth year, one day unknown"),
        slip=(0.05, 0.005, 0.0015, "birth date with a typo"),
        near=(0.015, 0.008, 0.004, "birth date, one part differs"),
        year=(0.01, 0.02, 0.015, "same birth year only"),
        diff=(0.02, 0.43, 0.6, "different birth dates"),
        generation=(0.005, 0.487, 0.36, "births a generation apart"),
    ),
    "gender": _levels(equal=(0.97, 0.45, 0.5, "same gender"), diff=(0.03, 0.55, 0.5, "different genders")),
    "contact": _levels(
        equal=(0.6, 0.45, None, "same phone or e-mail"),
        mailbox=(0.02, 0.004, 0.002, "e-mail with the same mailbox name"),
        slip=(0.03, 0.003, None, "phone or e-mail with a typo"),
        none=(0.35, 0.545, 1.0, "no contact in common"),
    ),
    "customer": _levels(
        equal=(0.65, 0.1, 0.0001, "same customer id"),
        diff=(0.35, 0.9, 1.0, "two customers of one system"),
    ),
    "address": _levels(
        equal=(0.6, 0.8, None, "same address"),
        slip=(0.15, 0.05, 0.0004, "address with a typo"),
        street=(0.05, 0.02, None, "same street"),
        diff=(0.2, 0.13, 0.995, "different addresses"),
    ),
    "area": _levels(
        equal=(0.75, 0.8, None, "same area"),
        some=(0.12, 0.08, None, "same area in part"),
        slip=(0.05, 0.02, 0.01, "area with a typo"),
        diff=(0.08, 0.1, 0.95, "different areas"),
    ),
    "identity_no": _levels(
        equal=(0.95, 0.0001, None, "same identity number"),
        slip=(0.03, 0.0005, 0.00001, "identity number, one digit differs"),
        diff=(0.02, 1.0, 1.0, "different identity numbers"),
    ),
    "passport_no": _levels(
        equal=(0.9, 0.0001, None, "same passport number"),
        slip=(0.03, 0.0005, 0.00001, "passport number, one character differs"),
        diff=(0.07, 1.0, 1.0, "different passport numbers"),
    ),
    "birth_place": _levels(
        equal=(0.75, 0.4, None, "same place of birth"),
        slip=(0.07, 0.03, 0.01, "place of birth with a typo"),
        diff=(0.18, 0.57, 0.95, "different places of birth"),
    ),
    "occupation": _levels(
        equal=(0.6, 0.15, None, "same occupation"),
        slip=(0.1, 0.05, 0.02, "occupation with a typo"),
        diff=(0.3, 0.8, 0.95, "different occupations"),
    ),
}
"""The compared attributes and their levels, from the most to the least alike; the last two are optional traits."""


@dataclass(frozen=True)
class Model:
    """The parameters of the score.

    Attributes:
        same: By attribute and level, the share of pairs of one person; the packaged shares are used for an attribute
            that the training data did not have.
        pairs: The number of all pairs, compared or not.
        of_one: The number of pairs of one person.
        of_relatives: The number of pairs of relatives.
        records: The number of records.
    """

    same: Mapping[str, Mapping[str, float]]
    pairs: float
    of_one: float
    of_relatives: float
    records: float

    @property
    def is_steady(self) -> bool:
        """Whether it was trained on enough pairs of one person to be kept for later runs.

        Otherwise a day's new records could change it, and every run trains on all records.
        """
        return self.of_one >= STEADY_PAIRS

    def is_outgrown(self, records: int) -> bool:
        """Whether there are so many records now that it should be trained again."""
        return records >= OUTGROWN * self.records

    def at(self, scopes: pl.Series) -> "Model":
        """The same shares, with the numbers of pairs adjusted to other records.

        All pairs grow with the square of the records, pairs of one person and of relatives linearly.

        Args:
            scopes: How many records are compared within each scope.
        """
        records = float(scopes.sum())
        grown = records / self.records
        return Model(self.same, all_pairs(scopes), self.of_one * grown, self.of_relatives * grown, records)

    def report(self) -> dict[str, Any]:
        """The model as JSON, without loss of precision; see `model_of`."""
        numbers = {name: getattr(self, name) for name in _NUMBERS}
        return {"same": {attribute: dict(of) for attribute, of in self.same.items()}, **numbers}

    @property
    def before(self) -> float:
        """The score of two records before any attribute is compared, in bits."""
        return math.log2(self.of_one / self.pairs)

    def bits(self, compared: pl.DataFrame) -> dict[str, pl.Expr]:
        """By attribute, the bits of each pair's level for one person against strangers; 0 if it has no level."""
        found = compared.select(
            (_likely(name, self.same) - _strangers(name)).fill_null(0.0).alias(name) for name in compared_in(compared)
        )
        return {name: pl.lit(found[name]) for name in found.columns}

    def score(self, compared: pl.DataFrame) -> pl.DataFrame:
        """The pairs' `score` in bits, and `relatives`: the part of it that relatives would explain, at most 0."""
        return self._scored(compared.hstack(_unlearned(compared)))

    def _scored(self, compared: pl.DataFrame) -> pl.DataFrame:
        """The score of pairs with the columns of `_unlearned`, which training does not change."""
        names = compared_in(compared)
        same = pl.sum_horizontal(_likely(name, self.same).fill_null(0.0) for name in names) - pl.col("strangers")
        # `same` gives the odds against strangers alone; relatives are added on the side of the strangers.
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
    """In bits: `strangers`, how likely strangers agree as the pair does; `related`, how much likelier relatives do."""
    names = compared_in(compared)
    strangers = pl.sum_horizontal(_strangers(name).fill_null(0.0) for name in names)
    related = pl.sum_horizontal(_likely(name, _RELATIVES).fill_null(0.0) for name in names) - strangers
    return compared.select(strangers=strangers, related=related.clip(-_CERTAIN, _CERTAIN))


def _likely(attribute: str, shares: Mapping[str, Mapping[str, float]]) -> pl.Expr:
    """The likelihood of a pair's level as a logarithm to base 2; null if it has none."""
    of = shares.get(attribute, _PACKAGED[attribute])
    bits = [math.log2(of[level]) for level in ATTRIBUTES[attribute]]
    return pl.col(attribute).replace_strict(list(range(len(bits))), bits, default=None, return_dtype=pl.Float64)


def _strangers(attribute: str) -> pl.Expr:
    """The same for strangers; the frequency of the value is used if no share is declared."""
    shares = [level.strangers for level in ATTRIBUTES[attribute].values()]
    number = pl.col(attribute)
    declared = number.replace_strict(list(range(len(shares))), shares, default=None, return_dtype=pl.Float64)
    if None in shares:
        declared = declared.fill_null(pl.when(number.is_not_null()).then(pl.col(f"{attribute}_rate")))
    return declared.log(2)


def level_words(attribute: str) -> pl.Expr:
    """A pair's level in words; null if the attribute is not known of both."""
    words = [level.words for level in ATTRIBUTES[attribute].values()]
    return pl.col(attribute).replace_strict(list(range(len(words))), words, default=None, return_dtype=pl.String)


def probability(score: pl.Expr) -> pl.Expr:
    """The probability of a score in bits."""
    return 1 / (1 + 2.0**-score)


_NUMBERS: Final = ("pairs", "of_one", "of_relatives", "records")


def model_of(report: Mapping[str, Any]) -> Model | None:
    """The model kept in a report; None if its attributes or levels are not the ones compared now."""
    same = report["same"]
    expected = {name: levels for name, levels in ATTRIBUTES.items() if name in same or name not in TRAITS}
    if {attribute: set(of) for attribute, of in same.items()} != {
        name: set(levels) for name, levels in expected.items()
    }:
        return None
    in_order = {name: {level: float(same[name][level]) for level in levels} for name, levels in expected.items()}
    return Model(in_order, *(float(report[name]) for name in _NUMBERS))


def all_pairs(scopes: pl.Series) -> float:
    """The number of pairs within scopes of these sizes, each enlarged by SMALLEST; at least 1."""
    return max(float((((scopes.cast(pl.Float64) + SMALLEST) ** 2) / 2).sum()), 1.0)


def packaged_model(scopes: pl.Series) -> Model:
    """The model before training.

    Args:
        scopes: How many records are compared within each scope.
    """
    records = float(scopes.sum())
    return Model(_PACKAGED, all_pairs(scopes), 0.05 * records + 1, 0.05 * records + 1, records)


def train(compared: pl.DataFrame, part: float, scopes: pl.Series) -> Model:
    """Train a model on compared pairs.

    Args:
        compared: Pairs with the number of each attribute's level, and its `<attribute>_rate` if a level needs it.
        part: Their share of the candidate pairs.
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
    """By attribute and level, the share of pairs of one person.

    The weight of observed pairs is limited to half the records, because ten records of one person make 45 pairs.
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
        effective = min(total, records / 2)
        counts = effective * effective / (effective + PRIOR_PAIRS)
        every, each = counts + PRIOR_PAIRS, counts / total if total else 0.0
        # Rounded, because sums of fractions differ in their last digits with the order of rows.
        found = {
            level: (counted[f"{name} {level}"] * each + PRIOR_PAIRS * given.same) / every
            for level, given in levels.items()
        }
        shares[name] = {level: round(share, 9) for level, share in _limited(found, _AGAINST.get(name, ())).items()}
    return shares


def _limited(shares: Mapping[str, float], against: Sequence[str]) -> Mapping[str, float]:
    """Limit the sum of the shares of levels against one person to MOST_AGAINST."""
    apart = sum(shares[level] for level in against)
    if apart <= MOST_AGAINST:
        return shares
    less, more = MOST_AGAINST / apart, (1 - MOST_AGAINST) / (1 - apart)
    return {level: share * (less if level in against else more) for level, share in shares.items()}
