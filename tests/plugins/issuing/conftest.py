"""The clerk's desk for the tests of the module."""

from tests.flows.desk import desk, quiet_desk

__all__ = ["desk", "quiet_desk"]
