"""A layer as it was + its inputs now -> the layer now.

1. A layer keeps the token of each input that it was built from, and does nothing while these are unchanged.
2. Otherwise it is built: whole, or, where a row depends on its person alone, for the people whose inputs changed.
3. For this it keeps two fingerprints per person: of the inputs, and of the rows. The first decides who is rebuilt; the
   second is compared by the layers that read this one, and by the publication.

A memory that is missing, or stems from other rules or choices, counts as empty: all people are built. There is no
second way to build.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import polars as pl

from cdp_pipeline.backend import ONE_MACHINE, Backend, write_whole
from cdp_pipeline.deliveries import RULES_VERSION
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.registry import BY_NAME, ENTITIES
from cdp_pipeline.identity import RECORD_PERSONS
from cdp_pipeline.pipeline.corrections import corrections_token
from cdp_pipeline.pipeline.current import custom_fields_token, state_tokens, versions_token
from cdp_pipeline.pipeline.identity import persons_token, skipped_token
from cdp_pipeline.pipeline.inputs import Chosen, Inputs
from cdp_pipeline.pipeline.layer import Layer, content_token, differing, row_fingerprint
from cdp_pipeline.pipeline.layers import BY_TABLE, LAYERS
from cdp_pipeline.store import Lake
from cdp_pipeline.values.hashes import buckets_of

BUILDERS_VERSION = 5
"""Raised when builders make something else of the same records: all layers are then built whole, no file is read."""

MOST_PEOPLE = 0.3
"""If more than this share of the people changed, building all of them costs no more than filtering."""

_STATE, _MEMORY = "layers", "memory"
_MADE_OF = pl.Schema({"person_id": pl.String(), "made_of": pl.UInt64()})


@dataclass(frozen=True)
class Refreshed:
    """The layer now: its rows, and how many people were rebuilt; None if all were."""

    rows: int
    people: int | None


def refresh(lake: Lake, layer: Layer, chosen: Chosen, backend: Backend = ONE_MACHINE) -> Refreshed:
    """Bring a layer up to date with what it reads; its file is written only where something changed.

    Args:
        lake: Where the layer and what it reads lie.
        layer: The layer.
        chosen: What a user chose.
        backend: Where buckets of people are built.
    """
    made_of, known = tokens_of(lake, layer, chosen), lake.read_report(_STATE, layer.name)
    is_there = lake.exists("profiles", layer.name) and (not _is_of_people(layer) or lake.exists(_MEMORY, layer.name))
    if known and known["made_of"] == made_of and is_there:
        return Refreshed(lake.rows("profiles", layer.name), 0)
    # As long as it is missing, whatever stops us in between leads to building everybody next time.
    lake.clear_report(_STATE, layer.name)
    is_known = known is not None and known["made_of"]["by"] == made_of["by"] and is_there
    now = _made_of(lake, layer) if layer.by_person else None
    before = lake.scan(_MEMORY, layer.name).collect() if now is not None and is_known else None
    people = None if now is None or before is None else differing(before, now, "made_of")
    if people is None or before is None or people.len() > MOST_PEOPLE * before.height:
        people = None
        _build_whole(lake, layer, chosen, backend)
        rows = _rows_of(lake.scan("profiles", layer.name)) if _is_of_people(layer) else None
    elif people.is_empty():
        rows = before.select("person_id", "rows")
    else:
        is_changed = pl.col("person_id").is_in(people.implode())
        is_other = ~is_changed
        rebuilt = layer.build(Inputs(lake, chosen, layer.reads, is_changed)).collect(engine="streaming")
        lake.write(
            "profiles", layer.name, pl.concat([lake.scan("profiles", layer.name).filter(is_other), rebuilt.lazy()])
        )
        rows = pl.concat([before.filter(is_other).select("person_id", "rows"), _rows_of(rebuilt.lazy())])
    token = _keep(lake, layer, now, rows)
    lake.write_report(_STATE, layer.name, {"made_of": made_of, "token": token})
    return Refreshed(lake.rows("profiles", layer.name), None if people is None else people.len())


def tokens_of(lake: Lake, layer: Layer, chosen: Chosen) -> dict[str, str]:
    """The tokens that decide a layer's rows, by name: `by` (rules, the user's choices), each table it reads, the date.

    A token changes exactly with what it stands for; it is empty while a table is unfinished, or outdated itself.
    """
    by = repr((RULES_VERSION, BUILDERS_VERSION, pl.__version__, layer.table.schema, layer.by_person, chosen))
    tokens = {"by": hashlib.sha256(by.encode()).hexdigest()}
    tokens |= {read: _token(lake, read, layer.entities) for read in layer.reads}
    if layer.ages:
        tokens["as_of"] = Inputs(lake, chosen, layer.reads).as_of.isoformat()
    return tokens


def outdated(lake: Lake, chosen: Chosen, layers: Sequence[Layer] = LAYERS) -> list[str]:
    """The layers built from an older version of their inputs or of the user's choices, in their order.

    A run that ended between two steps leaves such layers, and a launch of some steps only. Publishing them would mix
    two snapshots.
    """
    found = []
    for layer in layers:
        known, now = lake.read_report(_STATE, layer.name), tokens_of(lake, layer, chosen)
        if not known or known["made_of"] != now or not all(now.values()):
            found.append(layer.name)
    return found


def clear_layers(lake: Lake) -> None:
    """Have every layer built whole next time."""
    for layer in LAYERS:
        lake.clear_report(_STATE, layer.name)


def layer_token(lake: Lake, table: str) -> str:
    """The token of a layer's rows: the same exactly while they are the same; empty while it is unfinished."""
    return str((lake.read_report(_STATE, table) or {}).get("token", ""))


def memory_file(lake: Lake, table: str) -> Path:
    """The file with the fingerprints of a layer's people: person_id, rows, and made_of where it is built by person.

    It is missing for a layer without persons.
    """
    return lake.path(_MEMORY, table)


def _build_whole(lake: Lake, layer: Layer, chosen: Chosen, backend: Backend) -> None:
    """Write the rows of all people, a bucket at a time where rows depend on their person alone."""
    buckets = buckets_of(lake.rows("identity", RECORD_PERSONS.name)) if layer.by_person else [None]
    if len(buckets) == 1:
        lake.write("profiles", layer.name, layer.build(Inputs(lake, chosen, layer.reads)))
        return
    with lake.parts("profiles", layer.name, len(buckets)) as files:
        build = partial(_build_bucket, Lake(lake.root.absolute()), layer.name, chosen)
        backend.map_buckets(build, [(file.absolute(), whose) for file, whose in zip(files, buckets, strict=True)])


def _build_bucket(lake: Lake, name: str, chosen: Chosen, bucket: tuple[Path, pl.Expr]) -> None:
    """Write the rows of a bucket of people into its file. A layer goes to another machine by its name."""
    file, whose = bucket
    layer = BY_TABLE[name]
    write_whole(file, layer.build(Inputs(lake, chosen, layer.reads, whose)))


def _token(lake: Lake, read: str, entities: tuple[Entity, ...]) -> str:
    group, _, table = read.partition("/")
    match group, table:
        case "current", "custom_fields":
            return custom_fields_token(lake, ENTITIES)
        case "current", _:
            return state_tokens(lake, (BY_NAME[table],)).get(table, "")
        case (("versions" | "rejected"), _):
            return versions_token(lake, BY_NAME[table])
        case "identity", RECORD_PERSONS.name:
            return persons_token(lake, entities or ENTITIES)
        case "identity", _:
            return skipped_token(lake)
        case "privacy", _:
            return corrections_token(lake)
    return layer_token(lake, table)


def _made_of(lake: Lake, layer: Layer) -> pl.DataFrame:
    """The fingerprint of what each person's rows are made of: person_id, made_of."""
    parts = [
        lake.scan(_MEMORY, read.removeprefix("profiles/"))
        .filter(pl.col("rows").is_not_null())
        .select("person_id", mark=pl.struct(pl.lit(read), "rows").hash())
        for read in layer.reads
        if read.startswith("profiles/")
    ]
    if kinds := [entity.object_type for entity in layer.entities]:
        persons = lake.scan("identity", RECORD_PERSONS.name).filter(pl.col("object_type").is_in(kinds))
        parts.append(persons.select("person_id", mark=pl.struct("record_key", "fingerprint").hash()))
    found = pl.concat(parts).group_by("person_id").agg(pl.col("mark").sum().alias("made_of"))
    return found.match_to_schema(_MADE_OF).collect(engine="streaming")


def _keep(lake: Lake, layer: Layer, made_of: pl.DataFrame | None, rows: pl.DataFrame | None) -> str:
    """Remember the fingerprints of people; returns the token of the layer's rows.

    Args:
        lake: Where.
        layer: The layer, as it lies there now.
        made_of: What each person's rows are made of, also of people without rows; null where that is not asked.
        rows: The fingerprint of each person's rows; null where rows are of no person.
    """
    if rows is None:
        return str(lake.scan("profiles", layer.name).select(content_token()).collect(engine="streaming").item())
    lake.write(_MEMORY, layer.name, rows if made_of is None else made_of.join(rows, on="person_id", how="left"))
    return f"{lake.rows('profiles', layer.name)}:{rows['rows'].sum()}"


def _rows_of(rows: pl.LazyFrame) -> pl.DataFrame:
    """The fingerprint of each person's rows, whatever their order: person_id, rows."""
    marked = rows.select("person_id", mark=row_fingerprint())
    return marked.group_by("person_id").agg(pl.col("mark").sum().alias("rows")).collect(engine="streaming")


def _is_of_people(layer: Layer) -> bool:
    return "person_id" in layer.table.schema
