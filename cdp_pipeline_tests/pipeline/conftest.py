"""The landing folder and customers of the tests of deliveries."""

from cdp_pipeline_tests.deliveries.conftest import customer, damaged_files, now, place, whole_run

__all__ = ["customer", "damaged_files", "now", "place", "whole_run"]
