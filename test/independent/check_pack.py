"""Checks an evidence pack: `python3 check_pack.py FILE [--trust FILE]`; exit 0 verified, 1 failed, 2 used wrongly, 3 open.

Leaves, chains, proofs, signatures and the draw are checked; what policy says is not recomputed, and reports are not made
again here.
"""

import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from narrowgate_check.interpreter import prefer_cryptography  # noqa: E402

prefer_cryptography(os.path.abspath(__file__))

from narrowgate_check import command  # noqa: E402
from narrowgate_check.evidence_pack import check_pack  # noqa: E402


def main():
    return command.run(check_pack, "pack", "Checks an evidence pack without any code of the product.", "transactions")


if __name__ == "__main__":
    sys.exit(main())
