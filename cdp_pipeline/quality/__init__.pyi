# What other packages import from here; each is loaded at its first use.
from .checks import BY_NAME as BY_NAME, checks_of as checks_of, evaluate as evaluate
from .days import Day as Day, EntityDays as EntityDays
from .rejections import is_broken as is_broken, is_more_rejected as is_more_rejected
from .staged import FORMER_DAYS as FORMER_DAYS
from .usual import FEWEST_DAYS as FEWEST_DAYS, WEEKS as WEEKS, Band as Band
from .verdict import Check as Check, Verdict as Verdict
