"""The known names most similar to a mistyped one, for "did you mean"."""

from collections.abc import Iterable
from difflib import get_close_matches


def nearest_names(name: str, known: Iterable[str], count: int = 1, least: float = 0.6) -> list[str]:
    """The known names most similar to a name, best first; empty if none is similar.

    Args:
        name: The unknown name.
        known: The names that exist.
        count: The most names to give.
        least: The least similarity by `difflib`, at most 1.
    """
    return get_close_matches(name, list(known), count, least)
