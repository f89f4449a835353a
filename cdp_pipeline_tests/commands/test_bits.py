import re

import pytest

from cdp_pipeline.commands.cells import evidence_words, rounded_parts


@pytest.mark.parametrize(
    ("parts", "shown"),
    [
        ([0.14, 0.14, 0.14], [0.2, 0.1, 0.1]),
        ([0.16, 0.16, 0.16], [0.1, 0.2, 0.2]),
        ([6.34, -8.54, -0.04, 3.26], [6.3, -8.5, 0.0, 3.2]),
        ([1.0, -1.0], [1.0, -1.0]),
        ([], []),
    ],
)
def test_what_is_shown_of_parts_adds_up_to_the_sum_that_is_shown(parts: list[float], shown: list[float]) -> None:
    found = rounded_parts(parts, sum(parts))
    assert found == shown
    assert round(sum(found), 1) == round(sum(parts), 1)


def test_a_link_tells_what_its_score_is_made_of_beside_the_evidence() -> None:
    words = evidence_words("same name 14.2; same phone or e-mail -6.1", 3.04)
    assert words.endswith("; what any two records begin with, and relatives -5.1")
    assert sum(map(float, re.findall(r"-?\d+\.\d", words))) == pytest.approx(3.0)
