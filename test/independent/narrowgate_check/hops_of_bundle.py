"""Hops recompute (E-18): every token leaf against its claims, its parent, its ceilings and the chain."""

from .authority import parse as parse_authority
from .canonical import canonical_bytes
from .chains import check_step
from .constraints import Refusal
from .gate_hops import gate_hop_fault
from .hops import check_hop, read_request
from .order import equal, narrower
from .strict_json import JsonError, parse
from .texts import digest, from_base64url
from .tokens import authority_of, check_claims, check_header, is_hand_off, is_upstream

_CONSTANT = ("sub", "sub_profile", "txn")


def check_hops(entries, findings):
    entries.tokens, entries.claims = {}, {}
    for entry in entries.of("token"):
        where = "token of leaf %d" % entry.seq
        if not findings.demand(entry.body["token"] not in entries.tokens, "E-18", where + ": issued twice"):
            continue
        entries.tokens[entry.body["token"]] = entry
        opening = entry.opening("proof")
        if opening is None:
            continue
        try:
            claims = _claims(entry, opening, findings, where)
            entries.claims[entry.body["token"]] = claims
            _check_token(entries, entry, claims, findings, where)
        except (Refusal, JsonError) as cause:
            findings.fail("E-18", "%s: %s" % (where, cause))


def _claims(entry, opening, findings, where):
    text = opening.get("signing_input")
    parts = text.split(".") if isinstance(text, str) else []
    data = [from_base64url(part) for part in parts]
    if len(parts) != 2 or None in data:
        raise Refusal("signing_input", "not two parts of base64url")
    check_header(parse(data[0]))
    claims = parse(data[1])
    check_claims(claims)
    body = entry.body
    agreed = {
        "digest": digest(text.encode("ascii")) == body["digest"],
        "jti": digest(claims["jti"].encode("ascii")) == body["token"],
        "jkt": claims["cnf"]["jkt"] == body["jkt"],
        "exp": claims["exp"] == body["expires_s"],
        "epochs": equal(claims["ng"]["epochs"], body["epochs"]),
        "txn": entry.txn is not None and claims["txn"] == entry.txn["id"],
    }
    for name, holds in agreed.items():
        findings.demand(holds, "E-18", "%s: other %s than its leaf" % (where, name))
    return claims


def _check_token(entries, entry, claims, findings, where):
    content = entry.opening("content")
    parent = None
    _check_decision(entries, entry, claims, findings, where)
    mandate = _mandate(entries, entry, claims, findings, where)
    if entry.body["mode"] == "root":
        findings.demand("parent" not in claims["ng"], "E-18", where + ": a root with a parent")
        chain = check_step(None, claims.get("act"), "rebind") if "act" in claims else None
    else:
        parent = _parent(entries, entry, claims, findings, where)
        if parent is None:
            return
        chain = check_step(parent.get("act"), claims.get("act"), entry.body["mode"])
    findings.demand(chain is None, "E-18", "%s: the chain is %s" % (where, chain))
    if is_upstream(claims):
        fault = gate_hop_fault(entries, entry, parent, claims, content)
        findings.demand(fault is None, "E-18", "%s: %s" % (where, fault))
    else:
        findings.demand("agent" in entry.leaf, "E-18", where + ": it is no agent's")
    ends = [detail["expires"] for detail in claims["authorization_details"] if "expires" in detail]
    findings.demand(claims["exp"] <= min(ends, default=claims["exp"]), "E-18", where + ": it lives longer than what it holds")
    if content is None:
        return
    fault = _hop_fault(entry.body["mode"], parent, claims, content, mandate)
    if findings.demand(fault is None, "E-18", "%s: %s" % (where, fault)):
        findings.line("proven", where + " holds no more than what it was made from")


def _parent(entries, entry, claims, findings, where):
    tok = entry.body["parent"]
    above, parent = entries.tokens.get(tok), entries.claims.get(tok)
    known = above is not None and above.txn is not None and above.txn["id"] == entry.txn["id"]
    if not findings.demand(known, "E-18", where + ": its parent is no earlier token of the transaction"):
        return None
    if parent is None:
        findings.line("missing", where + ": the claims of its parent")
        return None
    link = claims["ng"].get("parent", {})
    good = link.get("jti") == parent["jti"] and link.get("hash") == above.body["digest"]
    findings.demand(good, "T-3", where + ": another parent is named in it")
    findings.demand(claims["exp"] <= parent["exp"], "E-18", where + ": it lives longer than its parent")
    findings.demand(claims["ng"].get("intent") == parent["ng"].get("intent"), "T-7", where + ": another intent than its parent's")
    findings.demand(not is_upstream(parent), "T-6", where + ": made from what opens no door of ours")
    good = all(claims[name] == parent[name] for name in _CONSTANT) and claims["ng"]["mandate"] == parent["ng"]["mandate"]
    findings.demand(good, "E-18", where + ": another subject than its parent's")
    return parent


def _check_decision(entries, entry, claims, findings, where):
    """The decision was about this token: its parent, its mandate, its instance, and the agent it is made for."""
    decision = entries.by_id.get(entry.body["decision"])
    if decision is None or decision.type != "decision":
        return
    findings.demand(decision.body.get("token") == entry.body.get("parent"), "E-18", where + ": decided on another parent")
    for name in ("mandate", "instance"):
        findings.demand(decision.body.get(name, claims["ng"][name]) == claims["ng"][name], "E-18", "%s: decided on another %s" % (where, name))
    agent = entry.leaf.get("agent", {}).get("id")
    known = [above for above in entries.of("registry") if above.body["ref"] == agent and above.seq < entry.seq]
    document = (known[-1].opening("content") or {}).get("document") if known else None
    if isinstance(document, dict) and isinstance(document.get("id"), str) and "ceiling" in document:
        findings.demand(document["id"] == claims["client_id"], "E-18", where + ": it is another agent's")
        _check_ceilings(entry, document["ceiling"], findings, where)


def _check_ceilings(entry, registered, findings, where):
    """Both are what is registered of the agent that asked and will present it."""
    content, ceiling = entry.opening("content"), parse_authority(registered)
    for name in ("actor_ceiling", "client_ceiling") if content is not None else ():
        same = equal(parse_authority(content.get(name)), ceiling)
        findings.demand(same, "E-18", "%s: its %s is not the registered one" % (where, name))


def _mandate(entries, entry, claims, findings, where):
    """The document of the mandate that the token names, where it is opened."""
    opened = [above for above in entries.own if above.type == "mandate" and above.seq < entry.seq and above.body["action"] == "opened"]
    named = [above for above in opened if above.body["mandate"] == claims["ng"]["mandate"]]
    if not findings.demand(named, "E-22", where + ": no mandate of this transaction before it"):
        return None
    findings.demand(named[0].body["basis"] == claims["ng"]["basis"], "E-18", where + ": another basis than its mandate's")
    document = (named[0].opening("content") or {}).get("document")
    if entry.body["mode"] == "root" and isinstance(document, dict):
        _check_root(claims, document, findings, where)
    return document


def _check_root(claims, document, findings, where):
    agent, subject = document["agent"], document["subject"]
    findings.demand(claims["client_id"] == agent, "E-18", where + ": the mandate is another agent's")
    sub = agent if subject == "agent:" + agent else subject
    findings.demand(claims["sub"] == sub, "E-18", where + ": the mandate is another subject's")
    declared = digest(canonical_bytes(document["intent"])) if "intent" in document else None
    findings.demand(claims["ng"].get("intent") == declared, "T-7", where + ": another intent than its mandate's")
    findings.demand(claims["exp"] <= document["expires"], "E-18", where + ": it lives longer than its mandate")


def _parts(value):
    if not isinstance(value, dict):
        raise Refusal("requested", "no parts of an authority")
    return value


def _hop_fault(mode, parent, claims, content, mandate):
    """None, or what is wrong; raises Refusal for authorities that are none."""
    granted = parse_authority(content.get("granted"))
    ceilings = [parse_authority(content.get(name)) for name in ("actor_ceiling", "client_ceiling")]
    requested = read_request(_parts(content.get("requested", {})))
    if not equal(granted, authority_of(claims)):
        return "it carries another authority than was granted"
    if mode == "root":
        bounds = list(zip(("ceiling of the actor", "ceiling of the client"), ceilings))
        if isinstance(mandate, dict) and "authority" in mandate:
            bounds.insert(0, ("mandate", parse_authority(mandate["authority"])))
        bounds.append(("request", {**granted, **requested}))
        for name, bound in bounds:
            if narrower(bound, granted)[0] == "wider":
                return "wider than the " + name
        return None
    target = None if is_hand_off(claims) or is_upstream(claims) else claims["aud"]
    answer = check_hop(authority_of(parent), *ceilings, mode, granted, requested, target, claims["iat"])
    return None if answer[0] == "granted" else "exceeds %s in %s" % (answer[1]["bound"], answer[1]["dimension"])
