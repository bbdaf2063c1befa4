"""What a person may hand over: the groups that her issuer states, and what they are entitled to (evidence.md E-36)."""

from . import authority, order
from .constraints import Refusal
from .tokens import split_jws


def check_entitled(entries, findings):
    for entry in entries.of("mandate"):
        if entry.body["action"] != "opened":
            continue
        try:
            fault = _fault(entries, entry)
        except Refusal as cause:
            fault = str(cause)
        if findings.demand(fault is None, "E-36", "mandate of leaf %d: %s" % (entry.seq, fault)):
            findings.line("proven", "mandate of leaf %d: as far as it is disclosed, no more than its person may hand over" % entry.seq)


def _fault(entries, entry):
    content, proof = entry.opening("content") or {}, entry.opening("proof") or {}
    groups = [one for one in content.get("groups", []) if isinstance(one, str)]
    if isinstance(proof.get("subject_assertion"), str):
        stated = set(_texts(split_jws(proof["subject_assertion"])[1]))
        if not set(groups) <= stated:
            return "other groups than the assertion states"
    named, document = content.get("entitlements"), content.get("document")
    if named is None or document is None:
        return None
    above = entries.by_id.get(named)
    if above is None or above.seq >= entry.seq or above.type != "registry" or above.body["kind"] != "settings":
        return "the registration of entitlements it names is not there"
    rules = ((above.opening("content") or {}).get("document") or {}).get("entitlements")
    if not isinstance(rules, list) or document["subject"] == "agent:" + document["agent"]:
        return None
    about = [authority.parse(rule["authority"]) for rule in rules if _is_about(rule, document["subject"], groups)]
    union = {
        "scope": sorted({one for part in about for one in part["scope"]}),
        "resource": sorted({one for part in about for one in part["resource"]}),
        "authorization_details": [one for part in about for one in part["authorization_details"]],
    }
    verdict, _ = order.narrower(union, authority.parse(document["authority"]))
    return None if verdict == "narrower" else "it exceeds what its person is entitled to"


def _is_about(rule, subject, groups):
    if "subject" in rule:
        return rule["subject"] == subject
    return rule.get("group") in groups and ("issuer" not in rule or subject.startswith(rule["issuer"] + "#"))


def _texts(value):
    if isinstance(value, str):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else []:
        yield from _texts(item)
