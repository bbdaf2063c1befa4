"""Approvals in a bundle: what was asked, what was signed, and the calls that rest on it (evidence.md E-31)."""

from .approval import action_digest, check_action, check_ceremony, read_statement, render, rendered_digest
from . import declassified
from .canonical import canonical
from .constraints import Refusal
from .labels import is_label, join
from .registered import agent_documents_before

_SIGNED = ("statement", "client_data", "authenticator_data", "signature")
_SAID = {"approved": "approve", "refused": "refuse"}


def check_approvals(entries, findings, trust):
    check = _Approvals(entries, findings, (trust or {}).get("approvals"))
    for entry in entries.of("approval"):
        try:
            check.leaf(entry)
        except Refusal as cause:
            findings.fail("E-31", "approval of leaf %d: %s" % (entry.seq, cause))
    taken = set()
    for entry in entries.of("decision"):
        request = entries.requests.get(entry.id)
        if request is not None:
            _check_call(entries, entry, request, check, taken, findings)
    return check


def _demand(holds, why):
    if not holds:
        raise Refusal("E-31", why)


class _Approvals:
    def __init__(self, entries, findings, place):
        self.entries, self.findings, self.place = entries, findings, place
        self.requested, self.ended, self.given = {}, {}, {}

    def leaf(self, entry):
        body = entry.body
        if body["action"] == "requested":
            self._request(entry)
            return
        if body["action"] in _SAID:
            try:
                self._answer(entry)
            finally:
                if body["action"] == "refused":
                    self.ended.setdefault(body["approval"], entry.seq)
            return
        self.ended.setdefault(body["approval"], entry.seq)

    def _request(self, entry):
        body = entry.body
        if body["kind"] == "declassify":
            self._request_to_declassify(entry)
        if body["kind"] == "call":
            asked = self.entries.by_id.get(body["decision"])
            known = asked is not None and asked.type == "decision" and asked.seq < entry.seq
            same = known and (asked.txn or {}).get("id") == (entry.txn or {}).get("id")
            _demand(same and asked.body.get("code") == "approval_required", "no decision before it asked")
            requires = (asked.opening("content") or {}).get("requires")
            _demand(requires is None or requires == body["requires"], "it asks for other signatures than the decision")
        _demand(body["approval"] not in self.requested, "it was asked for before")
        self.requested[body["approval"]] = entry

    def _request_to_declassify(self, entry):
        call = self.entries.by_id.get(entry.body["decision"])
        known = call is not None and call.type == "decision" and call.seq < entry.seq and call.txn is not None
        good = known and call.txn["id"] == (entry.txn or {}).get("id")
        _demand(good and (call.body["action"], call.body["verdict"]) == ("call", "permit"), "it names no call that was answered")
        asked = (entry.opening("content") or {}).get("action")
        if asked is not None:
            declassified.check(asked)
            _demand(declassified.requires(asked) == entry.body["requires"], "it asks for other signatures than it takes")

    def _answer(self, entry):
        body = entry.body
        requested = self.requested.get(body["approval"])
        _demand(requested is not None, "nobody asked for it")
        _demand(body["approval"] not in self.ended, "the request had ended")
        _demand("proof" in entry.leaf.get("sealed", {}), "nothing that was signed is kept")
        _demand(all(requested.body[name] == body[name] for name in ("digest", "kind")), "it is about another action")
        _demand(body["kind"] != "token", "nobody can sign for a token")
        requirement = "%s#%d" % (body["role"], body["slot"])
        _demand(requirement in requested.body["requires"], "nobody asked for this role")
        action = (requested.opening("content") or {}).get("action")
        if action is not None:
            named = declassified.digest_of(action) if body["kind"] == "declassify" else action_digest(action)
            _demand(named == body["digest"], "the action is not the one on record")
        if body["action"] == "approved":
            self.given[entry.id] = (entry, requested, action, requirement)
        passkey = self._passkey(entry)
        _demand(body["role"] in self._roles(entry), "the person did not have that role")
        self._signature(entry, requested, action, passkey)

    def _of_person(self, entry):
        return [one for one in self.entries.of("person") if one.body["person"] == entry.body["person"] and one.seq < entry.seq]

    def _passkey(self, entry):
        about = [one for one in self._of_person(entry)
                 if one.body["action"] == "removed" or one.body.get("credential") == entry.body["credential"]]
        _demand(about and about[-1].body["action"] == "credential_added", "its passkey was not enrolled for that person")
        return about[-1]

    def _roles(self, entry):
        said = [one.body["roles"] for one in self._of_person(entry) if "roles" in one.body]
        return said[-1] if said else []

    def _signature(self, entry, requested, action, passkey):
        where = "approval of leaf %d" % entry.seq
        proof, jwk = entry.opening("proof"), (passkey.opening("content") or {}).get("jwk")
        if proof is not None and self.place is not None:
            _demand(set(proof) == {"salt", *_SIGNED}, "other members were signed")
        if proof is None or jwk is None or self.place is None:
            if proof is not None and self.place is not None:
                self._about(entry, requested, read_statement(proof["statement"]))
            self.findings.line("claimed", where + ": its signature could not be checked")
            return
        statement = check_ceremony(proof, jwk, self.place["origin"], self.place["rp_id"], entry.leaf["at"])
        self._about(entry, requested, statement)
        self._shown(requested, action, statement)
        virtual = passkey.body["authenticator"] == "virtual"
        self.findings.line("signed", where + " by a passkey" + (" (virtual authenticator)" if virtual else ""))

    def _about(self, entry, requested, statement):
        """P-10."""
        body = entry.body
        said = "declassify" if (body["kind"], body["action"]) == ("declassify", "approved") else _SAID[body["action"]]
        known = {"kind": said, "id": body["approval"], "action": body["digest"], "txn": (entry.txn or {}).get("id"),
                 "role": body["role"], "slot": body["slot"], "not_after": requested.body["not_after"]}
        for name, value in known.items():
            _demand(statement[name] == value, "what was signed has another " + name)
        asked = self.entries.by_id.get(requested.body["decision"])
        if asked is None or asked.type != "decision":
            return
        _demand(statement["policy"] == asked.body["policy"], "what was signed names other policies")
        if body["kind"] == "declassify":
            action = (requested.opening("content") or {}).get("action")
            _demand(action is None or action["from"] == statement["labels"], "what was signed says that something else is carried")
            return
        read = [item["value"] for item in asked.opening("inputs") or []
                if item.get("path") in ("/labels/instance", "/labels/transaction")]
        if len(read) == 2:
            good = all(map(is_label, read)) and join(*read) == statement["labels"]
            _demand(good, "what was signed says that something else was read")

    def _shown(self, requested, action, statement):
        """P-4 and P-9, as far as it is disclosed."""
        rendered = (requested.opening("content") or {}).get("rendered")
        asked = self.entries.by_id.get(requested.body["decision"])
        reason = (asked.opening("content") or {}).get("reason") if asked is not None else None
        free = requested.body["kind"] == "declassify"
        if action is not None and (free or isinstance(reason, str)):
            expected = declassified.render(action) if free else render(action, statement["labels"], reason)
            _demand(rendered is None or canonical(rendered) == canonical(expected), "what was shown is not the action")
            _demand(rendered_digest(expected) == statement["rendered"], "what was shown is not what was signed")
        if rendered is not None:
            _demand(rendered_digest(rendered) == statement["rendered"], "what was shown is not what was signed")


def _check_call(entries, entry, request, check, taken, findings):
    listed, known = request.get("approvals") or [], request.get("context", {}).get("approvals") or []
    where = "leaf %d: " % entry.seq
    if entry.body["action"] == "call":
        named = sorted(str(one.get("requirement")) for one in listed)
        findings.demand(named == known, "E-31", where + "/context/approvals is not what /approvals names")
    signers = set()
    for one in listed:
        given = check.given.get(one.get("entry"))
        fault = "no approval was given before" if given is None or given[0].seq >= entry.seq else _fault(
            entries, entry, request, check, given, one.get("requirement"))
        findings.demand(fault is None, "E-31", where + str(fault))
        if given is None:
            continue
        again = given[0].id in taken and entry.body["verdict"] == "permit"
        findings.demand(not again, "E-31", where + "the approval was used before")
        if entry.body["verdict"] == "permit":
            taken.add(given[0].id)
        signer = (given[0].body["person"], given[0].body["role"])
        findings.demand(signer not in signers, "E-31", where + "one person signed twice in a role")
        signers.add(signer)


def _fault(entries, entry, request, check, given, requirement):
    approved, requested, action, signed_for = given
    if requested.body["kind"] != "call":
        return "the approval is not for a call"
    if signed_for != requirement:
        return "the approval is for another role"
    ended = check.ended.get(approved.body["approval"], entry.seq) < entry.seq
    if ended or requested.body["not_after"] < entry.leaf["at"]:
        return "the approval had ended"
    if action is not None:
        other = _other(action, entry, request)
        if other is not None:
            return "the approval is for another call: its %s differs" % other
    return barred(entries, entry, request, approved)


def _other(action, entry, request):
    """P-1: the first member in which the action is not this call, or None."""
    check_action(action)
    context, call, entity = request["context"], request.get("call", {}), _entity(request, "resource")
    known = {"txn": (entry.txn or {}).get("id"), "mandate": entry.body.get("mandate"), "subject": context.get("subject", {}).get("id"),
             "agent": request["principal"].get("id"), "server": call.get("server"), "kind": call.get("kind"), "name": call.get("name"),
             "arguments": context.get("args", {}), "pin": request.get("pin", {}).get("approved"), "data_class": call.get("dataClass"),
             "effect": entity.get("effect"), "egress": entity.get("egress")}
    for name, value in known.items():
        if canonical(action[name]) != canonical(value):
            return name
    same = sorted(set(action["actors"])) == context.get("actors") and action["actors"][0] == context.get("actor_root")
    return None if same else "actors"


def _entity(request, who):
    uid = canonical(request.get(who))
    for one in request.get("entities") or []:
        if isinstance(one, dict) and canonical(one.get("uid")) == uid:
            return one.get("attrs") or {}
    return {}


def barred(entries, entry, request, approved):
    """Why who signed must not sign about a call, or None."""
    names = [request["context"].get("subject", {}).get("id"), _entity(request, "principal").get("owner")]
    for document in agent_documents_before(entries, entry)[-1:]:
        names += [document.get("owner"), document.get("deputy")]
    own = [approved.body["person"]]
    for one in entries.of("person"):
        if one.body["person"] == approved.body["person"] and one.seq < approved.seq:
            content = one.opening("content") or {}
            identities = content.get("identities")
            own += [content.get("name"), *(identities if isinstance(identities, list) else [identities])]
    plain = {_plain(name) for name in own if isinstance(name, str)}
    # Who consented on the gate's own page is the subject by her ref there.
    hers = "#" + approved.body["person"]
    clash = any(isinstance(name, str) and (_plain(name) in plain or name.endswith(hers)) for name in names)
    return "who asks, or answers for the agent, approved it" if clash else None


def _plain(name):
    bare = name.strip().lower()
    return bare[len("mailto:"):] if bare.startswith("mailto:") else bare
