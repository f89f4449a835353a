# What other packages import from here; each is loaded at its first use.
from .keys import read_key as read_key
from .private_files import PrivacyError as PrivacyError
from .requests import Event as Event, Request as Request, RequestLog as RequestLog, new_request_id as new_request_id
from .suppression import (
    Suppressions as Suppressions,
    suppressed_rejected as suppressed_rejected,
    suppressed_rows as suppressed_rows,
)
from .suppression_list import read_suppressions as read_suppressions
