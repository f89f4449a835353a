"""What a check measures on requests of people: whether one is past a due date."""

from cdp_pipeline.quality.verdict import Measured


def overdue_requests(requests_open: int, requests_overdue: int) -> Measured:
    """Open requests past a due date; red, as the date is the law's."""
    numbers = {"requests_open": requests_open, "requests_overdue": requests_overdue}
    return Measured(not requests_overdue, numbers, is_red=bool(requests_overdue))
