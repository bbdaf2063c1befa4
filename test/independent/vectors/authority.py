"""test/vectors/authority: every operation of its README."""

import json

from narrowgate_check import authority, chains, hops, order
from narrowgate_check.canonical import canonical
from narrowgate_check.constraints import Refusal
from narrowgate_check.order import TooMany
from narrowgate_check.strict_json import JsonError, parse

from .tally import load, names


def run(tally):
    for name in names("authority"):
        with tally.group("authority/" + name[:-5]) as group:
            for case in load("authority", name)["cases"]:
                try:
                    found = OPERATIONS[case["op"]](case)
                except Exception as error:  # noqa: BLE001 - a crash is a failed case, not the end of the run
                    found = repr(error)
                group.expect(_agree(found, case["expect"]), case["name"], found)


def _agree(found, expected):
    """README: of a refusal it only counts that it is one, unless it gives a reason or a violation."""
    if isinstance(expected, dict) and set(expected) == {"kind", "path"}:
        return isinstance(found, dict) and found.get("kind") == "refused"
    return json.dumps(found, sort_keys=True) == json.dumps(expected, sort_keys=True)


def _whole_numbers(value):
    """Of the vector file as of any text that is read: 1.0 is the number 1."""
    return parse(json.dumps(value))


def _authority(value):
    return authority.parse(_whole_numbers(value))


def _parse(case):
    try:
        found = authority.parse(parse(case["json"]) if "json" in case else _whole_numbers(case["authority"]))
    except (Refusal, JsonError) as cause:
        return {"kind": "refused", "path": getattr(cause, "path", "")}
    again = authority.parse(parse(canonical(found)))
    assert canonical(again) == canonical(found), "A-9"
    return {"kind": "accepted", "normal": canonical(found)}


def _narrower(case):
    parent, child = _authority(case["parent"]), _authority(case["child"])
    kind, found = order.narrower(parent, child)
    if kind == "narrower":
        assert order.check_proof(parent, child, found)
        return {"kind": kind, "proof": {"details": found}}
    return {"kind": kind, "violation": found}


def _check_proof(case):
    return order.check_proof(_authority(case["parent"]), _authority(case["child"]), case["proof"]["details"])


def _intersect(case):
    one, other = _authority(case["a"]), _authority(case["b"])
    try:
        found = hops.intersect(one, other)
    except TooMany as reason:
        return {"kind": "refused", "reason": str(reason)}
    assert order.equal(found, authority.parse(parse(canonical(found)))), "a meet in normal form"
    assert order.narrower(one, found)[0] == order.narrower(other, found)[0] == "narrower"
    assert order.equal(found, hops.intersect(other, one))
    return {"kind": "authority", "normal": canonical(found)}


def _covers(case):
    kind, found = hops.covers(_authority(case["authority"]), _whole_numbers(case["call"]))
    return {"kind": kind, "detail" if kind == "covered" else "violation": found}


def _hop(case):
    bounds = [_authority(case[name]) for name in ("parent", "actorCeiling", "clientCeiling")]
    rest = {"requested": hops.read_request(_whole_numbers(case.get("requested", {}))),
            "resource": case.get("resource"), "at": case.get("at")}
    if case["op"] == "check_hop":
        answer = hops.check_hop(*bounds, case["mode"], _authority(case["granted"]), **rest)
    else:
        answer = hops.hop(*bounds, case["mode"], **rest)
    if answer[0] == "refused":
        return {"kind": "refused", "violation": answer[1]}
    proof = {bound: {"details": found} for bound, found in answer[2].items()}
    return {"kind": "granted", "normal": canonical(answer[1]), "proof": proof}


def _parse_chain(case):
    try:
        depth = chains.read_chain(case["act"])
    except Refusal as cause:
        return {"kind": "refused", "path": cause.path}
    return {"kind": "accepted", "normal": canonical(case["act"]), "depth": depth}


def _rebind(case):
    kind, found = chains.rebind(case.get("parent"), case["actor"])
    return {"kind": kind, "reason": found} if kind == "refused" else {"kind": kind, "normal": canonical(found)}


def _step(case):
    reason = chains.check_step(case.get("parent"), case.get("child"), case["mode"])
    return {"kind": "valid"} if reason is None else {"kind": "invalid", "reason": reason}


OPERATIONS = {
    "parse": _parse, "narrower": _narrower, "check_proof": _check_proof, "intersect": _intersect, "covers": _covers,
    "hop": _hop, "check_hop": _hop, "parse_chain": _parse_chain, "rebind": _rebind, "step": _step,
}
