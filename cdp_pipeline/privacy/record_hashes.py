"""The person of a request by keyed hashes of the records: it is found also where all person ids were made again.

    person ids -> hashes of the records that make these people -> the people who hold these records now

A person id is lost with the lake's memory of ids, and an erased person who comes back has another one. The key of a
record stays the same, so its hash under the key of the installation leads to whoever holds the record now, and to no
person without the key. The hashes are kept by the caller, outside the lake.
"""

from collections.abc import Collection
from typing import Final

import polars as pl

from cdp_pipeline.identity import PERSON_IDS
from cdp_pipeline.privacy.suppression import ANYWHERE, RECORD, hash_texts
from cdp_pipeline.store import Lake

_IDS: Final = ("identity", PERSON_IDS.name)
_RECORDS_AT_ONCE: Final = 250_000


def record_hashes(lake: Lake, person_ids: Collection[str], key: bytes) -> dict[str, list[str]]:
    """By person, the hashes of the records that make them, deleted ones included, those that were known first in front.

    Of a person with identities or leads these alone: a membership or an activity that names the person may name another
    one tomorrow. Of a person who is only named in such records, the first record of each contact. A person whom the
    lake does not know is missing.

    Args:
        lake: The lake with the persons.
        person_ids: The persons.
        key: The key of the hashes.
    """
    if not person_ids or not lake.exists(*_IDS):
        return {}
    is_person = pl.col("node_key") == pl.col("record_key")
    found = (
        lake.scan(*_IDS)
        .filter(pl.col("person_id").is_in(list(person_ids)))
        .filter(is_person | ~is_person.any().over("person_id"))
        .sort("assigned_at", "record_key")
        .select("person_id", "record_key")
        .unique(maintain_order=True)
        .collect()
    )
    hashes: dict[str, list[str]] = {}
    for person, record in found.iter_rows():
        hashes.setdefault(person, []).append(_hash(key, record))
    return hashes


def persons_by_record(lake: Lake, hashes: Collection[str], key: bytes, likely: Collection[str] = ()) -> dict[str, str]:
    """By hash of a record, the id of the person who holds the record now.

    A hash of a record that the lake does not know is missing. A deleted record leads to the person who had it last, who
    may not be published; after a split each record leads to its part. All records are hashed only where those of likely
    persons leave a hash unknown: that takes 25 seconds of a core for 14 million.

    Args:
        lake: The lake, with identity as it is now.
        hashes: What `record_hashes` gave, of any number of persons.
        key: The key of the hashes.
        likely: Persons whose records are searched first.
    """
    if not hashes or not lake.exists(*_IDS):
        return {}
    ids = lake.scan(*_IDS)
    is_likely = pl.col("person_id").is_in(sorted(likely))
    wanted, known = set(hashes), dict[str, str]()
    for part in (ids.filter(is_likely), ids.filter(~is_likely)):
        if wanted.issubset(known.values()):
            break
        for batch in part.select("record_key").collect_batches(chunk_size=_RECORDS_AT_ONCE):
            by_record = ((record, _hash(key, record)) for record in batch["record_key"])
            known.update((record, found) for record, found in by_record if found in wanted)
    # Of a contact that was corrected, the former node is left with the same record.
    holders = ids.filter(pl.col("record_key").is_in(sorted(known))).sort("is_present", "node_key")
    return {known[record]: person for record, person in holders.select("record_key", "person_id").collect().iter_rows()}


def _hash(key: bytes, record_key: str) -> str:
    return hash_texts(key, RECORD, ANYWHERE, record_key)
