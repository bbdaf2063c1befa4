"""Leaves and what is sealed beside them (evidence.md sections 2, 3 and 5)."""

import re

from .bodies import SEALS, TABLE, body_fault
from .canonical import canonical_bytes, utf16_key, utf16_length
from .strict_json import JsonError, is_int, parse
from .texts import digest, from_base64url, is_digest, is_id, is_ref, sha256, steps_of, to_base64url
from .tlog import leaf_hash
from .tokens import is_txn

MAX_LEAF = 65535
_PART = re.compile(r"[a-z_]{1,64}\Z")
_REQUIRED = {"at", "body", "id", "type", "v", "writer"}


class LeafError(ValueError):
    """The argument is the rule that is broken."""


def _demand(holds, rule):
    if not holds:
        raise LeafError(rule)


def read_leaf_bytes(data):
    """E-6: a leaf whose bytes are its canonical form."""
    _demand(len(data) <= MAX_LEAF, "E-6")
    try:
        leaf = parse(data)
    except JsonError as cause:
        raise LeafError("E-6") from cause
    _demand(canonical_bytes(leaf) == bytes(data), "E-6")
    check_leaf(leaf)
    return leaf


def check_leaf(leaf):
    """E-3 to E-5 for one leaf, and its body."""
    _demand(isinstance(leaf, dict) and _REQUIRED <= set(leaf) <= _REQUIRED | {"agent", "sealed", "txn"}, "E-4")
    _demand(is_int(leaf["v"], 1, 1) and isinstance(leaf["type"], str) and leaf["type"] in TABLE, "E-4")
    _demand(is_int(leaf["at"]), "E-4")
    _demand(is_id(leaf["id"]), "E-5")
    for name, is_good in (("writer", is_ref), ("txn", is_txn), ("agent", is_ref)):
        if name in leaf:
            _check_link(leaf[name], is_good)
    if "sealed" in leaf:
        sealed = leaf["sealed"]
        _demand(isinstance(sealed, dict) and sealed and set(sealed) <= SEALS[leaf["type"]], "E-4")
        _demand(all(is_digest(value) for value in sealed.values()), "E-4")
    fault = body_fault(leaf["type"], leaf["body"])
    _demand(fault is None, fault)
    _demand(len(canonical_bytes(leaf)) <= MAX_LEAF, "E-6")


def _check_link(link, is_good):
    _demand(isinstance(link, dict) and set(link) == {"id", "prev", "seq"}, "E-4")
    _demand(is_good(link["id"]), "E-5")
    _demand(is_int(link["seq"]), "E-3")
    _demand(link["prev"] is None if link["seq"] == 0 else is_digest(link["prev"]), "E-3")


def hash_of(leaf):
    return to_base64url(leaf_hash(canonical_bytes(leaf)))


def sealed_commitment(part, opening):
    """E-7."""
    _demand(isinstance(opening, dict) and is_id(opening.get("salt")), "E-7")
    return digest(b"narrowgate/sealed/v1\n" + part.encode("ascii") + b"\n" + canonical_bytes(opening))


def input_commitments(items):
    """E-8: the commitment of each attribute, disclosed or not."""
    _demand(isinstance(items, list), "E-8")
    found, last = [], None
    for item in items:
        _demand(isinstance(item, dict), "E-8")
        if set(item) == {"commitment"}:
            _demand(is_digest(item["commitment"]), "E-8")
            found.append(item["commitment"])
            continue
        _demand(set(item) == {"from", "path", "salt", "value"} and is_id(item["salt"]), "E-8")
        _demand(_is_input_path(item["path"]), "E-8")
        _demand(last is None or utf16_key(last) < utf16_key(item["path"]), "E-8")
        _demand(_is_provenance(item["from"]), "E-9")
        last = item["path"]
        found.append(digest(b"narrowgate/input/v1\n" + canonical_bytes(item)))
    return found


def _is_input_path(path):
    steps = steps_of(path)
    return steps is not None and steps != [] and "" not in steps and utf16_length(path) <= 1024


def inputs_commitment(items):
    joined = b"".join(from_base64url(one) for one in input_commitments(items))
    return to_base64url(sha256(b"narrowgate/inputs/v1\n" + joined))


def _is_provenance(value):
    if value == {"by": "gate"}:
        return True
    if not isinstance(value, dict) or len(value) != 2:
        return False
    if value.get("by") == "derived":
        return is_id(value.get("entry"))
    return value.get("by") == "signed" and isinstance(value.get("part"), str) and _PART.match(value["part"]) is not None


def rebuild_request(inputs):
    """Section 5: each value at its path in an empty object; steps are names, never indices."""
    request, ends = {}, set()
    for item in inputs:
        steps = tuple(steps_of(item["path"]) or ())
        _demand(0 < len(steps) <= 32 and "" not in steps and "__proto__" not in steps, "E-8")
        _demand(not any(steps[:count] in ends for count in range(1, len(steps) + 1)), "E-8")
        place = request
        for name in steps[:-1]:
            place = place.setdefault(name, {})
        _demand(steps[-1] not in place, "E-8")
        place[steps[-1]] = item["value"]
        ends.add(steps)
    return request


def check_chains(leaves, complete=True):
    """E-3 over leaves in log order. Where not `complete`, a chain may begin later and only neighbours are compared."""
    last = {}
    for leaf in leaves:
        own = hash_of(leaf)
        for name in ("writer", "txn", "agent"):
            if name not in leaf:
                continue
            link = leaf[name]
            known = last.get((name, link["id"]))
            if known is None:
                _demand(not complete or link["seq"] == 0, "E-3")
            elif complete or link["seq"] == known[0] + 1:
                _demand(link["seq"] == known[0] + 1 and link["prev"] == known[1], "E-3")
            else:
                _demand(link["seq"] > known[0], "E-3")
            last[(name, link["id"])] = (link["seq"], own)
