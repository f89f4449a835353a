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


def persons_by_record(lake: Lake, hashes: Collection[str], key: bytes) -> dict[str, str]:
    """By hash of a record, the id of the person who holds the record now.

    A hash of a record that the lake does not know is missing. A deleted record leads to the person who had it last, who
    may not be published; after a split each record leads to its part.

    Args:
        lake: The lake, with identity as it is now.
        hashes: What `record_hashes` gave, of any number of persons.
        key: The key of the hashes.
    """
    if not hashes or not lake.exists(*_IDS):
        return {}
    # Of a contact that was corrected, the former node is left with the same record.
    holders = lake.scan(*_IDS).sort("is_present", "node_key").select("record_key", "person_id").collect()
    wanted = set(hashes)
    by_hash = ((_hash(key, record), person) for record, person in holders.iter_rows())
    return {found: person for found, person in by_hash if found in wanted}


def _hash(key: bytes, record_key: str) -> str:
    return hash_texts(key, RECORD, ANYWHERE, record_key)
