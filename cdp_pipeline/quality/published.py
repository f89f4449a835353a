"""What checks measure on profiles and the database: may they be published, are they whole, did they arrive."""

from collections.abc import Collection, Mapping, Sequence

from cdp_pipeline.quality.verdict import Measured, listed


def contradicting_people(
    people: int, anomalies: Mapping[str, Mapping[str, int]], contradictions: Collection[str], share: float
) -> Measured:
    """People whose records contradict each other, by the most frequent contradiction."""
    counts = {f"{kind}/{rule}": rows for kind, found in anomalies.items() for rule, rows in found.items()}
    worst = max((rows for name, rows in counts.items() if name.split("/")[1] in contradictions), default=0)
    return Measured(worst <= share * people, counts, words={"worst": worst})


def lost_rows(
    built: Mapping[str, int],
    published: Mapping[str, int],
    accepts_fewer: bool,
    expired: Mapping[str, int],
    left: float,
    few: int,
) -> Measured:
    """Tables that lost a large part of the rows that are published, beyond those whose retention ended."""
    expected = {table: published[table] - expired.get(table, 0) for table in built if table in published}
    lost = [
        f"{table}: {rows:,} rows, published are {published[table]:,}"
        for table, rows in built.items()
        if table in expected and expected[table] - rows > few and rows < left * expected[table]
    ]
    numbers = {"tables_collapsed": len(lost), **({"people": built["profiles"]} if "profiles" in built else {})}
    accepted = f"Accepted by accept_fewer_people: {listed(lost)}." if lost else "No table of people shrank a lot."
    state = accepted if published else "Nothing was published before."
    return Measured(not lost or accepts_fewer, numbers, lost, {"state": state})


def shares_having(people: int, having: Mapping[str, int], least: Mapping[str, float], fewest: int) -> Measured:
    """Shares of people with a name, a contact, a birth date and a gender."""
    shares = {part: having[part] / people if people else 0.0 for part in least}
    poor = [
        f"{having[part]:,} of {people:,} have a {part}, expected {share:.0%}"
        for part, share in least.items()
        if people >= fewest and shares[part] < share
    ]
    parts = ", ".join(f"{share:.0%} have a {part}" for part, share in shares.items())
    return Measured(not poor, {f"{part}_share": share for part, share in shares.items()}, poor, {"shares": parts})


def tables_differing(
    lake: Mapping[str, int],
    database: Mapping[str, int],
    growing: Collection[str],
    differing: Sequence[str],
    probed: int,
) -> Measured:
    """Tables of the database that have not the rows of the lake."""
    off = [
        f"{table}: {database.get(table, 0):,} rows, in the lake {rows:,}"
        for table, rows in lake.items()
        if database.get(table, 0) < rows or (database.get(table, 0) > rows and table not in growing)
    ]
    if differing:
        off.append(f"columns {', '.join(differing)} of {probed:,} profiles looked at differ from the lake")
    numbers = {"tables_differing": len(off), "rows_published": sum(database.values())}
    return Measured(not off, numbers, off, {"tables": len(lake)})
