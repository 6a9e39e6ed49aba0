"""What a password must be."""

from __future__ import annotations

import pytest
from flask import Flask

from plugins.accounts import credentials, passwords


@pytest.mark.parametrize(
    ("password", "again", "code"),
    [
        ("short", "short", "ACCOUNTS-PASSWORD-01"),
        ("长" * 129, "长" * 129, "ACCOUNTS-PASSWORD-02"),
        ("password123", "password123", "ACCOUNTS-PASSWORD-03"),
        ("PassWord123", "PassWord123", "ACCOUNTS-PASSWORD-03"),
        ("aaaabbbbaaaa", "aaaabbbbaaaa", "ACCOUNTS-PASSWORD-03"),
        ("zhangsan-2026", "zhangsan-2026", "ACCOUNTS-PASSWORD-03"),
        ("correct horse 7", "correct horse 8", "ACCOUNTS-PASSWORD-04"),
    ],
)
def test_a_bad_password_is_refused(site: Flask, password: str, again: str, code: str) -> None:
    with site.app_context():
        assert [fault.code for fault in passwords.faults(password, again, "zhangsan@example.com")] == [code]


@pytest.mark.parametrize("password", ["correct horse 7", "云杉树下的猫和老狗两只", "Fapiao-demo-1"])
def test_a_good_password_passes(site: Flask, password: str) -> None:
    with site.app_context():
        assert passwords.faults(password, password, "zhangsan@example.com") == []


def test_the_hint_grows_with_the_password() -> None:
    scores = [
        passwords.strength(text)
        for text in ("password123", "kjh4gf9s", "kjh4gf9sdr", "kjh4gf9sDr-w2", "云杉树下的猫 2026")
    ]
    assert scores[0] == 0
    assert scores == sorted(scores)
    assert scores[-1] == 3


def test_a_hash_is_argon2_and_says_nothing_of_the_password(site: Flask) -> None:
    kept = credentials.hashed("correct horse 7")
    assert kept.startswith("$argon2id$")
    assert kept != credentials.hashed("correct horse 7")


def test_forms_of_a_character_are_one_password(site: Flask) -> None:
    with site.app_context():
        assert credentials.normal("caf\u00e9") == credentials.normal("cafe\u0301")
