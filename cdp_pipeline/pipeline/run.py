"""What a run does once its days are read, step by step: the order that Dagster follows, for whoever runs without it."""

from collections.abc import Callable, Mapping
from datetime import datetime

from cdp_pipeline.backend import backend_of
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.pipeline.anomalies import count_anomalies
from cdp_pipeline.pipeline.corrections import take_corrections
from cdp_pipeline.pipeline.current import clear_current_state, gather_custom_fields, update_current
from cdp_pipeline.pipeline.identity import clear_identity_state, read_choices, update_persons
from cdp_pipeline.pipeline.inputs import Chosen
from cdp_pipeline.pipeline.layers import LAYERS
from cdp_pipeline.pipeline.publication import finish_publication, keep_people, publish_database
from cdp_pipeline.pipeline.refresh import clear_layers, refresh
from cdp_pipeline.pipeline.retention import apply_retention
from cdp_pipeline.pipeline.snapshot import clear_snapshot
from cdp_pipeline.privacy import RequestFiles
from cdp_pipeline.profiles.golden import read_survivorship
from cdp_pipeline.settings import Settings
from cdp_pipeline.store import Lake


def chosen_of(settings: Settings) -> Chosen:
    """The choices of the user that decide rows of people.

    Raises:
        ConfigurationError: The file of survivorship cannot be used; one line with the reason.
    """
    return Chosen(settings.currency, read_survivorship(settings.survivorship))


def steps_of(lake: Lake, settings: Settings, now: datetime) -> Mapping[str, Callable[[], int]]:
    """The steps after reading, by name and in their order; each gives its rows, the last one those that it wrote.

    Args:
        lake: Where the staged days lie.
        settings: What a user chose.
        now: The timestamp written into the history of person ids.
    """

    def retention() -> int:
        run, today = f"run of {now.isoformat(timespec='seconds')}", settings.day_of(now)
        return sum(line.rows for line in apply_retention(lake, settings, run, today))

    def current() -> int:
        rows = sum(update_current(lake, entity).records for entity in ENTITIES)
        gather_custom_fields(lake, ENTITIES)
        return rows

    def identity() -> int:
        report = update_persons(lake, ENTITIES, read_choices(settings), now, backend)
        keep_people(lake, report)
        return report.records

    def publish() -> int:
        published = publish_database(
            lake,
            ENTITIES,
            settings.database_url,
            chosen,
            copies=settings.copies_dir,
            rejected=settings.publish_rejected,
            requests=RequestFiles(settings.privacy_dir, settings.privacy_key_file),
        )
        finish_publication(lake, settings)
        return sum(change.inserted + change.updated + change.deleted for change in published.changes.values())

    chosen, backend = chosen_of(settings), backend_of(settings.backend)
    layers = {layer.name: lambda layer=layer: refresh(lake, layer, chosen, backend).rows for layer in LAYERS}
    anomalies = {"anomalies": lambda: len(count_anomalies(lake))}
    return {
        "retention": retention,
        "current": current,
        "identity": identity,
        "corrections": lambda: take_corrections(lake, settings),
        **layers,
        **anomalies,
        "publish": publish,
    }


def bring_up_to_date(lake: Lake, settings: Settings, now: datetime, *, upto: str = "publish") -> None:
    """Run the steps after reading, up to the one named.

    Args:
        lake: Where the staged days lie.
        settings: What a user chose.
        now: The timestamp written into the history of person ids.
        upto: The last step to take.
    """
    for name, step in steps_of(lake, settings, now).items():
        step()
        if name == upto:
            return


def clear_states(lake: Lake) -> None:
    """Have every step of the next run work on all records, and compare all rows with the database.

    Person ids, their history and the model of what agreement is worth are no such state: they are kept.
    """
    for entity in ENTITIES:
        clear_current_state(lake, entity)
    clear_identity_state(lake)
    clear_layers(lake)
    clear_snapshot(lake)
