"""What the command lines of the checkers share: options, a file read to a bound, and what they say and exit with."""

import argparse
import sys

from .bundle import read_trust
from .findings import Broken

MAX_BYTES = 256 * 1024 * 1024


def read_bounded(file):
    data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise Broken("E-21", "more than %d bytes" % MAX_BYTES)
    return data


def run(check, name, about, while_open):
    """Puts the file that is named, open for reading, to `check`, with the trust file or None.

    `name` is what the file is; `while_open` what may still run in one that is checked with `--open`.
    """
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument(name)
    parser.add_argument("--trust", help="trust file; without it the %s is held against itself alone" % name)
    parser.add_argument("--open", action="store_true", help="%s may still run: exit 0 when all that is there holds" % while_open)
    given = parser.parse_args()
    try:
        trust = None
        if given.trust:
            with open(given.trust, "rb") as file:
                trust = read_trust(read_bounded(file))
        with open(getattr(given, name), "rb") as file:
            findings = check(file, trust)
    except Broken as broken:
        print("failed: %s" % broken)
        return 1
    except OSError as cause:
        print("failed: %s" % cause, file=sys.stderr)
        return 2
    print(findings.text())
    if findings.failures:
        return 1
    return 3 if findings.verdict == "open" and not given.open else 0
