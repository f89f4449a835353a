# What other packages import from here; each is loaded at its first use.
from .anomalies import count_anomalies as count_anomalies
from .corrections import take_corrections as take_corrections
from .current import (
    current_tables as current_tables,
    gather_custom_fields as gather_custom_fields,
    update_current as update_current,
)
from .erasing import (
    count_returned as count_returned,
    erase_from_lake as erase_from_lake,
    find_erased_with as find_erased_with,
)
from .identity import (
    MatchingReport as MatchingReport,
    PersonsReport as PersonsReport,
    preview_persons as preview_persons,
    read_choices as read_choices,
    read_matching as read_matching,
    records_to_resolve as records_to_resolve,
    resolving as resolving,
    update_persons as update_persons,
)
from .layer import Layer as Layer, current_of as current_of
from .layers import LAYERS as LAYERS
from .mending import LostIdsError as LostIdsError, mend as mend
from .publication import (
    Published as Published,
    UnfinishedError as UnfinishedError,
    finish_publication as finish_publication,
    keep_people as keep_people,
    publish_database as publish_database,
    published_at as published_at,
    read_published as read_published,
)
from .quality_page import keep_stopped as keep_stopped, write_quality_page as write_quality_page
from .raw_files import (
    NOT_ASKED as NOT_ASKED,
    Rewritten as Rewritten,
    settle_raw as settle_raw,
)
from .refresh import refresh as refresh
from .retention import (
    Went as Went,
    apply_retention as apply_retention,
    plan_retention as plan_retention,
)
from .run import (
    bring_up_to_date as bring_up_to_date,
    chosen_of as chosen_of,
    clear_states as clear_states,
    steps_of as steps_of,
)
from .snapshot import (
    PROFILE_TABLES as PROFILE_TABLES,
    PUBLISHED_TABLES as PUBLISHED_TABLES,
    PUBLISHED_VIEWS as PUBLISHED_VIEWS,
    place_of as place_of,
)
from .training import model_facts as model_facts, train_persons as train_persons, write_model_page as write_model_page
from .verdicts import (
    evaluate_current as evaluate_current,
    evaluate_database as evaluate_database,
    evaluate_days as evaluate_days,
    evaluate_persons as evaluate_persons,
    evaluate_profiles as evaluate_profiles,
    evaluate_requests as evaluate_requests,
)
