# What other packages import from here; each is loaded at its first use.
from .files import BrokenFileError as BrokenFileError, check_whole as check_whole, make_durable as make_durable
from .lake import (
    DAILY_LAYERS as DAILY_LAYERS,
    UNDATED as UNDATED,
    DamagedError as DamagedError,
    Lake as Lake,
    LakeError as LakeError,
    TableWriter as TableWriter,
    day_name as day_name,
    disk_errors as disk_errors,
)
from .lock import LakeBusyError as LakeBusyError, at_rest as at_rest, held as held, scratch_folder as scratch_folder
