"""Proof bundles (evidence.md sections 7 and 8): the file, its head, the trust in it, and the verdict."""

from . import checkpoints, signatures, tlog
from .bounded import check_bounds
from .canonical import canonical_bytes
from .decisions import check_decisions
from .derived import check_derived
from .dispatches import check_dispatches
from .effects import check_effects, is_over
from .entitled import check_entitled
from .entries import Entries
from .exact_set import check_exact_set
from .findings import Broken, Findings
from .flow import check_flow
from .hops_of_bundle import check_hops
from .overlays import check_overlays
from .operators import check_operators
from .releases import check_releases
from .signed_approvals import check_approvals
from .strict_json import JsonError, is_int, parse
from .texts import digest, from_base64url, is_digest
from .tokens import is_txn

_MEMBERS = {"format", "checkpoint", "earlier", "entries", "erased", "seal"}
_OUTCOME = {"verified": "verified", "unwitnessed": "verified, unwitnessed", "untrusting": "self-consistent"}


def check_bundle(data, trust=None):
    """Checks the bytes of a bundle file, with a parsed trust file or without; gives Findings."""
    findings = Findings()
    try:
        bundle = _read(data)
        entries = Entries(bundle)
        standing = _check_head(bundle, entries, trust, findings)
        check_exact_set(entries, findings)
        entries.check_openings(findings)
        check_effects(entries, findings)
        check_hops(entries, findings)
        check_decisions(entries, findings)
        check_overlays(entries, findings)
        check_derived(entries, findings)
        approvals = check_approvals(entries, findings, trust)
        check_flow(entries, findings, approvals)
        check_bounds(entries, findings)
        check_dispatches(entries, findings)
        check_operators(entries, findings)
        check_entitled(entries, findings)
        check_releases(entries, findings, trust)
        entries.check_subjects(findings, (trust or {}).get("issuers", []))
    except Broken as broken:
        findings.fail(broken.rule, broken.why)
    except (TypeError, KeyError, ValueError, AttributeError, RecursionError) as error:
        # TRUST: a bundle is hostile; whatever it makes this code stumble over is a fault of the bundle.
        findings.fail("E-21", "a value of a form that was not expected (%s)" % type(error).__name__)
    else:
        findings.verdict = _OUTCOME[standing]
        if not is_over(entries):
            findings.warnings.append("up to here it is %s, but the transaction may have gone on" % findings.verdict)
            findings.verdict = "open"
    return findings


def _demand(holds, rule, why):
    if not holds:
        raise Broken(rule, why)


def _read(data):
    """E-21."""
    _demand(data.endswith(b"\n"), "E-21", "no newline at the end")
    try:
        bundle = parse(data[:-1])
    except JsonError as cause:
        raise Broken("E-21", str(cause)) from cause
    good = isinstance(bundle, dict) and set(bundle) in (_MEMBERS | {"txn"}, _MEMBERS | {"release"})
    _demand(good, "E-21", "other members than there are")
    _demand(canonical_bytes(bundle) == data[:-1], "E-21", "not canonical")
    subject = is_txn(bundle["txn"]) if "txn" in bundle else is_digest(bundle["release"])
    _demand(bundle["format"] == "narrowgate-proof/1" and subject, "E-21", "another format")
    bare = {name: value for name, value in bundle.items() if name != "seal"}
    _demand(bundle["seal"] == digest(canonical_bytes(bare)), "E-21", "the seal does not match")
    lists = all(isinstance(bundle[name], list) for name in ("earlier", "entries", "erased"))
    _demand(lists and isinstance(bundle["checkpoint"], str), "E-21", "members of another kind")
    return bundle


def read_trust(text):
    """A trust file (section 8); raises Broken."""
    try:
        trust = parse(text)
    except JsonError as cause:
        raise Broken("E-24", "trust file: " + str(cause)) from cause
    known = {"format", "logs", "witnesses", "issuers", "procedures"}
    _demand(isinstance(trust, dict) and known <= set(trust) <= known | {"approvals"} and trust["format"] == "narrowgate-trust/1", "E-24", "no trust file")
    witnesses = trust["witnesses"]
    good = isinstance(witnesses, dict) and set(witnesses) == {"keys", "threshold"} and is_int(witnesses["threshold"])
    _demand(good and isinstance(witnesses["keys"], list) and isinstance(trust["issuers"], list), "E-24", "witnesses or issuers")
    place = trust.get("approvals", {"origin": "-", "rp_id": "-"})
    good = isinstance(place, dict) and set(place) == {"origin", "rp_id"} and all(isinstance(text, str) for text in place.values())
    _demand(good, "E-24", "where approvals are signed")
    logs = trust["logs"]
    for log in logs if isinstance(logs, list) else [None]:
        good = isinstance(log, dict) and set(log) == {"origin", "key", "size", "root"}
        _demand(good and is_int(log["size"]) and is_digest(log["root"]), "E-24", "a log in the trust file")
    return trust


def _check_head(bundle, entries, trust, findings):
    """E-22 and E-24: signatures, inclusion, consistency. Gives the best verdict still open."""
    head = _open(bundle["checkpoint"], entries, trust, "E-24", witnessed=True)
    origin, size, root, _ = head
    heads = [(size, root)]
    for entry in entries.all:
        proof = _hashes(entry.inclusion)
        leaf = tlog.leaf_hash(canonical_bytes(entry.leaf))
        holds = proof is not None and tlog.verify_inclusion(leaf, entry.seq, size, proof, root)
        _demand(holds, "E-22", "leaf %d is not in the tree" % entry.seq)
    findings.line("proven", "%d leaves stand in %s under %d" % (len(entries.all), origin, size))
    for earlier in bundle["earlier"]:
        _demand(isinstance(earlier, dict) and set(earlier) == {"checkpoint", "consistency"}, "E-21", "an earlier head")
        _, old_size, old_root, _ = _open(earlier["checkpoint"], entries, trust, "E-24", witnessed=False)
        proof = _hashes(earlier["consistency"])
        holds = proof is not None and tlog.verify_consistency(old_size, size, old_root, root, proof)
        _demand(holds, "E-24", "the head at %d does not lead to this one" % old_size)
        heads.append((old_size, old_root))
        findings.line("proven", "the head at %d leads to this one" % old_size)
    if trust is None:
        findings.warnings.append("no trust file: the bundle agrees with itself, and that is all")
        return "untrusting"
    return _check_seen(origin, heads, trust, findings)


def _check_seen(origin, heads, trust, findings):
    seen = next(log for log in trust["logs"] if log["origin"] == origin)
    size, root = seen["size"], from_base64url(seen["root"])
    _demand(heads[0][0] >= size, "E-24", "this head is older than the one its owner has seen")
    known = [found for at, found in heads if at == size]
    _demand(all(found == root for found in known), "E-24", "this log was forked from the one its owner has seen")
    threshold = trust["witnesses"]["threshold"]
    if size > 0 and not known:
        _demand(threshold > 0, "E-24", "nothing shows that the head at %d leads to this one, and no witness stands for it" % size)
        findings.warnings.append("that the head at %d leads to this one is shown by the witnesses alone" % size)
    if threshold > 0:
        return "verified"
    findings.warnings.append("no witness: the operator could have rewritten this")
    return "unwitnessed"


def _open(note, entries, trust, rule, witnessed):
    """The checkpoint under the key that is trusted for its origin, or without trust the one genesis names."""
    if not isinstance(note, str):
        raise Broken(rule, "no note")
    try:
        origin = note.split("\n", 1)[0]
        key, witnesses, threshold = entries.claimed_log_key(), [], 0
        if trust is not None:
            key = next((log["key"] for log in trust["logs"] if log["origin"] == origin), None)
            witnesses = [checkpoints.VerifierKey(text) for text in trust["witnesses"]["keys"]] if witnessed else []
            threshold = trust["witnesses"]["threshold"] if witnessed else 0
        _demand(key is not None, rule, "no key for the origin " + origin)
        return checkpoints.open_checkpoint(note, checkpoints.VerifierKey(key), witnesses, threshold)
    except checkpoints.NoteError as fault:
        raise Broken(rule, "checkpoint: " + str(fault)) from fault
    except signatures.NoCryptography as cause:
        raise Broken(rule, "checkpoint not verified: " + str(cause)) from cause


def _hashes(texts):
    if not isinstance(texts, list) or not all(is_digest(text) for text in texts):
        return None
    return [from_base64url(text) for text in texts]
