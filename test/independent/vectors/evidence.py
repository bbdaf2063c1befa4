"""test/vectors/evidence."""

from narrowgate_check import leaves
from narrowgate_check.canonical import canonical, canonical_bytes
from narrowgate_check.entries import Entry
from narrowgate_check.exact_set import needed_of
from narrowgate_check.findings import Findings
from narrowgate_check.leaves import LeafError
from narrowgate_check.texts import digest, from_base64url

from .tally import load


def _fault(check, *given):
    """The rule that is broken, or None."""
    try:
        check(*given)
    except LeafError as rule:
        return str(rule)
    return None


def run(tally):
    leaf, commitments, chains = (load("evidence", name + ".json") for name in ("leaf", "commitments", "chains"))
    with tally.group("evidence/leaf") as group:
        for case in leaf["accepted"]:
            fault = _fault(leaves.read_leaf_bytes, canonical_bytes(case["leaf"]))
            group.expect(fault is None and case["leaf"]["type"] == case["type"], case["name"], fault)
        for case in leaf["refused"]:
            fault = _fault(leaves.check_leaf, case["leaf"])
            group.expect(fault == case["rule"], case["name"], "%s, not %s" % (fault, case["rule"]))
        for case in leaf["refused_bytes"]:
            fault = _fault(leaves.read_leaf_bytes, case["text"].encode("utf-8"))
            group.expect(fault == case["rule"], case["name"], fault)
    with tally.group("evidence/exact-set") as group:
        _exact_set(group, load("evidence", "exact-set.json"))
    with tally.group("evidence/commitments") as group:
        _commitments(group, commitments)
    with tally.group("evidence/chains") as group:
        for case in chains["accepted"]:
            entries = [entry["leaf"] for entry in case["entries"]]
            hashes = [leaves.hash_of(entry) == given["hash"] for entry, given in zip(entries, case["entries"])]
            group.expect(all(hashes) and _fault(_chain, entries) is None, case["name"])
        for case in chains["refused"]:
            fault = _fault(_chain, [entry["leaf"] for entry in case["entries"]])
            group.expect(fault == case["rule"], case["name"], fault)


class _Held:
    """Leaves in hand, whether they make a bundle or not."""

    def __init__(self, entries, txn):
        self.all = [Entry({"leaf": one["leaf"], "openings": one["openings"], "inclusion": []}) for one in entries]
        self.own = [entry for entry in self.all if entry.txn is not None and entry.txn["id"] == txn]
        self.by_id, self.erased, self.txn = {entry.id: entry for entry in self.all}, {}, txn

    def of(self, *kinds):
        return [entry for entry in self.all if entry.type in kinds]


def _exact_set(group, vectors):
    for case in vectors["cases"]:
        kept = [one for one in vectors["entries"] if one["name"] not in case["without"]]
        findings = Findings()
        needed = needed_of(_Held(kept, vectors["txn"]), findings)
        names = [one["name"] for one in kept if one["leaf"]["id"] in needed]
        group.expect(names == case["needed"], "without %s" % case["without"], names)
        group.expect(len(findings.failures) == case["lacking"], "lacking without %s" % case["without"], findings.failures)


def _chain(entries):
    for entry in entries:
        leaves.check_leaf(entry)
    leaves.check_chains(entries)


def _commitments(group, vectors):
    for case in vectors["sealed"]:
        found = leaves.sealed_commitment(case["part"], case["opening"])
        group.expect(found == case["commitment"], "sealed " + case["part"], found)
    for case in vectors["inputs"]:
        single, whole = leaves.input_commitments(case["items"]), leaves.inputs_commitment(case["items"])
        group.expect(single == case["commitments"] and whole == case["commitment"], case["name"], whole)
    for case in vectors["refused_inputs"]:
        fault = _fault(leaves.input_commitments, case["items"])
        group.expect(fault == case["rule"], case["name"], fault)
    for case in vectors["bytes"]:
        found = digest(from_base64url(case["salt"]) + from_base64url(case["bytes"]))
        group.expect(found == case["commitment"], "bytes", found)
    for case in vectors["requests"]:
        found = leaves.rebuild_request(case["inputs"])
        group.expect(canonical(found) == canonical(case["request"]), case["name"], found)
    for case in vectors["refused_requests"]:
        group.expect(_fault(leaves.rebuild_request, case["inputs"]) is not None, case["name"], "rebuilt")
