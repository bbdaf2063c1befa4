"""Forgeries of the sample `approved`, and of labels in `signed`, by somebody who also holds the passkey: each breaks one rule."""

import copy
import json

from narrowgate_check.approval import challenge
from narrowgate_check.canonical import canonical, canonical_bytes
from narrowgate_check.texts import digest, from_base64url, sha256, to_base64url

from .vary import varied


def leaves_of(draft, type_, **body):
    return [entry for entry in draft["entries"] if entry["leaf"]["type"] == type_
            and all(entry["leaf"]["body"].get(name) == value for name, value in body.items())]


def _answer(draft):
    return leaves_of(draft, "approval", action="approved")[0]


def _request(draft):
    return leaves_of(draft, "approval", action="requested")[0]


def resign(forger, entry, statement=None, client=None, flags=None, rp=None, key=None):
    """What the passkey signs, changed and signed anew."""
    proof = entry["openings"]["proof"]
    said, data = json.loads(proof["statement"]), json.loads(from_base64url(proof["client_data"]))
    authenticator = bytearray(from_base64url(proof["authenticator_data"]))
    if statement is not None:
        said = statement(said) or said
        proof["statement"] = canonical(said)
        data["challenge"] = challenge(proof["statement"])
    if client is not None:
        data = client(data) or data
    if flags is not None:
        authenticator[32] = flags
    if rp is not None:
        authenticator[:32] = sha256(rp.encode("utf-8"))
    seen = canonical_bytes(data)
    proof["client_data"], proof["authenticator_data"] = to_base64url(seen), to_base64url(bytes(authenticator))
    proof["signature"] = to_base64url(forger.assert_with(key or forger.passkey, bytes(authenticator) + sha256(seen)))


def _signed(**change):
    return lambda forger, draft: resign(forger, _answer(draft), **change)


def _says(**members):
    return _signed(statement=lambda said: {**said, **members})


def _client(**members):
    return _signed(client=lambda data: {**data, **members})


def _on(find, change):
    return lambda _, draft: change(find(draft))


def _body(find, **members):
    return _on(find, lambda entry: entry["leaf"]["body"].update(members))


def _content(find, **members):
    return _on(find, lambda entry: entry["openings"]["content"].update(members))


def _kind(type_, place=0, **body):
    return lambda draft: leaves_of(draft, type_, **body)[place]


def _call(place):
    """Decisions on calls, in order; 3 of the sample `approved` is the one that a person approved."""
    return _kind("decision", place, action="call")


def _input(find, path, **members):
    def change(entry):
        for item in entry["openings"].get("inputs", []):
            if item["path"] == path:
                item.update(copy.deepcopy(members))
    return _on(find, change)


def _without_input(find, path):
    def change(entry):
        entry["openings"]["inputs"] = [item for item in entry["openings"]["inputs"] if item["path"] != path]
    return _on(find, change)


def _everywhere(tier=None, effect=None):
    """The registrations say so, and every decision knows it."""
    def forge(_, draft):
        for entry in leaves_of(draft, "registry"):
            document = entry["openings"]["content"]["document"]
            if tier is not None and "tier" in document:
                document["tier"] = tier
            for tool in document.get("tools", []) if effect is not None else []:
                tool["effect"] = effect
        for entry in leaves_of(draft, "decision"):
            for item in entry["openings"].get("inputs", []):
                for entity in item["value"] if item["path"] == "/entities" else []:
                    if tier is not None and "tier" in entity["attrs"]:
                        entity["attrs"]["tier"] = tier
                    if effect is not None and "effect" in entity["attrs"]:
                        entity["attrs"]["effect"] = effect
    return forge


def _intent(_, draft):
    """The mandate declares another tool, and every decision knows it."""
    mandate = leaves_of(draft, "mandate")[0]
    document = mandate["openings"]["content"]["document"]
    document["intent"] = {"tools": ["files/other"]}
    mandate["leaf"]["body"]["digest"] = digest(canonical_bytes(document))
    for entry in leaves_of(draft, "decision"):
        for item in entry["openings"].get("inputs", []):
            if item["path"] == "/context/intent":
                item["value"] = {"case": "", "declared": True, "resources": [], "tools": ["files/other"]}


def _other_bytes(_, draft):
    entry = leaves_of(draft, "dispatch")[0]
    content = entry["openings"]["content"]
    message = json.loads(from_base64url(content["bytes"]))
    message["params"]["arguments"]["path"] = "/tickets/8"
    content["bytes"] = to_base64url(canonical_bytes(message))
    entry["leaf"]["body"]["digest"] = digest(from_base64url(content["bytes_salt"]) + canonical_bytes(message))


def _late(_, draft):
    """The answer is signed when it is too late; what follows is as late."""
    end = _request(draft)["leaf"]["body"]["not_after"]
    _answer(draft)["leaf"]["at"] = end


def _forget(entry):
    """The leaf seals a name, and nothing that was signed."""
    entry["openings"] = {"content": {"salt": "A" * 22, "name": "Vera"}}
    entry["leaf"]["sealed"] = {}


def _files(change):
    def forge(_, draft):
        for entry in leaves_of(draft, "registry", kind="server"):
            change(entry["openings"]["content"]["document"])
    return forge


def _agent(**members):
    def forge(_, draft):
        for entry in leaves_of(draft, "registry", kind="agent"):
            entry["openings"]["content"]["document"].update(members)
    return forge


_PERSON, _PASSKEY = _kind("person", action="enrolled"), _kind("person", action="credential_added")
_OTHER, _LOW = "A" * 43, {"class": "public", "untrusted": False}
_TAKEN = {"entry": "A" * 22, "requirement": "approver#1"}
def _rule(**members):
    """The only rule of the mapping says something else."""
    def forge(_, draft):
        settings = next(entry for entry in leaves_of(draft, "registry") if entry["leaf"]["body"]["kind"] == "settings")
        settings["openings"]["content"]["document"]["entitlements"][0].update(members)
    return forge


def _groups(groups):
    """The mandate's record has other groups than its person's issuer signed, and so has every decision."""
    def forge(_, draft):
        leaves_of(draft, "mandate")[0]["openings"]["content"]["groups"] = groups
        for entry in leaves_of(draft, "decision"):
            for item in entry["openings"].get("inputs", []):
                if item["path"] == "/context/entitlements":
                    item["value"] = {"groups": groups}
    return forge


def _mapping(_, draft):
    leaves_of(draft, "mandate")[0]["openings"]["content"]["entitlements"] = leaves_of(draft, "registry")[0]["leaf"]["id"]


APPROVED = [
    ("E-36: nobody of her groups may", _rule(group="managers")),
    ("E-36: the group of another issuer", _rule(issuer="https://other.example")),
    ("E-36: her group may do less", _rule(authority={"authorization_details": [], "resource": [], "scope": ["files:read"]})),
    ("E-36: groups nobody stated", _groups(["admins", "staff"])),
    ("E-36: another registration than the mapping", _mapping),
    ("E-31/P-2: a statement of another version", _says(v=2)),
    ("E-31/P-2: a member more", _says(zz=1)),
    ("E-31/P-10: a refusal as approval", _says(kind="refuse")),
    ("E-31/P-10: a release as approval", _says(kind="release")),
    ("E-31/P-10: another approval", _says(id="A" * 22)),
    ("E-31/P-10: another action", _says(action=_OTHER)),
    ("E-31/P-10: another transaction", _signed(statement=lambda said: {**said, "txn": said["txn"].split(".")[0] + "." + "A" * 22})),
    ("E-31/P-10: another role", _says(role="security")),
    ("E-31/P-10: another slot", _says(slot=2)),
    ("E-31/P-10: another end", _signed(statement=lambda said: {**said, "not_after": said["not_after"] + 1})),
    ("E-31/P-10: other policies", _says(policy=_OTHER)),
    ("E-31/P-10: less was read", _says(labels={"class": "restricted", "untrusted": True})),
    ("E-31/P-4: something else was shown", _says(rendered=_OTHER)),
    ("E-31/P-9: rows that nobody was shown", _content(_request, rendered=[{"label": "Agent", "value": "x"}])),
    ("E-31/P-9: another reason", _content(_call(2), reason="no reason")),
    ("E-31/P-3: the challenge of a sign-in", _client(challenge=_OTHER)),
    ("E-31/P-5: a registration", _client(type="webauthn.create")),
    ("E-31/P-5: another origin", _client(origin="https://evil.example")),
    ("E-31/P-5: inside another page", _client(crossOrigin=True)),
    ("E-31/P-5: a topOrigin", _client(topOrigin="https://approve.example")),
    ("E-31/P-6: another relying party", _signed(rp="evil.example")),
    ("E-31/P-6: not verified", _signed(flags=1)),
    ("E-31/P-6: nobody present", _signed(flags=4)),
    ("E-31/P-7: another key", lambda forger, draft: resign(forger, _answer(draft), key=forger.operator)),
    ("E-31/P-7: a credential that nobody added", _body(_PASSKEY, credential=_OTHER)),
    ("E-31/P-7: the passkey of somebody else", _body(_PASSKEY, person="A" * 22)),
    ("E-31/P-8: signed at its end", _late),
    ("E-31: a role she does not have", _body(_PERSON, roles=["auditor"])),
    ("E-31: the subject", _content(_PERSON, name="ana")),
    ("E-31: an account of the subject", _content(_PERSON, identities=["mailto:ANA"])),
    ("E-31: the deputy", _agent(deputy=" vera")),
    ("E-31: nothing signed is kept", _on(_answer, _forget)),
    ("E-22: nobody asked", lambda _, draft: draft["entries"].remove(_request(draft))),
    ("E-31: it ended before the call", _body(_request, not_after=1)),
    ("E-31: asked by another refusal", lambda _, draft: _request(draft)["leaf"]["body"].update(decision=_call(4)(draft)["leaf"]["id"])),
    ("E-31: asked by no decision", _body(_request, decision="A" * 22)),
    ("E-31: more signatures than required", _body(_request, requires=["approver#1", "approver#2"])),
    ("E-31: of another kind", _body(_answer, kind="token")),
    ("E-31: another digest", _body(_answer, digest=_OTHER)),
    ("E-31: another action than its digest", _on(_request, lambda entry: entry["openings"]["content"]["action"].update(egress=True))),
    ("E-31: other arguments", _input(_call(3), "/context/args", value={"path": "/tickets/vip/2"})),
    ("E-31: another pin", lambda _, draft: [_input(_call(3), "/pin/" + name, value=_OTHER)(_, draft) for name in ("approved", "current")]),
    ("E-31: another chain", _input(_call(3), "/context/actors", value=["orchestrator", "triage"])),
    ("E-31: another root", _input(_call(3), "/context/actor_root", value="orchestrator")),
    ("E-31: no such approval", _input(_call(3), "/approvals", value=[_TAKEN])),
    ("E-31: a requirement nobody signed", _input(_call(3), "/approvals", value=[{**_TAKEN, "requirement": "security#1"}])),
    ("E-31: named nowhere", _without_input(_call(3), "/approvals")),
    ("E-31: counted twice", _on(_call(3), lambda entry: [item["value"].append(item["value"][0]) for item in entry["openings"]["inputs"] if item["path"] == "/approvals"])),
    ("E-31: other signatures than policy asks for", _content(_call(2), requires=["approver#2"])),
    ("E-31: an approval of a denial", _content(_call(4), requires=["approver#1"])),
    ("E-31: a denial that asks for nothing", _on(_call(2), lambda entry: entry["openings"]["content"].pop("requires"))),
    ("E-32: obligations that no policy has", _content(_call(0), obligations={"cap_rows": 5})),
    ("E-32: obligations of a refusal", _content(_call(4), obligations={"capture": "full"})),
    ("E-11: other bytes were sent", _other_bytes),
    ("E-16: what is not read, by T1", _everywhere(effect="write")),
    ("E-34: irreversible by T3, and nobody asked", _everywhere(tier="T3", effect="irreversible")),
    ("E-16: outside the intent", _intent),
    ("T-7: the token does not carry the intent", _intent),
    ("E-28: an intent that nobody declared", _input(_call(0), "/context/intent", value={"case": "7", "declared": True, "resources": [], "tools": []})),
    ("E-28: groups that nobody has", _input(_call(0), "/context/entitlements", value={"groups": ["payers"]})),
    ("E-29: a label on the word of the gate", _input(_call(0), "/labels/instance", **{"from": {"by": "gate"}})),
    ("E-29: a label higher than its leaf", _input(_call(0), "/labels/transaction", value={"class": "internal", "untrusted": False})),
    ("E-29: another join", _input(_call(0), "/context/labels", value={"data_class": "internal", "rank": 1, "untrusted": False})),
    ("E-29: no label of the answer", _without_input(_call(0), "/labels/declared")),
    ("E-29: no label of the transaction, at a mint", _without_input(_kind("decision", 0, action="mint"), "/labels/transaction")),
    ("E-29: content of strangers taken as our own", _files(lambda document: document["tools"][0].pop("untrusted"))),
    ("E-29: a store that it did not know", _files(lambda document: document.update(store={"dataClass": "public", "untrusted": False}))),
    ("E-30: fewer calls", _input(_call(1), "/context/spent", value={"amount": 0, "calls": 0, "rows": 0})),
    ("E-30: another amount", _input(_call(1), "/context/spent", value={"amount": 1, "calls": 1, "rows": 0})),
    ("E-30: rows of nothing", _input(_call(1), "/context/spent", value={"amount": 0, "calls": 1, "rows": 1})),
    ("E-30: no sums", _without_input(_call(1), "/context/spent")),
    ("E-30: rows that came back", _body(_kind("outcome", 0), rows=3)),
]


def _label(state, **members):
    return _on(_kind("label", 0, state=state), lambda entry: entry["leaf"]["body"].update(members))


def _drop(state):
    return lambda _, draft: draft["entries"].remove(leaves_of(draft, "label", state=state)[0])


LABELS = [
    ("E-29: a transaction that carries less than it was shown", _label("transaction", **_LOW)),
    ("E-29: an instance that carries less than it was shown", _label("instance", **_LOW)),
    ("E-29: more than it was shown", _label("instance", **{"class": "restricted", "untrusted": True})),
    ("E-29: because of nothing", _label("instance", because="A" * 22)),
    ("E-29: of another instance", _label("instance", ref="A" * 22)),
    ("E-22: no leaf says what the instance was shown", _drop("instance")),
    ("E-29: an answer of another class", _files(lambda document: document["tools"][0].update(dataClass="public"))),
]


def random_signing(random, forger, entry):
    """Varies what the passkey signs, and signs it; says what."""
    if random.random() < 0.5:
        resign(forger, entry, client=lambda data: varied(random, data))
    else:
        resign(forger, entry, statement=lambda said: varied(random, said))
    return "leaf %d signs %s" % (entry["leaf"]["writer"]["seq"], entry["openings"]["proof"]["statement"][:300])
