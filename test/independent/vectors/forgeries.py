"""Forgeries of the sample `signed` by somebody who holds the keys of the log and of the operator: each breaks one rule."""

import copy
import json

from narrowgate_check.texts import digest

from .approval_forgeries import random_signing
from .forge import OPERATOR_TYPE, signing_input, unsigned
from .vary import varied


def leaf_of(draft, kind, place=0):
    return [entry for entry in draft["entries"] if entry["leaf"]["type"] == kind][place]


def _upstream(draft, place=0):
    return [entry for entry in draft["entries"] if entry["leaf"]["type"] == "token" and "agent" not in entry["leaf"]][place]


def reclaim(entry, change):
    """Another token: its claims changed, and what the leaf says of them."""
    proof, body = entry["openings"]["proof"], entry["leaf"]["body"]
    header, claims = unsigned(proof["signing_input"])
    change(claims)
    proof["signing_input"] = signing_input(header, claims)
    body["digest"] = digest(proof["signing_input"].encode("ascii"))
    body["expires_s"], body["jkt"] = claims.get("exp"), claims.get("cnf", {}).get("jkt")
    body["token"], body["epochs"] = digest(str(claims.get("jti")).encode("utf-8")), claims.get("ng", {}).get("epochs")


def _token(change, place=0):
    return lambda forger, draft: reclaim(_upstream(draft, place), change)


def _put(*path):
    *names, last, value = path

    def change(place):
        for name in names:
            place = place[name]
        place[last] = value
    return change


def _both_ceilings(change):
    def forge(_, draft):
        content = _upstream(draft)["openings"]["content"]
        for name in ("actor_ceiling", "client_ceiling"):
            change(content[name])
    return forge


def _leaf(kind, change, place=0):
    return lambda forger, draft: change(leaf_of(draft, kind, place))


def _asked(kind, place=0, header=None, **claims):
    """An operator's request signed anew, with other claims."""
    def forge(forger, draft):
        proof = leaf_of(draft, kind, place)["openings"]["proof"]
        _, own = unsigned(proof["request"])
        kept = {name: value for name, value in {**own, **claims}.items() if value is not None}
        proof["request"] = forger.sign(header or {"alg": "ES256", "typ": OPERATOR_TYPE}, kept)
    return forge


def _stranger(forger, draft):
    proof = leaf_of(draft, "policy")["openings"]["proof"]
    head, payload, _ = proof["request"].split(".")
    proof["request"] = ".".join((head, payload, leaf_of(draft, "operator")["openings"]["proof"]["request"].split(".")[2]))


def _input(place, path, change):
    """An input of a decision, changed; its provenance stays what it claims."""
    def forge(_, draft):
        for item in leaf_of(draft, "decision", place)["openings"]["inputs"]:
            if item["path"] == path:
                item["value"] = change(copy.deepcopy(item["value"]))
    return forge


def _entity(place, kind, name, value):
    def change(entities):
        for entity in entities:
            if entity["uid"]["type"] == kind and entity["attrs"]:
                entity["attrs"][name] = value
        return entities
    return _input(place, "/entities", change)


def _aged(forger, draft):
    """Two minutes pass between the policies and the request for them."""
    leaf_of(draft, "policy")["leaf"]["at"] += 301_000


def _second_effect(_, draft):
    """The token of an agent beside the bytes of a call."""
    _upstream(draft)["leaf"]["body"]["decision"] = leaf_of(draft, "decision", 0)["leaf"]["id"]


def _agents(_, draft):
    other = leaf_of(draft, "token", 0)["leaf"]["agent"]
    _upstream(draft)["leaf"]["agent"] = {"id": other["id"], "prev": digest(b"any"), "seq": other["seq"] + 1}


def _registered(change):
    """The registration of the server says otherwise than the decisions."""
    return lambda _, draft: change(leaf_of(draft, "registry", 0)["openings"]["content"]["document"])


GATE_RULES = [
    ("T-6: reach of two servers", _token(lambda claims: claims["ng"]["reach"].insert(0, claims["iss"] + "/mcp/another"))),
    ("T-6: reach is the upstream itself", _token(lambda claims: claims["ng"].update(reach=[claims["aud"]]))),
    ("T-6: another address", _token(_put("aud", "http://127.0.0.1:9/mcp"))),
    ("T-6: a minute and a second", _token(lambda claims: claims.update(exp=claims["iat"] + 61))),
    ("T-6: another client", _token(_put("client_id", "first"))),
    ("T-6: another outermost actor", _token(_put("act", "sub", "second"))),
    ("T-6: an actor of another issuer", _token(_put("act", "iss", "https://other.example"))),
    ("T-6: no actor", _token(lambda claims: claims.pop("act"))),
    ("T-6: the chain below it dropped", _token(lambda claims: claims["act"].pop("act"), place=1)),
    ("T-6: another instance", _token(_put("ng", "instance", "A" * 22))),
    ("T-6: no parent", _token(lambda claims: claims["ng"].pop("parent"))),
    ("T-6: wider than its ceiling", _token(_put("scope", "guarding:read guarding:write"))),
    ("T-6: a ceiling of another tool", _both_ceilings(lambda ceiling: ceiling["authorization_details"][0].update(tools=["whoami", "zz"]))),
    ("T-6: a ceiling of another class", _both_ceilings(lambda ceiling: ceiling["authorization_details"][0].update(data_class="restricted"))),
    ("T-6: a ceiling of another scope", _both_ceilings(lambda ceiling: ceiling["scope"].append("guarding:write"))),
    ("T-6: a ceiling of two servers", _both_ceilings(lambda ceiling: ceiling["resource"].append("http://localhost/mcp/zz"))),
    ("T-6: the registered address is another", _registered(_put("upstream", "url", "http://127.0.0.1:9/mcp"))),
    ("T-6: a continuation", lambda _, draft: _upstream(draft)["leaf"]["body"].update(mode="continuation")),
    ("T-6: of an agent", _agents),
    ("T-6: from a decision that mints", _second_effect),
]
OPERATOR_RULES = [
    ("E-27: for another instance", _asked("policy", aud="https://elsewhere.example")),
    ("E-27: aud is no URL", _asked("policy", aud="localhost")),
    ("E-27: a further claim", _asked("policy", zz=1)),
    ("E-27: no jti", _asked("policy", jti=None)),
    ("E-27: another type", _asked("policy", header={"alg": "ES256", "typ": "JWT"})),
    ("E-27: a further header member", _asked("policy", header={"alg": "ES256", "typ": OPERATOR_TYPE, "kid": "x"})),
    ("E-27: too early", _asked("policy", iat=1)),
    ("E-27: too late", _asked("policy", iat=2_000_000_000)),
    ("E-27: the leaf is five minutes younger", _aged),
    ("E-27: time as text", _asked("policy", iat="1")),
    ("E-27: a digest of another form", _asked("policy", body_sha256="AAAA")),
    ("E-27: a body of more than 4,096 characters", _asked("policy", path="/" + "a" * 4096)),
    ("E-27: a signature of another request", _stranger),
    ("E-27: no JWS", _leaf("policy", _put("openings", "proof", "request", "signed.by.test"))),
    ("E-27: the leaf names another operator", _leaf("policy", _put("leaf", "body", "operator", "A" * 22))),
    ("E-27: a revocation names another operator", _leaf("revocation", _put("leaf", "body", "operator", "A" * 22))),
    ("E-27: a key under another thumbprint", _leaf("operator", _put("leaf", "body", "jkt", "A" * 43))),
]
DERIVED_RULES = [
    ("E-28: another purpose of the mandate", _input(0, "/context/mandate", lambda value: {**value, "purpose": "another"})),
    ("E-28: another basis", _input(0, "/context/basis", lambda value: "signed_by_subject")),
    ("E-28: another instance", _input(0, "/context/instance", lambda value: "A" * 22)),
    ("E-28: another transaction", _input(0, "/context/txn", lambda value: value.split(".")[0] + "." + "A" * 22)),
    ("E-28: another principal", _input(0, "/principal", lambda value: {**value, "id": "second"})),
    ("E-28: another owner", _entity(0, "Agent", "owner", "other@example.com")),
    ("E-28: another tier", _entity(0, "Agent", "tier", "T1")),
    ("E-28: another purpose of the agent", _entity(0, "Agent", "purpose", "another")),
    ("E-28: another class in the call", _input(1, "/call", lambda value: {**value, "dataClass": "public"})),
    ("E-28: another scope in the call", _input(1, "/call", lambda value: {**value, "scope": ""})),
    ("E-28: another effect", _entity(1, "Tool", "effect", "write")),
    ("E-28: egress", _entity(1, "Tool", "egress", True)),
    ("E-28: an operation that is not registered", _registered(lambda document: document.update(tools=document["tools"][1:]))),
    ("E-28: another class is registered", _registered(lambda document: document["tools"][0].update(dataClass="public"))),
]


def _without(kind, place=0):
    return lambda _, draft: draft["entries"].remove(leaf_of(draft, kind, place))


REFERENCE_RULES = [
    ("E-22: no genesis", _without("genesis")),
    ("E-22: the server is not registered", _without("registry", 0)),
    ("E-22: the agent is not registered", _without("registry", 1)),
    ("E-22: the agent of the second hop is not registered", _without("registry", 2)),
    ("E-22: no policies", _without("policy")),
    ("E-22: no mandate", _without("mandate")),
]
ALL = REFERENCE_RULES + GATE_RULES + OPERATOR_RULES + DERIVED_RULES


def random_change(random, forger, draft):
    """Varies one body, one opening, the claims of one token or one request; says what."""
    entry = random.choice(draft["entries"])
    leaf, opened = entry["leaf"], entry.get("openings", {})
    parts = ["body"] * 2 + sorted(opened) * 3
    part = random.choice(parts)
    where = "leaf %d (%s) %s" % (leaf["writer"]["seq"], leaf["type"], part)
    if part == "body":
        leaf["body"] = varied(random, leaf["body"])
        return "%s: %s" % (where, json.dumps(leaf["body"])[:300])
    if part == "proof" and "signing_input" in opened["proof"]:
        changed = varied(random, unsigned(opened["proof"]["signing_input"])[1])
        reclaim(entry, lambda claims: (claims.clear(), claims.update(changed)))
        return "%s: %s" % (where, json.dumps(changed)[:300])
    if part == "proof" and "request" in opened["proof"]:
        header, claims = unsigned(opened["proof"]["request"])
        claims = varied(random, claims)
        opened["proof"]["request"] = forger.sign(header, claims)
        return "%s: a request of %s" % (where, json.dumps(claims))
    if part == "proof" and "statement" in opened["proof"] and random.random() < 0.7:
        return random_signing(random, forger, entry)
    salt = opened[part].get("salt") if isinstance(opened[part], dict) else None
    opened[part] = varied(random, opened[part])
    if salt is not None and isinstance(opened[part], dict):
        opened[part]["salt"] = salt
    return "%s: %s" % (where, json.dumps(opened[part])[:300])
