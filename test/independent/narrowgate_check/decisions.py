"""What decisions were made on (E-16, E-17, E-19, E-20). Policy itself is not evaluated here: all before it is."""

from .authority import parse as parse_authority
from .constraints import Refusal
from .hops import covers
from .leaves import LeafError, rebuild_request
from .order import equal
from .rules import RULES, check_content, check_rules
from .signatures import verify_jws
from .texts import digest
from .tokens import authority_of, read_proof, split_jws, thumbprint, verify_own_key

_TOKENS = ("token", "subject_token", "actor_token")
_BY_POLICY = ("policy_denied", "approval_required", "policy_context_invalid")
_RECOMPUTED = ("authority_exceeded", "tool_changed", *RULES, *_BY_POLICY, "insufficient_scope")
_USES = ("call", "list", "evaluate")
_AFTER = ("insufficient_scope", "cap_spent")


def check_decisions(entries, findings):
    entries.effects, entries.requests = {}, {}
    for entry in entries.of("token"):
        entries.effects.setdefault(entry.body["decision"], entry)
    for entry in entries.of("decision"):
        where = "decision of leaf %d" % entry.seq
        _check_ground(entries, entry, findings, where)
        try:
            # A refused token may be anything: that may be why it was refused.
            if entry.body["verdict"] == "permit":
                _check_tokens(entries, entry, findings, where)
            _check_proof(entries, entry, findings, where)
            _check_request(entries, entry, findings, where)
        except Refusal as cause:
            findings.fail("E-20" if "dpop" in str(cause) else "E-19", "%s: %s" % (where, cause))


def _check_ground(entries, entry, findings, where):
    """E-16 (1) and E-22: the policy in force, and the agent it was about."""
    policies = [above for above in entries.of("policy") if above.seq < entry.seq]
    if findings.demand(policies, "E-22", where + ": no policy leaf before it"):
        # In production each release has policies of its own; which those are is R-12.
        counted = policies if entries.of("genesis")[0].body["environment"] == "prod" else policies[-1:]
        good = any(one.body["digest"] == entry.body["policy"] for one in counted)
        findings.demand(good, "E-16", where + ": another policy than the one in force")
    if "agent" in entry.leaf:
        entries.demand_registered(entry, "agent", entry.leaf["agent"]["id"], findings)


def _check_tokens(entries, entry, findings, where):
    """E-19: our own tokens among the proofs; assertions of others are not ours to verify."""
    proof, named = entry.opening("proof") or {}, entry.body.get("token")
    for name in _TOKENS:
        if name not in proof:
            continue
        header, claims, signature, message = split_jws(proof[name])
        tok = digest(str(claims.get("jti")).encode("utf-8"))
        leaf = entries.tokens.get(tok)
        if header.get("typ") != "at+jwt" and leaf is None:
            continue
        if not findings.demand(leaf is not None and leaf.seq < entry.seq, "E-19", where + ": a token without a leaf"):
            continue
        findings.demand(leaf.body["digest"] == digest(message), "E-19", where + ": another token than its leaf's")
        key = _key_at(entries, header.get("kid"), entry.seq)
        good = key is not None and verify_jws("ES256", key, signature, message)
        if findings.demand(good, "E-19", where + ": its %s is signed by no key in use" % name):
            findings.line("proven", "%s: the %s is the one of leaf %d" % (where, name, leaf.seq))
        if name == "token" or (name == "subject_token" and "token" not in proof):
            findings.demand(named in (None, tok), "E-19", where + ": it names another token")


def _key_at(entries, kid, seq):
    key = None
    for entry in entries.of("key"):
        body = entry.body
        if entry.seq < seq and body["kid"] == kid and body["purpose"] == "token":
            key = body.get("jwk") if body["action"] == "added" else None
    return key


def _check_proof(entries, entry, findings, where):
    """E-20."""
    opening = entry.opening("proof") or {}
    # A refusal may carry a proof that does not hold: that may be why it was refused.
    if "dpop" not in opening or entry.body["verdict"] != "permit":
        return
    proof, jwk = read_proof(opening["dpop"])
    jkt = thumbprint(jwk)
    findings.demand(verify_own_key(opening["dpop"]), "E-20", where + ": the proof does not verify under its key")
    # The key is that of the token presented at a tool, and at an exchange that of the token which is made.
    holder = entries.effects.get(entry.id) or entries.tokens.get(entry.body.get("token"))
    if entry.body["action"] in _USES:
        holder = entries.tokens.get(entry.body.get("token"))
    if holder is not None and (entry.body["action"] in _USES or entry.id in entries.effects):
        findings.demand(holder.body["jkt"] == jkt, "E-20", where + ": the proof is by another key than the token's")
    for name in ("htm", "htu"):
        findings.demand(proof[name] == opening.get(name), "E-20", "%s: another %s" % (where, name))
    if "token" in opening:
        ath = digest(opening["token"].encode("ascii"))
        findings.demand(proof.get("ath") == ath, "E-20", where + ": the proof is for another token")
    if "use" in entry.body:
        use = digest((jkt + "." + proof["jti"]).encode("utf-8"))
        findings.demand(entry.body["use"] == use, "E-20", where + ": another use is recorded than the proof's")
    _check_body(entry, proof, findings, where)


def _check_body(entry, proof, findings, where):
    request = (entry.opening("content") or {}).get("request")
    body = request.get("body") if isinstance(request, dict) else None
    if "bodySha256" not in proof or not isinstance(body, str):
        findings.line("claimed", where + ": the request, as claimed by the gate")
        return
    if findings.demand(digest(body.encode("utf-8")) == proof["bodySha256"], "E-20", where + ": another body was signed"):
        findings.line("signed", where + ": arguments signed by the agent's key")


def _check_request(entries, entry, findings, where):
    """E-16 as far as it goes without policy, and E-17."""
    code, items = entry.body.get("code"), entry.opening("inputs")
    if code is not None and code not in (*_RECOMPUTED, *_AFTER):
        findings.line("claimed", "%s: refused before policy, %s" % (where, code))
        return
    sealed = "inputs" in entry.leaf.get("sealed", {})
    needs = code in ("tool_changed", *RULES, *_BY_POLICY) or (code is None and entry.body["action"] != "list")
    findings.demand(sealed or not needs, "E-17", where + ": it seals no inputs")
    if code is None and not sealed:
        findings.line("claimed", where + ": a list, filtered by authority")
        return
    if items is None or any("commitment" in item for item in items):
        findings.line("missing", where + ": inputs that are not disclosed")
        return
    try:
        request = rebuild_request(items)
    except LeafError as rule:
        findings.fail(str(rule), where + ": its inputs rebuild no request")
        return
    entries.requests[entry.id] = request
    check_content(entries, entry, request, findings, where)
    exceeded = changed = broken = False
    if "authority" in request and "call" in request:
        exceeded = _exceeds(entries, entry, request, findings, where)
        changed = not exceeded and _pins_differ(request)
        good = (code == "authority_exceeded") == exceeded and (code == "tool_changed") == changed
        if findings.demand(good, "E-16", where + ": its code is not what authority and pins give"):
            findings.line("proven", where + ": authority and pins give the same")
        broken = not exceeded and not changed and not check_rules(entry, request, findings, where)
        if not exceeded and not changed and not broken:
            _check_scope(request, code, findings, where)
    if not exceeded and not changed and not broken:
        findings.line("not recomputed here", where + ": what policy says")


def _exceeds(entries, entry, request, findings, where):
    authority = parse_authority(request["authority"])
    claims = entries.claims.get(entry.body.get("token"))
    if claims is not None:
        good = equal(authority, authority_of(claims))
        findings.demand(good, "E-16", where + ": another authority than its token's")
    call = dict(request["call"])
    arguments = request.get("context", {}).get("args") if isinstance(request.get("context"), dict) else None
    if arguments is not None:
        call["arguments"] = arguments
    if not {"kind", "server", "name", "dataClass"} <= set(call):
        raise Refusal("call", "no call")
    return covers(authority, call)[0] == "outside"


def _check_scope(request, code, findings, where):
    """What policy does not deny is refused when a scope of the call is not held; a cap is the gate's claim."""
    needed = request["call"].get("scope")
    if code == "cap_spent" or (code == "insufficient_scope" and needed is None):
        findings.line("claimed", "%s: refused, %s" % (where, code))
    if needed is None or code in _BY_POLICY:
        return
    lacking = any(token not in request["authority"]["scope"] for token in needed.split(" "))
    findings.demand((code == "insufficient_scope") == lacking, "E-16", where + ": its code is not what the scope gives")


def _pins_differ(request):
    pin = request.get("pin")
    return isinstance(pin, dict) and pin.get("current") != pin.get("approved")
