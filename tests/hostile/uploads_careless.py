"""Readers as a tired programmer writes them: the bugs that row S3 must catch."""

from __future__ import annotations

import json

from lxml import etree

from plugins.formats import reading, voucher
from plugins.formats.facts import Facts, Unreadable


def with_entities(payload: bytes) -> bytes:
    """Resolves entities, because "some producers use them"."""

    def parse(content: bytes) -> etree._Element:
        parser = etree.XMLParser(resolve_entities=True, load_dtd=True, no_network=True)
        try:
            return etree.fromstring(content, parser)
        except etree.XMLSyntaxError as error:
            raise Unreadable("FORMATS-XML-03", "XML 格式不正确:%(reason)s", reason=str(error)) from error

    voucher.parse = parse
    return reading.read_json(payload)


def silent(payload: bytes) -> bytes:
    """Says nothing where it read nothing."""
    name, _, content = payload.partition(b"\n")
    facts = reading.read(name.decode(), content)
    said: Facts = facts if facts.values else Facts(facts.file, facts.format)
    return json.dumps(said.as_dict()).encode()
