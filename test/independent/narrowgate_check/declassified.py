"""Declassification: what people say of one answer, and the labels that fall by it (approval.md section 5, E-29)."""

from .approval import leaf_rows, members, text_of
from .bodies import CLASSES
from .canonical import canonical, canonical_bytes
from .constraints import Refusal
from .labels import at_most, is_label, join, label_of
from .strict_json import is_int, parse
from .texts import digest, from_base64url, is_digest, is_id, is_ref
from .tokens import is_txn

_MEMBERS = {
    "v": lambda value: is_int(value, 1, 1), "nonce": is_id, "txn": is_txn, "mandate": is_ref, "subject": text_of(1024),
    "agent": text_of(1024), "instance": is_ref, "server": text_of(1024), "name": text_of(2048), "outcome": is_id,
    "kind": lambda value: value in ("tool", "resource", "prompt"), "bytes": is_digest, "from": is_label, "to": is_label,
    "answer": lambda value: isinstance(value, dict), "reason": text_of(512), "operator": is_ref,
}


def check(asked):
    members(asked, _MEMBERS, "P-11")
    falls = at_most(asked["to"], asked["from"]) and asked["to"] != asked["from"]
    if not falls:
        raise Refusal("P-11", "it does not fall")


def digest_of(asked):
    """P-11."""
    check(asked)
    return digest(b"narrowgate/declassification/v1\n" + canonical_bytes(asked))


def requires(asked):
    """P-13."""
    freed = asked["from"]["class"] == CLASSES[-1] and asked["to"]["class"] != CLASSES[-1]
    return ["compliance#1", "security#1"] if freed else ["security#1"]


def _words(label):
    return label["class"] + (", untrusted content" if label["untrusted"] else "")


def render(asked):
    """P-12."""
    rows = [("Agent", asked["agent"]), ("For", asked["subject"]), ("Server", asked["server"]),
            ("Answer of", "%s %s" % (asked["kind"], asked["name"]))]
    rows += leaf_rows(asked["answer"]) or [("Answer", "nothing")]
    rows += [("Asked because", asked["reason"]), ("Carried now", _words(asked["from"])), ("Carried afterwards", _words(asked["to"]))]
    return [{"label": label, "value": value} for label, value in rows]


def fall_fault(entries, approvals, entry, before):
    """Why a label of this transaction must not fall, None where it may, or "claimed" where it cannot be told."""
    given = approvals.given.get(entry.body["because"])
    if given is None or given[1].body["kind"] != "declassify" or given[0].seq >= entry.seq:
        return "a label falls, and nobody signed for it"
    decision = entries.by_id.get(given[1].body["decision"])
    request = entries.requests.get(given[1].body["decision"])
    asked = given[2]
    if decision is None or asked is None or request is None:
        return "claimed"
    checks = (_state(entry, asked, before, decision), _signers(approvals, entry, given, decision, request),
              _answer(entries, asked, given[1], decision, request), _since(entries, entry, asked, given[0], decision, request))
    return next((fault for fault in checks if fault is not None), None)


def _state(entry, asked, before, decision):
    own = {"transaction": asked["txn"], "instance": asked["instance"]}.get(entry.body["state"])
    if own != entry.body["ref"] or asked["txn"] != entry.txn["id"]:
        return "what was signed is about another state"
    if label_of(entry) != asked["to"] or before != asked["from"]:
        return "it falls from or to something else than was signed"
    return None if decision.body.get("instance") == asked["instance"] else "another instance read it"


def _signers(approvals, entry, given, decision, request):
    from .signed_approvals import barred
    signed = [one for one in approvals.given.values()
              if one[0].body["approval"] == given[0].body["approval"] and one[0].seq < entry.seq]
    if sorted(one[3] for one in signed) != sorted(given[1].body["requires"]):
        return "not everybody who has to has signed"
    if len({one[0].body["person"] for one in signed}) < len(signed):
        return "one person stands for two signatures"
    faults = [barred(approvals.entries, decision, request, one[0]) for one in signed]
    return next((fault for fault in faults if fault is not None), None)


def _answer(entries, asked, requested, decision, request):
    outcome = entries.by_id.get(asked["outcome"])
    if outcome is None or outcome.type != "outcome" or outcome.seq >= requested.seq or outcome.body["decision"] != decision.id:
        return "what was signed is about no earlier answer of that call"
    call, context = request.get("call", {}), request.get("context", {})
    known = {"server": call.get("server"), "kind": call.get("kind"), "name": call.get("name"),
             "agent": request.get("principal", {}).get("id"), "subject": context.get("subject", {}).get("id"),
             "mandate": decision.body.get("mandate")}
    if any(asked[name] != value for name, value in known.items()):
        return "what was signed is about another call"
    kept = (outcome.opening("content") or {}).get("bytes")
    if kept is None:
        return None
    exact = from_base64url(kept)
    if digest(exact) != asked["bytes"]:
        return "what was signed is about other bytes than were answered"
    same = canonical(parse(exact.decode("utf-8"))) == canonical(asked["answer"])
    return None if same else "what was shown is not what was answered"


def _since(entries, entry, asked, approved, decision, request):
    labels = request.get("labels", {})
    if not at_most(join(labels["transaction"], labels["instance"]), asked["to"]):
        return "it falls below what was carried before the answer"
    for one in entries.all:
        if not decision.seq < one.seq < entry.seq:
            continue
        if one.type == "decision" and one.body["action"] == "call" and one.body["verdict"] == "permit":
            if (one.txn or {}).get("id") == asked["txn"] or one.body.get("instance") == asked["instance"]:
                return "something else was read since the answer"
        if one.type == "label" and one.body["because"] not in (decision.id, asked["outcome"], approved.id):
            if (one.body["state"], one.body["ref"]) in (("transaction", asked["txn"]), ("instance", asked["instance"])):
                return "something else was read since the answer"
    return None


def may_have_fallen(entries, entry):
    """Whether a label of another transaction may have fallen there: an instance's, and nothing here speaks against it."""
    cause = entries.by_id.get(entry.body["because"])
    signed = cause is None or (cause.type == "approval" and cause.body["kind"] == "declassify"
                               and (cause.txn or {}).get("id") == (entry.txn or {}).get("id"))
    return entry.body["state"] == "instance" and entry.txn is not None and signed
