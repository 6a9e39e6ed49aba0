"""The clerk's desk for every flow."""

from tests.flows.desk import desk, quiet_desk

__all__ = ["desk", "quiet_desk"]
