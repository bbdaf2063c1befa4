"""Counts what passed, failed and was skipped, and reads the vector files."""

import json
import os

from narrowgate_check.constraints import Refusal

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "vectors")


def load(group, name):
    with open(os.path.join(ROOT, group, name), encoding="utf-8") as file:
        return json.load(file)


def names(group):
    folder = os.path.join(ROOT, group)
    return sorted(name for name in os.listdir(folder) if name.endswith(".json")) if os.path.isdir(folder) else []


def fault_of(check, *given):
    """Where `check` refuses what it is given, or None."""
    try:
        check(*given)
    except Refusal as cause:
        return cause.path
    return None


class Tally:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def group(self, name):
        return Group(self, name)

    def close(self):
        print("%d passed, %d failed, %d skipped" % (self.passed, self.failed, self.skipped))
        return 1 if self.failed or not self.passed else 0


class Group:
    """One line of the report; a context manager, so that what breaks inside is one failure and not the end."""

    def __init__(self, tally, name):
        self.tally, self.name = tally, name
        self.passed, self.skipped, self.faults, self.reason = 0, 0, [], ""

    def __enter__(self):
        return self

    def expect(self, holds, case, found=None):
        if holds:
            self.passed += 1
        else:
            self.faults.append("%s%s" % (case, "" if found is None else ": " + str(found)[:400]))

    def skip(self, count, reason):
        self.skipped += count
        self.reason = reason

    def __exit__(self, kind, error, trace):
        if error is not None and isinstance(error, Exception):
            self.faults.append("%s: %s" % (kind.__name__, error))
        self.tally.passed += self.passed
        self.tally.failed += len(self.faults)
        self.tally.skipped += self.skipped
        counts = "%d passed, %d failed" % (self.passed, len(self.faults))
        skipped = ", %d skipped (%s)" % (self.skipped, self.reason) if self.skipped else ""
        print("%s: %s%s" % (self.name, counts, skipped))
        for fault in self.faults:
            print("  failed: " + fault)
        return isinstance(error, Exception)
