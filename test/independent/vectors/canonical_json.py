"""test/vectors/canonical-json."""

import math
import struct

from narrowgate_check.canonical import canonical
from narrowgate_check.strict_json import JsonError, parse

from .tally import load


def run(tally):
    with tally.group("canonical-json/numbers") as group:
        for case in load("canonical-json", "numbers.json"):
            value = struct.unpack(">d", bytes.fromhex(case["bits"]))[0]
            found = canonical(value) if math.isfinite(value) else None
            group.expect(found == case["text"], case["bits"], found)
    with tally.group("canonical-json/documents") as group:
        for case in load("canonical-json", "documents.json"):
            # RFC 8785 has 1E30 in an example: canonical form is for any JSON, strict reading is another matter.
            found = canonical(parse(case["input"], any_integer=True))
            group.expect(found == case["output"], case["name"], found)
    with tally.group("canonical-json/refused") as group:
        for case in load("canonical-json", "refused.json"):
            group.expect(_refused(case["input"]), case["name"], "accepted")


def _refused(text):
    try:
        parse(text)
    except JsonError:
        return True
    return False
