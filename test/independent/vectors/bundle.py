"""The samples: bundles and trust files, and what becomes of them when anything in them is changed."""

import copy
import json
import os

from narrowgate_check import signatures
from narrowgate_check.bundle import check_bundle, read_trust
from narrowgate_check.canonical import canonical_bytes
from narrowgate_check.findings import Broken
from narrowgate_check.texts import digest

from .alter import altered, scalars

SAMPLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "samples")
# Each takes a whole check; `NARROWGATE_ALL=1` tries every value there is.
EVERY = {"closed": 1, "signed": 1} if os.environ.get("NARROWGATE_ALL") else {"closed": 5, "signed": 23}
NO_SIGNATURES = "no python3-cryptography: a bundle cannot be verified"


def _read(name):
    with open(os.path.join(SAMPLES, name), "rb") as file:
        return file.read()


def seal(bundle):
    bare = {name: value for name, value in bundle.items() if name != "seal"}
    return canonical_bytes({**bare, "seal": digest(canonical_bytes(bare))}) + b"\n"


def run(tally):
    names = sorted(name[: -len(".bundle")] for name in os.listdir(SAMPLES) if name.endswith(".bundle"))
    for name in names:
        data, trust = _read(name + ".bundle"), read_trust(_read(name + ".trust"))
        with tally.group("bundle/" + name) as group:
            if not signatures.AVAILABLE:
                group.skip(1, NO_SIGNATURES)
                continue
            _verdicts(group, data, trust)
            if name == "closed":
                _bytes(group, data, trust)
            if name in EVERY:
                _members(group, data, trust, EVERY[name])
                _entries(group, data, trust)


def _verdicts(group, data, trust):
    bundle = json.loads(data)
    is_open = "txn" in bundle and all(entry["leaf"]["type"] != "closing" for entry in bundle["entries"])
    best = "verified" if trust["witnesses"]["threshold"] else "verified, unwitnessed"
    cases = [(best, trust), ("self-consistent", None)]
    bare = {**trust, "witnesses": {"keys": [], "threshold": 0}}
    cases.append(("verified, unwitnessed", bare))
    for verdict, given in cases:
        found = check_bundle(data, given)
        told = any(verdict in text for text in found.warnings) if is_open else found.verdict == verdict
        group.expect(not found.failures and told and (found.verdict == "open") == is_open, verdict, found.failures)
    seen = trust["logs"][0]
    other = digest(b"another root")
    size = json.loads(data)["checkpoint"].split("\n")[1]
    for name, change in (
        ("an older head than was seen", {"size": int(size) + 1}),
        ("another root than was seen", {"size": int(size), "root": other}),
        ("a fork before this head", {"size": int(size) // 2, "root": other}),
        ("another origin", {"origin": "elsewhere.example/log/main"}),
    ):
        found = check_bundle(data, {**trust, "logs": [{**seen, **change}]})
        group.expect(_broken(found) == "E-24", name, found.failures)
    found = check_bundle(data, {**trust, "witnesses": {**trust["witnesses"], "threshold": 2}})
    group.expect(_broken(found) == "E-24", "too few witnesses", found.failures)
    group.expect(_refuses_trust({**trust, "further": 1}), "a trust file with another member")


def _refuses_trust(trust):
    try:
        read_trust(canonical_bytes(trust))
    except Broken as broken:
        return broken.rule == "E-24"
    return False


def _broken(found):
    return found.failures[0][0] if found.failures else None


def _bytes(group, data, trust):
    """Any byte: every thousandth is flipped, and the ends are cut."""
    for place in range(0, len(data), 997):
        flipped = data[:place] + bytes([data[place] ^ 1]) + data[place + 1:]
        group.expect(_broken(check_bundle(flipped, trust)) == "E-21", "byte %d flipped" % place)
    for name, cut in (("no newline", data[:-1]), ("two newlines", data + b"\n"), ("nothing", b""), ("cut", data[: len(data) // 2])):
        group.expect(_broken(check_bundle(cut, trust)) == "E-21", name)


def _members(group, data, trust, every):
    """Every so manieth value is changed and the bundle sealed again: what anybody can do who has no key."""
    bundle = json.loads(data)
    for path in [path for path in scalars(bundle) if path != ("seal",)][::every]:
        found = check_bundle(seal(altered(bundle, path)), trust)
        group.expect(found.failures, "/".join(map(str, path)) + " changed")


def _entries(group, data, trust):
    """An entry dropped, doubled or moved: none can be left out unseen, and without its closing a transaction is open."""
    bundle = json.loads(data)
    for index, entry in enumerate(bundle["entries"]):
        kind = entry["leaf"]["type"]
        changed = copy.deepcopy(bundle)
        del changed["entries"][index]
        found = check_bundle(seal(changed), trust)
        seen = found.verdict == "open" if kind == "closing" else bool(found.failures)
        group.expect(seen, "leaf %d (%s) dropped" % (index, kind), found.failures)
        changed["entries"][index:index] = [entry, entry]
        group.expect(_broken(check_bundle(seal(changed), trust)) == "E-21", "leaf %d doubled" % index)
        for part in entry.get("openings", {}):
            changed = copy.deepcopy(bundle)
            del changed["entries"][index]["openings"][part]
            found = check_bundle(seal(changed), trust)
            counted = found.count("missing") >= 1 or found.failures
            group.expect(counted, "%s of leaf %d left out" % (part, index))
    changed = {**bundle, "entries": list(reversed(bundle["entries"]))}
    group.expect(_broken(check_bundle(seal(changed), trust)) == "E-21", "in another order")
