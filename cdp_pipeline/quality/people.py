"""Counts of identity resolution -> verdicts on records, references, changes of people and their size."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.quality import checks
from cdp_pipeline.quality.verdict import Verdict, listed
from cdp_pipeline.values.counted import count_of

DISTURBED_SHARE = 0.02
"""Of the people before a run so many may be merged, split or gone: an ordinary day moves fewer, a broken file more."""

DISTURBED_PEOPLE = 5
"""Fewer than this never warn, whatever their share."""

BLOCKED_SHARE = 0.05
"""Of all identifiers so many may be placeholders; more, and a form somewhere has a field that people refuse to fill."""

LARGE_CLUSTER = 50
"""Records and contacts of one person that warn: a person known to five systems under all numbers and spellings has
some twenty. Identity cuts at 200, so this warns long before."""

FEW_REFERENCES = 3
"""Up to so many unresolved references never warn, whatever their share."""


@dataclass(frozen=True)
class People:
    """What became of the people of the run before."""

    before: int
    merged: int
    split: int
    gone: int

    @property
    def disturbed(self) -> int:
        """Those whose profile is not theirs alone any more, or not at all."""
        return self.merged + self.split + self.gone


def evaluate_placed(records: int, placed: int) -> Verdict:
    """Whether each record stands in exactly one place."""
    return Verdict(
        checks.ONE_PERSON,
        passed=placed == records,
        message=f"{records:,} records have one person each, or a reason why not."
        if placed == records
        else f"{placed:,} of {records:,} records stand in exactly one place; expected all. This is a fault of the "
        "pipeline: rebuild with `cdp run --all`, and report it if it stays.",
        numbers={"records": records, "records_placed_once": placed},
    )


def evaluate_references(found: Mapping[Entity, tuple[int, int]]) -> Verdict:
    """Whether nearly all references resolve.

    Args:
        found: By entity, how many references are unresolved, and how many there are.
    """
    bad = [
        f"{entity.object_type} names {unknown:,} of {named:,} unknown (warning above "
        f"{entity.thresholds.unknown_references:.0%})"
        for entity, (unknown, named) in found.items()
        if unknown > FEW_REFERENCES and unknown > entity.thresholds.unknown_references * named
    ]
    unknown = sum(u for u, _ in found.values())
    return Verdict(
        checks.REFERENCES,
        passed=not bad,
        message=f"{listed(bad)}. Their customers or leads may still arrive; if they do not, ask the sender whether "
        "the file of customers came whole and whether the ids belong to a system that sends none."
        if bad
        else f"{unknown:,} records name a customer or lead who is not known for certain, which is nothing unusual.",
        numbers={
            "unresolved_references": unknown,
            **{f"unresolved_references/{entity.object_type}": u for entity, (u, _) in found.items()},
        },
    )


def evaluate_steadiness(people: People) -> Verdict:
    """Whether hardly anybody was merged, split or lost."""
    share = people.disturbed / people.before if people.before else 0.0
    passed = people.disturbed < DISTURBED_PEOPLE or share <= DISTURBED_SHARE
    return Verdict(
        checks.STEADY,
        passed=passed,
        message=f"Of {people.before:,} people {people.merged:,} were merged, {people.split:,} split and "
        f"{people.gone:,} lost their profile (warning above {DISTURBED_SHARE:.0%})."
        + (
            ""
            if passed
            else " Check person_id_history and `cdp explain`, and correct what is wrong with CDP_IDENTITY_OVERRIDES; "
            "`cdp run --preview-identity` shows such numbers before anything is published."
        ),
        numbers={"people_before": people.before, "people_disturbed": people.disturbed},
    )


def evaluate_clusters(largest: int) -> Verdict:
    """Whether no person is made of more than `LARGE_CLUSTER` records and contacts."""
    return Verdict(
        checks.CLUSTERS,
        passed=largest <= LARGE_CLUSTER,
        message=f"The largest person is made of {largest:,} records and contacts"
        + (
            "."
            if largest <= LARGE_CLUSTER
            else f"; expected at most {LARGE_CLUSTER}. Find the person by `record_count` in profiles and check it with "
            "`cdp explain`: if it is several people, block what they share in CDP_IDENTITY_RULES."
        ),
        numbers={"largest_cluster": largest},
    )


def evaluate_identifiers(
    identifiers: int, blocked: Mapping[str, int], blocked_values: int, shared: Mapping[str, int]
) -> Verdict:
    """Whether hardly any identifier is a placeholder.

    Args:
        identifiers: All there are.
        blocked: Placeholders, by kind.
        blocked_values: How many distinct values the placeholders have.
        shared: Values that too many people hold, by kind.
    """
    found = sum(blocked.values())
    passed = found <= BLOCKED_SHARE * identifiers
    return Verdict(
        checks.SHARED,
        passed=passed,
        message=f"{found:,} of {identifiers:,} identifiers are placeholders, of "
        f"{count_of(blocked_values, 'distinct value')} (warning above {BLOCKED_SHARE:.0%})."
        + (
            ""
            if passed
            else " Table skipped_identifiers lists them; ask the sender which form makes people type a placeholder."
        ),
        numbers={
            **{f"blocked_{kind}": count for kind, count in blocked.items()},
            **{f"shared_{kind}": count for kind, count in shared.items()},
        },
    )


def evaluate_overrides(problems: Sequence[tuple[int, str]]) -> Verdict:
    """Whether each line of the overrides file is applied.

    Args:
        problems: The lines that are not, with the reason.
    """
    lines = [f"line {line}: {problem}" for line, problem in problems]
    return Verdict(
        checks.OVERRIDES,
        passed=not lines,
        message=f"{listed(lines, 10)}. Correct or remove these lines of the file in CDP_IDENTITY_OVERRIDES; the others "
        "are applied."
        if lines
        else "No line is wrong.",
        numbers={"override_problems": len(lines)},
    )
