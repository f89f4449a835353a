"""Profiles before and after publication -> verdicts: may they be published, are they whole, did they arrive."""

from collections.abc import Collection, Mapping, Sequence

from cdp_pipeline.quality import checks
from cdp_pipeline.quality.verdict import Verdict, listed

CONTRADICTING_SHARE = 0.02
"""Of all people so many may have records that differ in name, birth or gender: typing errors are rarer."""

LEAST_LEFT = 0.8
"""A table must keep this share of the rows that are published: people are added daily and hardly ever go, so that a
fifth fewer is a lost file or a broken rule."""

FEW_LOST = 10
"""So many lost rows are never a collapse, whatever their share."""

LEAST_COMPLETE = {"name": 0.9, "contact": 0.8, "birth": 0.4, "gender": 0.4}
"""The least shares of people with a name, a phone or e-mail, a birth date or year, and a gender: sources of customers
demand the first two and offer the others, which about half of the people fill."""

FEWEST_PEOPLE = 20
"""Shares of fewer people are chance."""


def evaluate_consistency(
    people: int, anomalies: Mapping[str, Mapping[str, int]], contradictions: Collection[str]
) -> Verdict:
    """Whether the records of few people contradict each other, by the most frequent contradiction.

    Args:
        people: All profiles.
        anomalies: Rows by object type and rule.
        contradictions: The rules that count people.
    """
    counts = {f"{kind}/{rule}": rows for kind, found in anomalies.items() for rule, rows in found.items()}
    worst = max((rows for name, rows in counts.items() if name.split("/")[1] in contradictions), default=0)
    passed = worst <= CONTRADICTING_SHARE * people
    return Verdict(
        checks.CONSISTENT,
        passed=passed,
        message=f"Of {people:,} people {worst:,} have records that contradict each other in one attribute (warning "
        f"above {CONTRADICTING_SHARE:.0%})."
        + (
            ""
            if passed
            else " Table quality_findings counts all of it; `cdp explain` shows whether a person is two, and "
            "CDP_IDENTITY_OVERRIDES parts them."
        ),
        numbers=counts,
    )


def evaluate_collapse(built: Mapping[str, int], published: Mapping[str, int], *, is_accepted: bool) -> Verdict:
    """Whether no table lost a large part of what is published.

    Args:
        built: Rows by table, as they would be published.
        published: Rows by table, as they were published last; empty before the first time.
        is_accepted: Whether an operator accepts fewer rows for this run.
    """
    lost = [
        f"{table}: {rows:,} rows, published are {published[table]:,}"
        for table, rows in built.items()
        if table in published and published[table] - rows > FEW_LOST and rows < LEAST_LEFT * published[table]
    ]
    if not lost:
        message = "No table of people shrank a lot." if published else "Nothing was published before."
    elif is_accepted:
        message = f"Accepted by accept_fewer_people: {listed(lost)}."
    else:
        message = (
            f"{listed(lost)}; expected at least {LEAST_LEFT:.0%}. Nothing is published. Find in "
            "`as_many_rows_as_usual` which file was incomplete and deliver it again, or undo the changed rule; if the "
            "people are rightly gone, run once with `cdp run --accept-fewer-people` (in Dagster: "
            "`accept_fewer_people: true` on build_profiles)."
        )
    return Verdict(
        checks.NOT_COLLAPSED,
        passed=not lost or is_accepted,
        message=message,
        numbers={"tables_collapsed": len(lost), **({"people": built["profiles"]} if "profiles" in built else {})},
    )


def evaluate_completeness(people: int, having: Mapping[str, int]) -> Verdict:
    """Whether most people have what makes a profile.

    Args:
        people: All profiles.
        having: How many have each part of `LEAST_COMPLETE`.
    """
    shares = {part: having[part] / people if people else 0.0 for part in LEAST_COMPLETE}
    poor = [
        f"{having[part]:,} of {people:,} have a {part}, expected {least:.0%}"
        for part, least in LEAST_COMPLETE.items()
        if people >= FEWEST_PEOPLE and shares[part] < least
    ]
    return Verdict(
        checks.COMPLETE,
        passed=not poor,
        message=f"{listed(poor)}. `fields_are_as_before` and `contacts_are_usable` show which source left it out."
        if poor
        else f"Of {people:,} people {', '.join(f'{shares[part]:.0%} have a {part}' for part in shares)}.",
        numbers={f"{part}_share": share for part, share in shares.items()},
    )


def evaluate_publication(
    lake: Mapping[str, int],
    database: Mapping[str, int],
    growing: Collection[str],
    differing: Sequence[str],
    probed: int,
) -> Verdict:
    """Whether the database holds what the lake does.

    Args:
        lake: Rows by table in the lake.
        database: Rows by table in the database.
        growing: Tables whose rows are never deleted, so that the database may hold more.
        differing: Columns of profiles in which the sample differs.
        probed: Profiles of the sample.
    """
    off = [
        f"{table}: {database.get(table, 0):,} rows, in the lake {rows:,}"
        for table, rows in lake.items()
        if database.get(table, 0) < rows or (database.get(table, 0) > rows and table not in growing)
    ]
    if differing:
        off.append(f"columns {', '.join(differing)} of {probed:,} profiles looked at differ from the lake")
    return Verdict(
        checks.PUBLISHED,
        passed=not off,
        message=f"{listed(off)}; expected the same. Another program writes to the database, or publishing failed: "
        " run again with `cdp run`, which writes what differs, and let only the pipeline's role write."
        if off
        else f"{len(lake):,} tables have the rows of the lake; {probed:,} profiles were compared cell by cell.",
        numbers={"tables_differing": len(off), "rows_published": sum(database.values())},
    )
