"""Checks a proof bundle: `python3 check_bundle.py BUNDLE [--trust FILE]`; exit 0 verified, 1 failed, 2 used wrongly, 3 open.

Leaves, proofs, tokens and narrowing are checked; what policy says is not recomputed here.
"""

import argparse
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from narrowgate_check.interpreter import prefer_cryptography  # noqa: E402

prefer_cryptography(os.path.abspath(__file__))

from narrowgate_check.bundle import check_bundle, read_trust  # noqa: E402
from narrowgate_check.findings import Broken  # noqa: E402

MAX_BYTES = 256 * 1024 * 1024


def _read(path):
    with open(path, "rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise Broken("E-21", "more than %d bytes" % MAX_BYTES)
    return data


def main():
    parser = argparse.ArgumentParser(description="Checks a proof bundle without any code of the product.")
    parser.add_argument("bundle")
    parser.add_argument("--trust", help="trust file; without it the bundle is held against itself alone")
    parser.add_argument("--open", action="store_true", help="the transaction may still run: exit 0 when all that is there holds")
    given = parser.parse_args()
    try:
        trust = read_trust(_read(given.trust)) if given.trust else None
        findings = check_bundle(_read(given.bundle), trust)
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


if __name__ == "__main__":
    sys.exit(main())
