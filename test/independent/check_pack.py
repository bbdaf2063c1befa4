"""Checks an evidence pack: `python3 check_pack.py FILE [--trust FILE]`; exit 0 verified, 1 failed, 2 used wrongly, 3 open.

Leaves, chains, proofs, signatures and the draw are checked; what policy says is not recomputed, and reports are not made
again here.
"""

import argparse
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from narrowgate_check.interpreter import prefer_cryptography  # noqa: E402

prefer_cryptography(os.path.abspath(__file__))

from narrowgate_check.bundle import read_trust  # noqa: E402
from narrowgate_check.evidence_pack import check_pack  # noqa: E402
from narrowgate_check.findings import Broken  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description="Checks an evidence pack without any code of the product.")
    parser.add_argument("pack")
    parser.add_argument("--trust", help="trust file; without it the pack is held against itself alone")
    parser.add_argument("--open", action="store_true", help="transactions may still run: exit 0 when all that is there holds")
    given = parser.parse_args()
    try:
        trust = None
        if given.trust:
            with open(given.trust, "rb") as file:
                trust = read_trust(file.read())
        with open(given.pack, "rb") as file:
            findings = check_pack(file, trust)
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
