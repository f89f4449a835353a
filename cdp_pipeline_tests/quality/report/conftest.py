import pytest

from cdp_pipeline.quality.report.content import EntityDay, QualityDay, Reason, TableChange


@pytest.fixture
def quality_day() -> QualityDay:
    """A day of two entities, one of them worse than usual."""
    return QualityDay(
        drop_dates=("2026-11-16",),
        read_anything=True,
        run_id="run-1",
        made_at="2026-11-16 02:05:01",
        published_at="2026-11-16 02:05:00",
        entities=(
            EntityDay("customer-identity", 2, 1_000, 890, 100, 10, 980.0, 0.001, is_unusual=True),
            EntityDay("moego-lead", 1, 50, 50, 0, 0),
        ),
        reasons=tuple(Reason("customer-identity", f"value:field{n}", 20 - n) for n in range(20)),
        findings=(Reason("moego-lead", "format:phone", 3),),
        people={"people": 940, "new": 12, "merged": 1},
        tables=(TableChange("profiles", 12, 3, 1, 927), TableChange("links", 0, 0, 0, 55)),
    )
