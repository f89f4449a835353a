"""A number of things in words, as every message, page and metadata entry writes it."""


def count_of(number: int, what: str) -> str:
    """A number of things with its separators, the noun in the plural unless it is one.

    `count_of(1, "row")` is `1 row`, `count_of(1200, "entry")` is `1,200 entries`.

    Args:
        number: How many.
        what: The noun in the singular.
    """
    if number == 1:
        return f"1 {what}"
    ends_in_y = what.endswith("y") and what[-2:-1] not in "aeiou"
    return f"{number:,} {what[:-1]}ies" if ends_in_y else f"{number:,} {what}s"
