"""Which leaves belong into the bundle of a transaction or of a release, and no others (E-22)."""

from .constraints import Refusal
from .operators import signer_of
from .overlays import in_force, overlays_of
from .releases import standing, standing_glass
from .strict_json import JsonError, parse
from .texts import from_base64url


def check_exact_set(entries, findings):
    needed = needed_of(entries, findings)
    for entry in entries.all:
        reason = entry.id in needed
        findings.demand(reason, "E-22", "leaf %d: nothing here rests on this %s" % (entry.seq, entry.type))


def needed_of(entries, findings):
    """Ids of the leaves that belong there; what is lacking is a failure."""
    return _Choice(entries, findings).needed


class _Choice:
    """A leaf is needed because it is of the transaction, or because something that is needed rests on it."""

    def __init__(self, entries, findings):
        self.entries, self.findings = entries, findings
        self.needed, self.waiting = set(), []
        for entry in entries.of("genesis") + entries.own + list(entries.erased.values()):
            self._need(entry)
        self._follow()
        for step in (self._revocations, self._minted, self._proposed, self._drills, self._people, self._registrations, self._policies, self._overlays):
            step()
            self._follow()

    def _need(self, entry):
        if entry is not None and entry.id not in self.needed:
            self.needed.add(entry.id)
            self.waiting.append(entry)
        return entry is not None

    def _newest(self, kind, above, fits):
        found = [one for one in self.entries.of(kind) if one.seq < above.seq and fits(one)]
        return found[-1] if found else None

    def _demand(self, entry, why):
        self.findings.demand(self._need(entry), "E-22", why)

    def _follow(self):
        while self.waiting:
            entry = self.waiting.pop()
            for name in _named(entry):
                self._need(self.entries.by_id.get(name))
            self._keys(entry)
            self._operator(entry)
            if entry.type == "unknown":
                boots = [boot for boot in self.entries.of("boot") if boot.body["boot"] == entry.body["boot"]]
                self._demand(boots[0] if boots else None, "leaf %d: the start that found it is not here" % entry.seq)

    def _keys(self, entry):
        for kid in _kids(entry):
            def of_kid(key, kid=kid):
                return key.body["purpose"] == "token" and key.body["kid"] == kid
            added = self._newest("key", entry, lambda key: of_kid(key) and key.body["action"] == "added")
            self._demand(added, "leaf %d: a token by no key that stands before" % entry.seq)
            self._need(self._newest("key", entry, of_kid))

    def _operator(self, entry):
        who = signer_of(entry)
        if who is None or (entry.type == "operator" and entry.body["action"] == "enrolled" and entry.body["jkt"] == who):
            return
        enrolled = self._newest("operator", entry, lambda one: one.body["action"] == "enrolled" and who in (one.body["jkt"], one.body["operator"]))
        self._demand(enrolled, "leaf %d: signed by an operator whose enrolment is not here" % entry.seq)
        if enrolled is not None:
            ref = enrolled.body["operator"]
            self._need(self._newest("operator", entry, lambda one: one.body["action"] == "removed" and one.body["operator"] == ref))

    def _decisions(self):
        return [entry for entry in self.entries.own if entry.type == "decision"]

    def _revocations(self):
        """Each position of the feed above the oldest that a decision used, up to the newest."""
        used = [entry.body["feed"] for entry in self._decisions()]
        if not used:
            return
        between = [entry for entry in self.entries.of("revocation") if min(used) < entry.body["feed"] <= max(used)]
        for entry in between:
            self._need(entry)
        whole = len({entry.body["feed"] for entry in between}) == max(used) - min(used)
        self.findings.demand(whole, "E-22", "not all revocations from %d to %d of the feed" % (min(used), max(used)))

    def _minted(self):
        """9: in production, what was in force for each agent that got a token, and all of its proposal up to there."""
        if all(entry.body["environment"] != "prod" for entry in self.entries.of("genesis")):
            return
        for entry in self.entries.own:
            if entry.type != "token" or "agent" not in entry.leaf:
                continue
            glass = standing_glass(self.entries, entry)
            if glass is not None:
                for one in self.entries.of("release"):
                    if one.body["proposal"] == glass.body["proposal"] and one.seq < entry.seq:
                        self._need(one)
                continue
            leaves, _, _ = standing(self.entries, entry.leaf["agent"]["id"], entry.seq)
            self.findings.demand(leaves, "E-22", "leaf %d: no leaf says which release was in force" % entry.seq)
            for found in leaves:
                self._need(found)
                for one in self.entries.of("release") if found.body["action"] != "deactivated" else ():
                    if one.body["proposal"] == found.body["proposal"] and one.seq <= found.seq:
                        self._need(one)

    def _proposed(self):
        for entry in self.entries.of("release"):
            if entry.id in self.needed:
                for name in ("readiness", "evaluation"):
                    if name in entry.body:
                        self._demand(self.entries.by_id.get(entry.body[name]), "leaf %d: its evaluation is not here" % entry.seq)

    def _drills(self):
        """10: of a release bundle, the drills that its evaluations count."""
        for entry in self.entries.of("assurance") if self.entries.txn is None else []:
            if entry.id not in self.needed or entry.body["kind"] != "evaluation":
                continue
            document = (entry.opening("content") or {}).get("document") or {}
            for name in {name for result in document.get("results", []) for name in result.get("drills", [])}:
                self._demand(self.entries.by_id.get(name), "leaf %d: a drill that it counts is not here" % entry.seq)

    def _people(self):
        releases = [entry for entry in self.entries.of("release") if entry.id in self.needed]
        signed = [entry for entry in self.entries.own if entry.type == "approval"] + releases
        signed = [entry for entry in signed if "person" in entry.body]
        people = {entry.body["person"] for entry in signed}
        passkeys = {entry.body.get("credential") for entry in signed}
        for entry in self.entries.of("person"):
            known = entry.body["person"] in people and entry.body.get("credential", None) in passkeys | {None}
            if known and entry.seq < self.entries.own[-1].seq:
                self._need(entry)

    def _registrations(self):
        for entry in self.entries.own:
            if entry.type == "dispatch":
                self._registration(entry, "server", entry.body["server"])
            elif entry.type == "decision":
                if "agent" in entry.leaf:
                    self._registration(entry, "agent", entry.leaf["agent"]["id"])
                instance = entry.body.get("instance")
                if instance is not None and _is_closed(entry):
                    self._need(self._newest("attestation", entry, lambda one: one.body.get("instance") == instance))

    def _registration(self, entry, kind, ref):
        def is_of(one):
            return one.body["kind"] == kind and one.body["ref"] == ref
        known = self._newest("registry", entry, lambda one: is_of(one) and one.id in self.needed)
        if known is None or _is_closed(entry):
            self._demand(self._newest("registry", entry, is_of), "leaf %d names a %s that no leaf registers" % (entry.seq, kind))

    def _policies(self):
        prod = any(one.body["environment"] == "prod" for one in self.entries.of("genesis"))
        for entry in self._decisions():
            digest = entry.body["policy"]
            last = self._newest("policy", entry, lambda one: one.id in self.needed)
            if last is not None and last.body["digest"] == digest:
                continue
            found = self._newest("policy", entry, lambda one: one.body["digest"] == digest)
            self._demand(found, "leaf %d: its policies are not here" % entry.seq)
            behind = not prod and found is not None and last is not None and found.seq < last.seq
            self.findings.demand(not behind or "inputs" not in entry.leaf.get("sealed", {}), "E-22", "leaf %d: other policies stand between" % entry.seq)

    def _overlays(self):
        """11: what stood over each permit, said or not; and of each overlay that is here, its end before its time."""
        for entry in self._decisions():
            if entry.body["verdict"] == "permit" and "inputs" in entry.leaf.get("sealed", {}):
                for name in in_force(self.entries, entry):
                    self._need(self.entries.by_id.get(name))
        for entry in self.entries.of("overlay"):
            if entry.body.get("overlay") in self.needed and self.entries.own and entry.seq < self.entries.own[-1].seq:
                self._need(entry)


def _named(entry):
    items = entry.opening("inputs") or []
    named = overlays_of(items) + [item["from"]["entry"] for item in items if item.get("from", {}).get("by") == "derived"]
    if entry.type == "mandate":
        named.append((entry.opening("content") or {}).get("entitlements"))
    return named


def _is_closed(entry):
    if "inputs" not in entry.leaf.get("sealed", {}):
        return False
    items = entry.opening("inputs")
    return items is None or any("commitment" in item for item in items)


def _kids(entry):
    """Of what is opened: the token at its mint, and the tokens that a permit was given on."""
    proof = entry.opening("proof") or {}
    if entry.type == "token":
        tokens = [proof.get("signing_input")]
    elif entry.type == "decision" and entry.body["verdict"] == "permit":
        tokens = [proof.get("token"), proof.get("subject_token")]
    else:
        tokens = []
    return sorted({kid for kid in map(_kid, tokens) if kid is not None})


def _kid(token):
    if not isinstance(token, str):
        return None
    try:
        header = parse(from_base64url(token[:4096].split(".")[0]))
    except (JsonError, Refusal, ValueError, TypeError):
        return None
    ours = isinstance(header, dict) and header.get("typ") == "at+jwt" and isinstance(header.get("kid"), str)
    return header["kid"] if ours else None
