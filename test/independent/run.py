"""Runs the vectors of this repository through the second implementation, and then tries to fool it.

One line for each group, and a last line `N passed, N failed, N skipped`; exit 1 when anything failed.
"""

import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from narrowgate_check.interpreter import prefer_cryptography  # noqa: E402

prefer_cryptography(os.path.abspath(__file__))

from vectors import approval, assurance, authority, bundle, canonical_json, differential, evidence, evidence_pack, flow, mutations, tlog, token  # noqa: E402
from vectors.tally import Tally  # noqa: E402


def main():
    tally = Tally()
    for group in (authority, canonical_json, evidence, token, tlog, approval, assurance, flow, bundle, evidence_pack, mutations, differential):
        group.run(tally)
    return tally.close()


if __name__ == "__main__":
    sys.exit(main())
