"""Releases in a bundle: what was proposed, who signed it, what came into force (release.md R-6 to R-10, R-20 to R-25)."""

import hashlib

from . import signatures
from .approval import check_ceremony
from .canonical import canonical
from .checkpoints import NoteError, VerifierKey
from .constraints import Refusal
from .released_policies import check_released_policies
from .release_documents import (MAX_GLASS_S, REVIEW_ROLES, ROLES, deployment_digest, diff_digest, document_digest, pre_auth, read_certificate,
                                glass_challenge, read_glass_review, read_glass_statement,
                                read_release_statement, release_challenge, release_digest)
from .strict_json import is_int

_SAME = ("proposal", "release", "deployment", "profile", "readiness")
# Controls about the release itself: the gate holds what they ask, and so do the rules here.
_HELD = ("IDN-03", "POL-03", "REL-01", "REL-03", "REL-04")
_SIGNING_MS = 3600 * 1000
_SAID_OF_GLASS = {"glass_signed": "break_glass", "glass_refused": "refuse_glass"}
_SAID = {"signed": "sign_release", "refused": "refuse_release"}


def check_releases(entries, findings, trust):
    check = _Releases(entries, findings, trust)
    for entry in entries.of("assurance"):
        document = (entry.opening("content") or {}).get("document")
        good = document is None or document_digest(entry.body["kind"], document) == entry.body["digest"]
        findings.demand(good, "R-6", "leaf %d: another document than it names" % entry.seq)
    for entry in entries.of("release"):
        try:
            check.leaf(entry)
        except Refusal as cause:
            findings.fail(check.rule, "release of leaf %d: %s" % (entry.seq, cause))
    _check_production(entries, findings, check.active)


def standing(entries, agent, above):
    """(leaves, active, canary): R-9, from the newest activation of an agent before a place in the log."""
    own = [one for one in entries.of("release") if one.seq < above and one.leaf.get("agent", {}).get("id") == agent
           and one.body["action"] in ("activated", "canary", "deactivated")]
    starts = [index for index, one in enumerate(own) if one.body["action"] == "activated"]
    if not starts:
        return [], None, None
    leaves = own[starts[-1]:]
    active, canary = leaves[0], None
    for one in leaves[1:]:
        if one.body["action"] == "canary":
            canary = one
        elif canary is not None and one.body["proposal"] == canary.body["proposal"]:
            canary = None
        elif active is not None and one.body["proposal"] == active.body["proposal"]:
            active = None
    return leaves, active, canary


def is_drawn(deployment, mandate, share):
    drawn = hashlib.sha256(("narrowgate/canary/v1\n%s\n%s" % (deployment, mandate)).encode("utf-8")).digest()
    return int.from_bytes(drawn[:4], "big") * 100 < share * 2 ** 32


def standing_glass(entries, token):
    """The leaf that let an agent through without a release, under a deployment that its token names, or None."""
    names = {name for name, _ in token.body["epochs"]}
    found = [one for one in entries.of("release") if one.seq < token.seq and one.body["action"] == "glass_opened"
             and one.leaf.get("agent", {}).get("id") == token.leaf["agent"]["id"] and "release:" + one.body["deployment"] in names]
    return found[-1] if found else None


class _Releases:
    def __init__(self, entries, findings, trust):
        self.entries, self.findings = entries, findings
        self.place = (trust or {}).get("approvals")
        self.key = next((log["key"] for log in (trust or {}).get("logs", []) if log["origin"] == entries.origin), entries.claimed_log_key())
        self.records, self.active, self.rule = {}, {}, "R-7"

    def _demand(self, holds, why):
        if not holds:
            raise Refusal(self.rule, why)

    def leaf(self, entry):
        action = entry.body["action"]
        self.rule = {"proposed": "R-6", "activated": "R-8", "canary": "R-8", "glass_asked": "R-22"}.get(action, "R-23" if action.startswith("glass_") else "R-7")
        if action in ("proposed", "glass_asked"):
            self._propose(entry)
            return
        record = self.records.get(entry.body["proposal"])
        self._demand(record is not None, "nobody proposed it")
        same = all(entry.body[name] == record["entry"].body[name] for name in _SAME)
        self._demand(same, "it names another release than was proposed")
        is_glass = record["entry"].body["action"] == "glass_asked"
        self.rule = "R-22" if is_glass != action.startswith("glass_") else self.rule
        self._demand(is_glass == action.startswith("glass_"), "a break-glass is no release, nor the other way round")
        if is_glass:
            self._glass(entry, record)
            return
        if action in _SAID:
            self._answer(entry, record)
        elif action in ("activated", "canary"):
            self._activate(entry, record)
        record["ended"] = record["ended"] or action in ("refused", "withdrawn")

    def _propose(self, entry):
        body, content = entry.body, entry.opening("content") or {}
        self._demand(body["proposal"] not in self.records, "it was proposed before")
        manifest, deployment, diff = (content.get(name) for name in ("manifest", "deployment", "diff"))
        asked = body["action"] == "glass_asked"
        self._demand(not asked or body["not_after"] <= entry.leaf["at"] + _SIGNING_MS, "more than an hour to sign it")
        self._demand(not asked or not content or is_int(content.get("seconds"), 1, MAX_GLASS_S), "asked for longer than four hours")
        self._demand(manifest is None or release_digest(manifest) == body["release"], "another manifest")
        if deployment is not None:
            self._demand(deployment_digest(deployment) == body["deployment"] and deployment["release"] == body["release"], "another deployment")
            self._demand(deployment.get("glass") == (body["proposal"] if asked else None), "a break-glass that is a release")
            here = (self.entries.of("genesis")[0].body["environment"], self.entries.origin.split("/log/")[0])
            self._demand((deployment["environment"], deployment["issuer"].split("://")[-1]) == here, "a deployment of another instance")
        evaluation = self.entries.by_id.get(body["readiness"])
        known = evaluation is not None and evaluation.type == "assurance" and evaluation.seq < entry.seq
        self._demand(known and evaluation.body["kind"] == "evaluation", "no evaluation before it")
        found = (evaluation.opening("content") or {}).get("document")
        good = found is None or (found["release"], found["profile"]) == (body["release"], body["profile"])
        self._demand(good, "an evaluation of another release or profile")
        self.records[body["proposal"]] = {
            "entry": entry, "manifest": manifest, "deployment": deployment, "diff": None if diff is None else diff_digest(diff),
            "evaluation": found, "readiness": evaluation.body["digest"], "given": {}, "ended": False, "was": False,
            "seconds": content.get("seconds"), "until": None, "over": None}

    def _glass(self, entry, record):
        """R-22 to R-25: what two people let through, for how long, and who reviewed it."""
        action = entry.body["action"]
        if action in ("glass_signed", "glass_refused"):
            self._demand(record["until"] is None, "it was opened before")
            self._answer(entry, record)
            record["ended"] = record["ended"] or action == "glass_refused"
        elif action == "glass_opened":
            self._opened(entry, record)
        elif action == "glass_ended":
            self._demand(not record["ended"] and record["over"] is None, "it was refused, or had ended")
            record["ended"] = record["until"] is None
            record["over"] = None if record["ended"] else entry.seq
        else:
            self.rule = "R-25"
            self._reviewed(entry, record)

    def _opened(self, entry, record):
        self._demand(not record["ended"] and record["until"] is None, "it was refused, or opened before")
        held = [role for role, one in record["given"].items() if self._holds(one.body["person"], role, entry.seq)]
        self._demand(len(held) >= 2 and "security" in held, "not signed by two people who may, one of them for security")
        at, until = entry.leaf["at"], entry.body["until"]
        longest = min(record["seconds"] or MAX_GLASS_S, MAX_GLASS_S) * 1000
        self._demand(at < until <= at + longest, "it lasts longer than was signed for")
        self._demand(at < record["entry"].body["not_after"], "it was opened after its end")
        record["until"] = until
        self.active[entry.body["deployment"]] = record

    def _reviewed(self, entry, record):
        body = entry.body
        over = record["until"] is not None and (record["over"] is not None or entry.leaf["at"] >= record["until"])
        self._demand(over, "it was reviewed before it was over")
        self._demand(body["role"] in REVIEW_ROLES, "it was reviewed in another role")
        self._demand(all(one.body["person"] != body["person"] for one in record["given"].values()), "who signed it reviewed it")
        self._demand(self._holds(body["person"], body["role"], entry.seq), "the person did not have that role")
        self._demand("proof" in entry.leaf.get("sealed", {}), "nothing that was signed is kept")
        self._not_barred(entry, record)
        expected = {"kind": "review_glass", "id": body["proposal"], "deployment": body["deployment"], "role": body["role"]}
        self._ceremony(entry, self._passkey(entry), read_glass_review, glass_challenge, expected)

    def _of_person(self, person, above):
        return [one for one in self.entries.of("person") if one.body["person"] == person and one.seq < above]

    def _holds(self, person, role, above):
        leaves = self._of_person(person, above)
        roles = [one.body["roles"] for one in leaves if "roles" in one.body]
        return bool(roles) and role in roles[-1] and not any(one.body["action"] == "removed" for one in leaves)

    def _answer(self, entry, record):
        body, given = entry.body, record["given"]
        self._demand(not record["ended"], "the proposal had ended")
        self._demand(entry.leaf["at"] < record["entry"].body["not_after"], "signed after its end")
        self._demand(body["role"] not in given, "the role had signed")
        self._demand(all(one.body["person"] != body["person"] for one in given.values()), "one person in two roles")
        self._demand(self._holds(body["person"], body["role"], entry.seq), "the person did not have that role")
        self._demand("proof" in entry.leaf.get("sealed", {}), "nothing that was signed is kept")
        self._not_barred(entry, record)
        self._signature(entry, record, self._passkey(entry))
        if body["action"] in ("signed", "glass_signed"):
            given[body["role"]] = entry

    def _passkey(self, entry):
        body = entry.body
        about = [one for one in self._of_person(body["person"], entry.seq)
                 if one.body["action"] == "removed" or one.body.get("credential") == body["credential"]]
        self._demand(about and about[-1].body["action"] == "credential_added", "its passkey was not enrolled for that person")
        return about[-1]

    def _not_barred(self, entry, record):
        author = record["entry"].body["operator"]
        barred = [author, *((record["deployment"] or {}).get(name) for name in ("owner", "deputy"))]
        barred += [(one.opening("content") or {}).get("name") for one in self.entries.of("operator") if one.body["operator"] == author]
        own = [entry.body["person"]]
        for one in self.entries.of("person"):
            if one.body["person"] == entry.body["person"]:
                content = one.opening("content") or {}
                identities = content.get("identities")
                own += [content.get("name"), *(identities if isinstance(identities, list) else [identities])]
        plain = {_plain(name) for name in own if isinstance(name, str)}
        clash = any(isinstance(name, str) and _plain(name) in plain for name in barred)
        self._demand(not clash, "the author, the owner or the deputy signed")

    def _signature(self, entry, record, passkey):
        glass = entry.body["action"] in _SAID_OF_GLASS
        said = _SAID_OF_GLASS if glass else _SAID
        expected = {"kind": said[entry.body["action"]], "id": entry.body["proposal"], "role": entry.body["role"],
                    "readiness": record["readiness"], "not_after": record["entry"].body["not_after"]}
        expected.update({name: entry.body[name] for name in ("release", "deployment", "profile")})
        if record["diff"] is not None:
            expected["diff"] = record["diff"]
        if glass and record["seconds"] is not None:
            expected["seconds"] = record["seconds"]
        read, challenge = (read_glass_statement, glass_challenge) if glass else (read_release_statement, release_challenge)
        self._ceremony(entry, passkey, read, challenge, expected)

    def _ceremony(self, entry, passkey, read, challenge, expected):
        where = "release of leaf %d, signed as %s" % (entry.seq, entry.body["role"])
        given, jwk = entry.opening("proof"), (passkey.opening("content") or {}).get("jwk")
        if given is None or jwk is None or self.place is None:
            self.findings.line("claimed", where)
            return
        statement = check_ceremony(given, jwk, self.place["origin"], self.place["rp_id"], entry.leaf["at"],
                                   read=read, challenge_of=challenge)
        for name, value in expected.items():
            self._demand(statement[name] == value, "what was signed has another " + name)
        virtual = " (virtual authenticator)" if passkey.body["authenticator"] == "virtual" else ""
        self.findings.line("signed", "%s by a passkey%s" % (where, virtual))

    def _activate(self, entry, record):
        if not record["was"]:
            self._demand(not record["ended"], "it was refused or withdrawn")
            held = [role for role, one in record["given"].items() if self._holds(one.body["person"], role, entry.seq)]
            self._demand(sorted(held) == sorted(ROLES), "not signed by four who may")
        self._certificate(entry, record)
        self.rule = "R-20"
        self._promoted(entry, record)
        record["was"] = True
        self.active[entry.body["deployment"]] = record

    def _promoted(self, entry, record):
        """R-20: on an evaluation of that time, by which nothing but what the gate itself holds keeps it back."""
        named = entry.body.get("evaluation")
        if record["was"]:
            self._demand(named is None, "a roll-back has no evaluation")
            return
        found = self.entries.by_id.get(named)
        known = found is not None and found.type == "assurance" and found.body["kind"] == "evaluation"
        self._demand(known and found.leaf.get("agent") is not None, "no evaluation of that time")
        self._demand(found.leaf["agent"]["id"] == entry.leaf["agent"]["id"], "an evaluation of another agent")
        self._demand(1 <= entry.seq - found.seq <= 2, "an evaluation that does not stand with it")
        document = (found.opening("content") or {}).get("document")
        if document is None:
            return
        same = (document["release"], document["profile"]) == (entry.body["release"], entry.body["profile"])
        self._demand(same, "an evaluation of another release or profile")
        log = document["log"]
        self._demand(log["origin"] == self.entries.origin and log["size"] <= found.seq, "an evaluation of another log")
        self._demand(all(one.seq < log["size"] for one in record["given"].values()), "an evaluation from before it was signed")
        self._demand((document["verdict"] == "ready") == (document["blocking"] == []), "an evaluation that contradicts itself")
        kept = [name for name in document["blocking"] if name not in _HELD]
        self._demand(not kept, "kept back by " + ", ".join(kept))

    def _certificate(self, entry, record):
        where = "release of leaf %d" % entry.seq
        content = entry.opening("content")
        if content is None and "content" in entry.leaf.get("sealed", {}):
            self.findings.line("claimed", where + ": its certificate is not disclosed")
            return
        predicate, keyid, payload, signature = read_certificate((content or {}).get("certificate"))
        try:
            key = VerifierKey(self.key)
        except NoteError as cause:
            raise Refusal(self.rule, "no log key") from cause
        signed = keyid == key.name and signatures.verify_ed25519(key.key, signature, pre_auth(payload))
        self._demand(signed, "the certificate is not signed by the log key")
        for name, value in _expected(entry, record).items():
            self._demand(canonical(predicate[name]) == canonical(value), "the certificate says another " + name)
        self._demand(predicate["profile"]["digest"] == entry.body["profile"], "the certificate says another profile")
        self.findings.line("proven", where + ": its certificate says what the leaves say")


def _expected(entry, record):
    body = entry.body
    found = {"release": body["release"], "deployment": body["deployment"], "readiness": {"digest": record["readiness"], "entry": body["readiness"]}}
    if record["manifest"] is not None:
        found["agent"] = record["manifest"]["agent"]["id"]
    if record["deployment"] is not None:
        found["environment"] = record["deployment"]["environment"]
    if record["evaluation"] is not None:
        found["not_established"] = [one["control"] for one in record["evaluation"]["results"] if one["verdict"] == "not_established"]
    proofs = {role: one.opening("proof") for role, one in record["given"].items()}
    if len(proofs) == len(ROLES) and all(proof is not None for proof in proofs.values()):
        found["signatures"] = [{"role": role, "person": record["given"][role].body["person"],
                                **{name: value for name, value in proofs[role].items() if name != "salt"}} for role in ROLES]
    return found


def _check_production(entries, findings, active):
    """R-9 and R-10."""
    asked = entries.of("genesis")[0].body["environment"] == "prod"
    for entry in entries.of("token"):
        claims = entries.claims.get(entry.body["token"])
        where, release = "token of leaf %d: " % entry.seq, ((claims or {}).get("ng") or {}).get("release")
        if not asked:
            findings.demand(release is None, "R-10", where + "a release where none is asked for")
        elif not _is_of_gate(entries, entry, claims):
            named = "agent" in entry.leaf
            fault = _mint_fault(entries, entry, claims, active) if named else "an agent's, and its leaf names none"
            findings.demand(fault is None, "R-10", where + str(fault))
    if asked:
        for entry in entries.of("decision"):
            _check_call(entries, entry, findings, active)
        check_released_policies(entries, findings, active)


def _is_of_gate(entries, entry, claims):
    """Of the gate for a server (token.md T-6): what was signed says so, or else the decision; not the leaf."""
    if claims is None:
        decision = entries.by_id.get(entry.body["decision"])
        return decision is not None and decision.type == "decision" and decision.body["action"] == "call"
    actor, gate = claims.get("act") or {}, claims["iss"] + "/gate"
    return (actor.get("iss"), actor.get("sub"), claims.get("client_id")) == (claims["iss"], gate, gate)


def _glass_fault(entry, claims, record, deployment):
    """R-24: minted within its time, and over with it."""
    if record is None or record["until"] is None:
        return "its break-glass does not hold"
    if entry.leaf["at"] >= record["until"] or (record["over"] is not None and entry.seq > record["over"]):
        return "after the end of its break-glass"
    if max(entry.body["expires_s"], (claims or {}).get("exp", 0)) * 1000 > record["until"]:
        return "it outlives its break-glass"
    if claims is not None and claims["ng"].get("release") != deployment:
        return "another release than its break-glass"
    manifest = record["manifest"]
    same = claims is None or manifest is None or manifest["agent"]["id"] == claims["client_id"]
    return None if same else "a break-glass of another agent"


def _mint_fault(entries, entry, claims, active):
    glass = standing_glass(entries, entry)
    if glass is not None:
        return _glass_fault(entry, claims, active.get(glass.body["deployment"]), glass.body["deployment"])
    _, found, canary = standing(entries, entry.leaf["agent"]["id"], entry.seq)
    decision = entries.by_id.get(entry.body["decision"])
    mandate = decision.body.get("mandate") if decision is not None and decision.type == "decision" else None
    if canary is not None and mandate is not None and is_drawn(canary.body["deployment"], mandate, canary.body["share"]):
        found = canary
    if found is None:
        return "no release of its agent was in force"
    deployment = found.body["deployment"]
    if not any(name == "release:" + deployment for name, _ in entry.body["epochs"]):
        return "it does not end with its release"
    record = active.get(deployment)
    if record is None:
        return "its release does not hold"
    if claims is None:
        return None
    if claims["ng"].get("release") != deployment:
        return "another release than the one in force"
    manifest = record["manifest"]
    return None if manifest is None or manifest["agent"]["id"] == claims["client_id"] else "a release of another agent"


def _check_call(entries, entry, findings, active):
    claims = entries.claims.get(entry.body.get("token"))
    request = entries.requests.get(entry.id) or {}
    if claims is None or (entry.body["action"], entry.body["verdict"]) != ("call", "permit"):
        return
    record = active.get(claims["ng"].get("release"))
    findings.demand(record is not None, "R-10", "leaf %d: a call under no release that was in force" % entry.seq)
    until, over = (record or {}).get("until"), (record or {}).get("over")
    late = until is not None and (entry.leaf["at"] >= until or (over is not None and entry.seq > over))
    if until is not None:
        findings.line("proven", "decision of leaf %d: under a break-glass, no release that four have signed" % entry.seq)
    findings.demand(not late, "R-24", "leaf %d: a call after the end of its break-glass" % entry.seq)
    manifest, call = (record or {}).get("manifest"), request.get("call")
    if manifest is None or not isinstance(call, dict):
        return
    pinned = [tool.get("pin") for tool in manifest["tools"] if _is_this(tool, call)]
    current = request.get("pin", {}).get("current")
    good = any(pin in (None, current) for pin in pinned)
    findings.demand(good, "R-10", "leaf %d: what was called is not in the release" % entry.seq)


def _is_this(tool, call):
    if (tool["server"], tool["kind"]) != (call.get("server"), call.get("kind")):
        return False
    return tool["name"] == call.get("name") or (tool["kind"] == "resource" and call.get("name", "").startswith(tool["name"]))


def _plain(name):
    bare = name.strip().lower()
    return bare[len("mailto:"):] if bare.startswith("mailto:") else bare
