"""The landing folder and customers of the steps' tests."""

from cdp_pipeline_tests.steps.conftest import customer, now, place

__all__ = ["customer", "now", "place"]
