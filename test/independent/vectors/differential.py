"""Puts the same varied documents, calls and bundles to both implementations: their verdicts must agree.

From a fixed seed, so that a run can be repeated; `NARROWGATE_SEED` gives another, `NARROWGATE_TIMES` more of each.
"""

import json
import os
from random import Random

from narrowgate_check import authority, chains, hops, leaves, openings, order, signatures, tokens
from narrowgate_check.bundle import check_bundle
from narrowgate_check.canonical import canonical
from narrowgate_check.constraints import Refusal
from narrowgate_check.leaves import LeafError
from narrowgate_check.order import TooMany
from narrowgate_check.strict_json import JsonError, parse

from . import approval_forgeries, forgeries, product
from .bundle import SAMPLES
from .forge import Forger, signing_input
from .tally import load, names
from .vary import varied

SEED = int(os.environ.get("NARROWGATE_SEED", "1"))
TIMES = int(os.environ.get("NARROWGATE_TIMES", "1"))
REFUSALS = (Refusal, LeafError, JsonError, ValueError)


def run(tally):
    with tally.group("differential/documents") as group:
        if product.node() is None:
            group.skip(1, "no Node: the product cannot be asked")
        else:
            _compare(group, _documents(Random(SEED)))
    with tally.group("differential/bundles") as group:
        if product.node() is None or not signatures.AVAILABLE:
            group.skip(1, "no Node or no python3-cryptography")
        else:
            _bundles(group, Random(SEED))


def _compare(group, questions):
    for question, answer in zip(questions, product.ask(questions)):
        found = _own(question)
        same = "fault" not in answer and found == answer.get("ok", REFUSED)
        group.expect(same, json.dumps(question)[:1500], "here %s, product %s" % (str(found)[:300], str(answer)[:300]))


REFUSED = "(refused)"


def _own(question):
    try:
        return _OPERATIONS[question["op"]](question)
    except REFUSALS:
        return REFUSED
    except TooMany as reason:
        return str(reason)


def _documents(random):
    """Questions about single documents: each vector that is accepted, varied."""
    found = []
    claims, dpop, leaf, sealed = (load(*name) for name in (
        ("token", "claims.json"), ("token", "dpop.json"), ("evidence", "leaf.json"), ("evidence", "commitments.json")))
    for case in claims["accepted"]:
        found += [{"op": "claims", "value": varied(random, case["claims"])} for _ in range(60 * TIMES)]
    for header in claims["headers"]["accepted"]:
        found += [{"op": "header", "value": varied(random, header)} for _ in range(20 * TIMES)]
    for case in leaf["accepted"]:
        found += [{"op": "leaf", "value": varied(random, case["leaf"])} for _ in range(25 * TIMES)]
    for case in sealed["openings"]:
        found += [{"op": "opening", "type": case["type"], "part": case["part"], "value": varied(random, case["opening"])} for _ in range(15 * TIMES)]
    for case in sealed["inputs"]:
        found += [{"op": "opening", "type": "decision", "part": "inputs", "value": varied(random, case["items"])} for _ in range(40 * TIMES)]
    for case in dpop["accepted"]:
        found += [{"op": "dpop", "jws": _varied_jws(random, case["jws"])} for _ in range(25 * TIMES)]
    return found + _authorities(random)


def _varied_jws(random, jws):
    from .forge import unsigned

    header, claims = unsigned(jws)
    if random.random() < 0.5:
        header = varied(random, header)
    else:
        claims = varied(random, claims)
    return _ascii_input(header, claims) + "." + jws.split(".")[2]


def _ascii_input(header, claims):
    # `json` escapes what is not ASCII, so a lone surrogate stays what it is: something to be refused.
    return signing_input(header, claims)


def _authorities(random):
    found = []
    for name in names("authority"):
        for case in load("authority", name)["cases"]:
            given = {key: case[key] for key in _GIVEN.get(case["op"], ()) if key in case}
            if not given or "json" in case:
                continue
            for _ in range(2 * TIMES):
                found.append({"op": _SAME.get(case["op"], case["op"]), **varied_one(random, given)})
    return found


def varied_one(random, given):
    """One of the documents varied; a variation of two would mostly be refused for the other one."""
    if "call" in given:
        # What is called is the gate's own word, but for the arguments.
        if random.random() < 0.5 and "arguments" in given["call"]:
            return {**given, "call": {**given["call"], "arguments": varied(random, given["call"]["arguments"])}}
        return {**given, "authority": varied(random, given["authority"])}
    documents = sorted(name for name in given if isinstance(given[name], (dict, list)))
    changed = dict(given)
    if documents:
        name = random.choice(documents)
        changed[name] = varied(random, given[name])
    renamed = {"act": "value", "authority": "value"} if len(given) == 1 else {}
    return {renamed.get(key, key): item for key, item in changed.items()}


_GIVEN = {"parse": ("authority",), "narrower": ("parent", "child"), "intersect": ("a", "b"), "covers": ("authority", "call"),
          "hop": ("parent", "actorCeiling", "clientCeiling", "mode", "requested"),
          "check_hop": ("parent", "actorCeiling", "clientCeiling", "mode", "requested", "granted"), "parse_chain": ("act",)}
_SAME = {"parse": "authority", "check_hop": "hop", "parse_chain": "chain"}


def _none(check):
    def run_check(question):
        check(question)
        return None
    return run_check


def _authority(value):
    return authority.parse(_whole(value))


def _whole(value):
    return parse(json.dumps(value))


def _intersect(question):
    return canonical(hops.intersect(_authority(question["a"]), _authority(question["b"])))


def _covers(question):
    return hops.covers(_authority(question["authority"]), question["call"])[0]


def _hop(question):
    bounds = [_authority(question[name]) for name in ("parent", "actorCeiling", "clientCeiling")]
    requested = hops.read_request(_whole(question.get("requested", {})))
    if "granted" in question:
        answer = hops.check_hop(*bounds, question["mode"], _authority(question["granted"]), requested=requested)
    else:
        answer = hops.hop(*bounds, question["mode"], requested=requested)
    if answer[0] == "refused":
        return {"kind": "refused", "violation": answer[1]}
    return {"kind": "granted", "normal": canonical(answer[1])}


def _opening(question):
    value = question["value"]
    if question["part"] == "inputs":
        leaves.input_commitments(value)
        return
    leaves.sealed_commitment(question["part"], value)
    if openings.unknown_member(question["type"], question["part"], value) is not None:
        raise LeafError("E-7")


_OPERATIONS = {
    "claims": _none(lambda question: tokens.check_claims(question["value"])),
    "header": _none(lambda question: tokens.check_header(question["value"])),
    "leaf": _none(lambda question: leaves.check_leaf(question["value"])),
    "opening": _none(_opening),
    "dpop": _none(lambda question: tokens.read_proof(question["jws"])),
    "chain": lambda question: chains.read_chain(question["value"]),
    "authority": lambda question: canonical(_authority(question["value"])),
    "narrower": lambda question: order.narrower(_authority(question["parent"]), _authority(question["child"]))[0],
    "intersect": _intersect,
    "covers": _covers,
    "hop": _hop,
}


# A hop of the gate breaks the rules of every hop, and of effects.
_REPORTED = {"T-6:": {"E-3", "E-11", "E-18"}, "T-7:": {"T-7"}}
_FORGERIES = {"signed": forgeries.ALL + approval_forgeries.LABELS, "approved": approval_forgeries.APPROVED}


def _bundles(group, random):
    cases = []
    for name, times in (("signed", 120), ("closed", 60), ("approved", 90), ("released", 90), ("release", 60)):
        forger = _forger(name)
        trust = forger.own_trust()
        cases.append((name + ": as it is", False, forger.sealed(forger.draft()), trust))
        for title, change in _FORGERIES.get(name, ()):
            draft = forger.draft()
            change(forger, draft)
            cases.append((title, True, forger.sealed(draft), trust))
        for _ in range(times * TIMES):
            draft = forger.draft()
            try:
                title = forgeries.random_change(random, forger, draft)
                cases.append(("%s: %s" % (name, title), None, forger.sealed(draft), trust))
            except (LeafError, ValueError, TypeError, KeyError, AttributeError):
                continue
    answers = product.ask([{"op": "bundle", "bundle": data.decode("utf-8"), "trust": trust} for _, _, data, trust in cases])
    for (title, wanted, data, trust), answer in zip(cases, answers):
        found = check_bundle(data, trust)
        # What breaks one rule must be seen to break that rule: it could fail for another reason.
        named = wanted is not True or _REPORTED.get(title[:4], {title[:4]}) & {rule for rule, _ in found.failures}
        group.expect(named and _agree(found, answer, wanted), title, "here %s, product %s" % (found.failures[:2], str(answer)[:400]))


def _agree(found, answer, wanted):
    """`wanted`: whether both must refuse it, None where they need only agree."""
    if "ok" not in answer:
        return False
    here, there, rules = bool(found.failures), answer["ok"]["verdict"] == "failed", set(answer["ok"]["rules"])
    if wanted is True:
        return here and there
    if wanted is False and (here or there):
        return False
    # What policy says is not recomputed here: a decision that fails by that alone fails in the product alone.
    if here or there:
        return here == there or rules <= {"E-16"} and not here
    return found.verdict == answer["ok"]["verdict"]


def _forger(name):
    read = [json.load(open(os.path.join(SAMPLES, name + end), encoding="utf-8")) for end in (".bundle", ".trust")]
    return Forger(*read)
