# What other packages import from here; each is loaded at its first use.
from .day import (
    DayWork as DayWork,
    FileChangedError as FileChangedError,
    bounds_of as bounds_of,
    digest_of as digest_of,
    landing_of as landing_of,
    limits_of as limits_of,
    misspelt_folders as misspelt_folders,
    placeholders_of as placeholders_of,
    process_day as process_day,
    staging_context_of as staging_context_of,
    suppressions_of as suppressions_of,
)
from .days import (
    empty_missing_days as empty_missing_days,
    is_done as is_done,
    pending as pending,
    process_days as process_days,
    read_day as read_day,
    spanned as spanned,
    work_of as work_of,
)
from .erased_days import (
    SuppressedDay as SuppressedDay,
    erase_rows as erase_rows,
    find_suppressed_days as find_suppressed_days,
)
from .expired_days import (
    Expired as Expired,
    find_expired_days as find_expired_days,
    remove_expired as remove_expired,
)
from .held import accept_deliveries as accept_deliveries, held_deliveries as held_deliveries
from .late_files import Memory as Memory, dates_to_run as dates_to_run
from .lead_scans import lead_scans as lead_scans, refused_leads as refused_leads
from .rejections import (
    RAW as RAW,
    OpenRejections as OpenRejections,
    count_open_rejections as count_open_rejections,
    count_rejected as count_rejected,
    read_rejected as read_rejected,
    rejected_files as rejected_files,
    rejected_object_types as rejected_object_types,
    rejected_since as rejected_since,
    scan_rejected as scan_rejected,
    was_anything_read as was_anything_read,
)
from .repair import (
    Corrected as Corrected,
    RepairedRow as RepairedRow,
    RepairError as RepairError,
    plan_repair as plan_repair,
    write_repair as write_repair,
)
from .reports import (
    RULES_VERSION as RULES_VERSION,
    DayReport as DayReport,
    FileState as FileState,
    LedgerLine as LedgerLine,
    days_without_files as days_without_files,
    drop_date_of as drop_date_of,
    newest_day_report as newest_day_report,
    newest_day_reports as newest_day_reports,
    read_day_report as read_day_report,
    write_day_report as write_day_report,
)
from .settled import SUPERSEDED as SUPERSEDED
from .suppressed import suppressed_entries as suppressed_entries
from .unknown_fields import (
    PERSONAL_VALUES as PERSONAL_VALUES,
    hide_values as hide_values,
    personal_values as personal_values,
)
