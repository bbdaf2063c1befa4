"""Which policies decided under which release (release.md R-12)."""

import re

from .annotations import texts_of
from .texts import digest

# The scope of a policy begins with what it says of the principal; comments and strings stand in no other way before it.
_PRINCIPAL = re.compile(r'(?:permit|forbid)\s*\(\s*principal\b\s*(is\s+(?P<type>[\w:]+)\s*)?(?P<op>==|in)?\s*((?P<of>[\w:]+)::"(?P<id>(?:[^"\\]|\\.)*)")?')
_COMMENT = re.compile(r'//[^\n]*|("(?:[^"\\]|\\.)*")')


def check_released_policies(entries, findings, active):
    """`active` are the records of the releases that were in force, by deployment digest."""
    for record in active.values():
        _check_closure(entries, findings, record)
    for entry in entries.of("decision"):
        claims = entries.claims.get(_token_of(entries, entry))
        record = active.get(((claims or {}).get("ng") or {}).get("release")) or {}
        deployment = record.get("deployment")
        good = deployment is None or deployment["policy"] == entry.body["policy"]
        findings.demand(good, "R-12", "decision of leaf %d: other policies than those of its release" % entry.seq)


def _token_of(entries, entry):
    """The token a decision was asked with, or led to."""
    if entry.body["action"] in ("mint", "exchange"):
        made = [token for token in entries.of("token") if token.body["decision"] == entry.id]
        return made[0].body["token"] if made else None
    decided = entry.body["verdict"] == "permit" or "inputs" in entry.leaf.get("sealed", {})
    return entry.body.get("token") if decided else None


def _check_closure(entries, findings, record):
    manifest, deployment = record["manifest"], record["deployment"]
    if manifest is None or deployment is None:
        return
    for leaf in entries.of("policy"):
        bundle = (leaf.opening("content") or {}).get("bundle")
        if leaf.body["digest"] != deployment["policy"] or bundle is None:
            continue
        can = {digest(text.encode("utf-8")) for text in texts_of(bundle) if _can_apply(text, manifest["agent"]["id"])}
        good = sorted(can) == manifest["policies"]
        findings.demand(good, "R-12", "release of leaf %d: other policies than those in its manifest" % record["entry"].seq)


def _can_apply(text, agent):
    """All but those whose scope names another principal; an agent is in no group."""
    found = _PRINCIPAL.search(_COMMENT.sub(lambda one: one.group(1) or " ", text))
    if found is None:
        return True
    if found.group("type") not in (None, "Agent"):
        return False
    if found.group("of") is None:
        return True
    return (found.group("of"), found.group("id")) == ("Agent", agent)
