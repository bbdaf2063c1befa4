"""Tries to fool the checker: what the vectors accept, with one value changed, must be refused or come out otherwise."""

import copy

from narrowgate_check import authority, checkpoints, leaves, signatures, tokens
from narrowgate_check.canonical import canonical
from narrowgate_check.constraints import Refusal
from narrowgate_check.leaves import LeafError
from narrowgate_check.strict_json import JsonError, parse

from .alter import altered, scalars
from .tally import load


def run(tally):
    with tally.group("mutations/leaves") as group:
        _leaves(group)
    with tally.group("mutations/members") as group:
        _members(group)
    with tally.group("mutations/commitments") as group:
        _commitments(group)
    with tally.group("mutations/authorities") as group:
        _authorities(group)
    with tally.group("mutations/signatures") as group:
        if signatures.AVAILABLE:
            _signatures(group)
        else:
            group.skip(1, "no python3-cryptography")


def _leaves(group):
    """A changed value gives another hash, or no leaf at all; a changed chain is no chain."""
    for case in load("evidence", "leaf.json")["accepted"]:
        own = leaves.hash_of(case["leaf"])
        for path in scalars(case["leaf"]):
            changed = altered(case["leaf"], path)
            group.expect(leaves.hash_of(changed) != own, "%s: %s" % (case["name"], path))
    for case in load("evidence", "chains.json")["accepted"]:
        entries = [entry["leaf"] for entry in case["entries"]]
        # The newest leaf is held by the tree alone: no leaf follows that would name its hash.
        for path in scalars(entries[:-1]):
            group.expect(_refuses(_check_chain, altered(entries, path)), "chain: %s" % (path,))


def _check_chain(entries):
    for entry in entries:
        leaves.check_leaf(entry)
    leaves.check_chains(entries)


def _refuses(check, value):
    try:
        check(value)
    except (Refusal, LeafError, JsonError):
        return True
    return False


def _members(group):
    """Each required member left out, a member added, and a value of another type, at every place of every format."""
    for case in load("evidence", "leaf.json")["accepted"]:
        _break_apart(group, case["name"], case["leaf"], leaves.check_leaf)
    for case in load("token", "claims.json")["accepted"]:
        _break_apart(group, case["name"], case["claims"], tokens.check_claims)


def _break_apart(group, name, document, check):
    for path in _objects(document):
        changed = copy.deepcopy(document)
        _at(changed, path)["zz"] = 1
        group.expect(_refuses(check, changed), "%s: a member added at %s" % (name, path))
    for path in scalars(document):
        changed = copy.deepcopy(document)
        _at(changed, path[:-1])[path[-1]] = {"x": 1}
        group.expect(_refuses(check, changed), "%s: an object at %s" % (name, path))


def _objects(value, path=()):
    if isinstance(value, dict):
        yield path
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else []:
        yield from _objects(item, path + (key,))


def _at(value, path):
    for key in path:
        value = value[key]
    return value


def _commitments(group):
    vectors = load("evidence", "commitments.json")
    for case in vectors["sealed"]:
        for path in scalars(case["opening"]):
            found = _commitment(lambda opening: leaves.sealed_commitment(case["part"], opening), altered(case["opening"], path))
            group.expect(found != case["commitment"], "sealed: %s" % (path,))
    for case in vectors["inputs"]:
        for path in scalars(case["items"]):
            found = _commitment(leaves.inputs_commitment, altered(case["items"], path))
            group.expect(found != case["commitment"], "%s: %s" % (case["name"], path))


def _commitment(make, value):
    try:
        return make(value)
    except LeafError:
        return None


def _authorities(group):
    """Every normal form in the vectors is a fixed point, and no other text of it is taken for the same bytes."""
    for name in ("normal", "unknown", "numbers", "unicode"):
        for case in load("authority", name + ".json")["cases"]:
            if case["op"] == "parse" and case["expect"]["kind"] == "accepted":
                text = case["expect"]["normal"]
                group.expect(canonical(authority.parse(parse(text))) == text, case["name"])
                group.expect(_refuses(authority.parse, {**parse(text), "zz": []}), case["name"] + ", with a member more")


def _signatures(group):
    vectors = load("tlog", "checkpoints.json")
    key = checkpoints.VerifierKey(vectors["logKey"])
    witnesses = [checkpoints.VerifierKey(text) for text in vectors["witnessKeys"]]
    for case in vectors["verified"][:2]:
        for place in range(len(case["note"])):
            flipped = case["note"][:place] + chr(ord(case["note"][place]) ^ 1) + case["note"][place + 1:]
            group.expect(_note_refused(flipped, key, witnesses, case["threshold"]), "%s: character %d" % (case["name"], place))
    for case in load("token", "dpop.json")["accepted"]:
        for place in range(0, len(case["jws"]), 7):
            old = case["jws"][place]
            flipped = case["jws"][:place] + ("A" if old != "A" else "B") + case["jws"][place + 1:]
            group.expect(_proof_refused(flipped), "%s: character %d" % (case["name"], place))


def _note_refused(note, key, witnesses, threshold):
    try:
        checkpoints.open_checkpoint(note, key, witnesses, threshold)
    except checkpoints.NoteError:
        return True
    return False


def _proof_refused(jws):
    try:
        tokens.read_proof(jws)
        return not tokens.verify_own_key(jws)
    except Refusal:
        return True
