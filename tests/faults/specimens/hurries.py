"""Gives every socket a millisecond."""

# mypy: ignore-errors
# at: start panel job
# expect: named job event check; off

import socket


def harm():
    socket.setdefaulttimeout(0.001)
