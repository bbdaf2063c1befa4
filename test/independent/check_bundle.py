"""Checks a proof bundle: `python3 check_bundle.py BUNDLE [--trust FILE]`; exit 0 verified, 1 failed, 2 used wrongly, 3 open.

Leaves, proofs, tokens and narrowing are checked; what policy says is not recomputed here.
"""

import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from narrowgate_check.interpreter import prefer_cryptography  # noqa: E402

prefer_cryptography(os.path.abspath(__file__))

from narrowgate_check import command  # noqa: E402
from narrowgate_check.bundle import check_bundle  # noqa: E402


def main():
    return command.run(
        lambda file, trust: check_bundle(command.read_bounded(file), trust),
        "bundle",
        "Checks a proof bundle without any code of the product.",
        "the transaction",
    )


if __name__ == "__main__":
    sys.exit(main())
