"""The data files in `data/`, read once, and drawing from them.

Belongs here: names, places, products and texts as they are in the files, with weights unfolded into lists to draw from
evenly. What is made of them stands in the modules that import them; how rows are delivered again in `versions`.
"""

import csv
import tomllib
from collections.abc import Callable, Mapping, Sequence
from importlib import resources
from itertools import groupby
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")

Draw = Callable[[], float]
"""A stream of random numbers from 0 up to 1: the `random` method of a seeded `random.Random`."""

Entry = dict[str, Any]
"""One entry as a source system would send it, by the source's field names; fields without value are left out."""


class Province(NamedTuple):
    """A province or city, with codes as identity numbers and landlines have them, and wards by district."""

    name: str
    identity_code: str
    area_code: str
    wards: tuple[tuple[str, tuple[str, ...]], ...]


def pick(draw: Draw, choices: Sequence[T]) -> T:
    """One of the choices, each as likely as the others."""
    return choices[int(draw() * len(choices))]


def read_text(name: str) -> str:
    """The text of a data file."""
    return resources.files("cdp_pipeline.generator").joinpath("data", name).read_text(encoding="utf-8")


def read_toml(name: str) -> dict[str, Any]:
    """The tables of a data file."""
    return tomllib.loads(read_text(name))


def read_csv(name: str) -> list[dict[str, str]]:
    """The rows of a data file, as text."""
    return list(csv.DictReader(read_text(name).splitlines()))


def unfold(weights: Mapping[str, int]) -> tuple[str, ...]:
    """A list to draw from evenly, which holds each word as many times as its weight."""
    return tuple(word for word, weight in weights.items() for _ in range(weight))


def _names() -> dict[tuple[str, ...], tuple[str, ...]]:
    """Names by part, gender and generation; family names have neither of the last two."""
    groups = groupby(read_csv("names.csv"), key=lambda row: (row["part"], row["gender"], row["generation"]))
    return {key: unfold({row["word"]: int(row["weight"]) for row in rows}) for key, rows in groups}


def _provinces() -> tuple[Province, ...]:
    """Provinces to draw from evenly: the two largest cities come first in the file and hold most customers."""
    found = []
    for codes, rows in groupby(
        read_csv("places.csv"), key=lambda r: (r["province"], r["identity_code"], r["area_code"])
    ):
        districts = groupby(rows, key=lambda row: row["district"])
        found.append(
            Province(*codes, tuple((name, tuple(row["ward"] for row in inside)) for name, inside in districts))
        )
    return (*found[:1] * 32, *found[1:2] * 26, *found[2:] * 3)


def _product(row: Mapping[str, str]) -> Entry:
    return {name: int(text) if "Price" in name else text for name, text in row.items()}


NAMES = _names()
PROVINCES = _provinces()
PHONE_PREFIXES = {row["prefix"]: row["eleven_digits"] for row in read_csv("phone_prefixes.csv")}
PRODUCTS = tuple(map(_product, read_csv("products.csv")))
WORDS = read_toml("words.toml")
EMAIL_DOMAINS, ACTIONS = unfold(WORDS["email_domains"]), unfold(WORDS["actions"])
PHONE_STYLES = unfold({style: form["weight"] for style, form in WORDS["phone_styles"].items()})
NAME_SPELLINGS = {system: unfold(habits) for system, habits in WORDS["name_spellings"].items()}
