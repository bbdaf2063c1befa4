"""The entries of a bundle: leaves, chains, openings and what was erased (E-3 to E-10, E-22, E-23)."""

from .canonical import canonical_bytes
from .findings import Broken
from .leaves import LeafError, check_chains, check_leaf, inputs_commitment, sealed_commitment
from .openings import unknown_member
from .signatures import verify_jws
from .texts import digest, from_base64url, is_id
from .tokens import split_jws
from .constraints import Refusal


class Entry:
    def __init__(self, value):
        good = isinstance(value, dict) and {"leaf", "inclusion"} <= set(value) <= {"leaf", "inclusion", "openings"}
        if not good or not isinstance(value.get("openings", {}), dict):
            raise Broken("E-21", "an entry of another form")
        self.leaf, self.inclusion, self.openings = value["leaf"], value["inclusion"], value.get("openings", {})
        try:
            check_leaf(self.leaf)
        except LeafError as rule:
            raise Broken(str(rule), "a leaf of another form") from rule
        self.id, self.type, self.body = self.leaf["id"], self.leaf["type"], self.leaf["body"]
        self.seq, self.txn = self.leaf["writer"]["seq"], self.leaf.get("txn")
        if not set(self.openings) <= set(self.leaf.get("sealed", {})):
            raise Broken("E-23", "leaf %d: an opening of nothing sealed" % self.seq)

    def opening(self, part):
        return self.openings.get(part)


class Entries:
    def __init__(self, bundle):
        self.all = [Entry(value) for value in bundle["entries"]]
        self.txn, self.release = bundle.get("txn"), bundle.get("release")
        self.origin = bundle["checkpoint"].split("\n", 1)[0]
        self.by_id = {entry.id: entry for entry in self.all}
        places = [entry.seq for entry in self.all]
        if any(one >= other for one, other in zip(places, places[1:])):
            raise Broken("E-21", "entries are not sorted by their place in the log")
        if len(self.by_id) != len(self.all):
            raise Broken("E-5", "an id twice")
        home = self.txn.split(".")[0] if self.txn is not None else self.all[0].leaf["writer"]["id"] if self.all else None
        if any(entry.leaf["writer"]["id"] != home for entry in self.all):
            raise Broken("E-5", "a leaf of another writer than the home of the transaction")
        try:
            check_chains([entry.leaf for entry in self.all], complete=False)
        except LeafError as rule:
            raise Broken(str(rule), "a chain is broken") from rule
        self.own = self._of_release() if self.txn is None else self._of_transaction()
        if not self.all or self.all[0].type != "genesis" or self.all[0].seq != 0:
            raise Broken("E-22", "no genesis")
        self.erased = {}
        for item in bundle["erased"]:
            self._add_erased(item)

    def _of_transaction(self):
        own = [entry for entry in self.all if entry.txn is not None and entry.txn["id"] == self.txn]
        if not own or [entry.txn["seq"] for entry in own] != list(range(len(own))):
            raise Broken("E-22", "not all leaves of the transaction")
        return own

    def _of_release(self):
        """E-22, 10: its leaves, and the newest evaluation of it."""
        found = [entry for entry in self.of("assurance") if entry.body["kind"] == "evaluation" and _document(entry).get("release") == self.release]
        own = {entry.id for entry in found[-1:] + [entry for entry in self.of("release") if entry.body["release"] == self.release]}
        return [entry for entry in self.all if entry.id in own]

    def of(self, *kinds):
        return [entry for entry in self.all if entry.type in kinds]

    def _add_erased(self, item):
        """E-10, E-23: an erasure leaf that covers the part."""
        if not isinstance(item, dict) or set(item) != {"entry", "part", "erasure"} or not all(isinstance(text, str) for text in item.values()):
            raise Broken("E-21", "an erased part of another form")
        entry, erasure, part = self.by_id.get(item["entry"]), self.by_id.get(item["erasure"]), item["part"]
        if entry is None or erasure is None or erasure.type != "erasure" or part not in entry.leaf.get("sealed", {}):
            raise Broken("E-23", "erased, but not by a leaf of this bundle")
        whole = entry.txn is not None and erasure.body.get("txn") == entry.txn["id"] and part in erasure.body["parts"]
        if erasure.seq < entry.seq or not (whole or entry.id + "/" + part in erasure.body["parts"]):
            raise Broken("E-23", "the erasure leaf does not cover the part")
        self.erased[(entry.id, part)] = erasure

    def demand_registered(self, entry, kind, ref, findings):
        """E-22: the registry leaf that a ref of this leaf was given by."""
        known = any(above.body["kind"] == kind and above.body["ref"] == ref and above.seq < entry.seq for above in self.of("registry"))
        findings.demand(known, "E-22", "leaf %d names a %s that no leaf registers" % (entry.seq, kind))

    def claimed_log_key(self):
        """Without trust: the key that the genesis leaf names."""
        opening = self.all[0].opening("content") or {}
        return opening.get("log_key") if isinstance(opening.get("log_key"), str) else None

    def check_openings(self, findings):
        for entry in self.all:
            for part, commitment in sorted(entry.leaf.get("sealed", {}).items()):
                self._check_part(entry, part, commitment, findings)
        self._check_genesis(findings)
        self._check_content(findings)

    def _check_part(self, entry, part, commitment, findings):
        where = "%s of leaf %d (%s)" % (part, entry.seq, entry.type)
        if part not in entry.openings:
            erasure = self.erased.get((entry.id, part))
            if erasure is None:
                findings.line("missing", where)
            else:
                findings.line("erased", "%s, committed, erased under rule %s" % (where, erasure.body["rule"]))
            return
        opening = entry.openings[part]
        try:
            found = inputs_commitment(opening) if part == "inputs" else sealed_commitment(part, opening)
        except LeafError as rule:
            findings.fail(str(rule), where)
            return
        if part != "inputs":
            other = unknown_member(entry.type, part, opening)
            findings.demand(other is None, "E-7", "%s seals %s, which that type does not" % (where, other))
        rule = "E-8" if part == "inputs" else "E-7"
        if findings.demand(found == commitment, rule, where + " does not open the commitment"):
            findings.line("proven", where + " is what was sealed")
        if part == "inputs":
            self._check_sources(entry, opening, findings)

    def _check_sources(self, entry, items, findings):
        """E-9."""
        proof = entry.opening("proof")
        for item in items:
            source = item.get("from", {"by": "gate"})
            if source["by"] == "derived":
                above = self.by_id.get(source["entry"])
                findings.demand(above is not None and above.seq < entry.seq, "E-9", "an input of leaf %d follows from no earlier leaf" % entry.seq)
            elif source["by"] == "signed" and proof is not None:
                findings.demand(source["part"] in proof, "E-9", "an input of leaf %d is signed by nothing" % entry.seq)

    def _check_genesis(self, findings):
        opening, body = self.all[0].opening("content"), self.all[0].body
        own = digest(self.origin.encode("utf-8", "surrogatepass")) == body["origin_digest"]
        findings.demand(own, "E-24", "genesis names another origin than the head")
        if opening is None:
            return
        for name, hashed in (("origin", "origin_digest"), ("log_key", "log_key")):
            if name not in opening:
                continue
            good = isinstance(opening[name], str) and digest(opening[name].encode("utf-8")) == body[hashed]
            findings.demand(good, "E-24", "genesis: %s is not the one of the leaf" % name)

    def _check_content(self, findings):
        for entry in self.all:
            content = entry.opening("content") or {}
            if (entry.type == "dispatch" and content) or (entry.type == "outcome" and "bytes" in content):
                data, salt = from_base64url(content.get("bytes")), from_base64url(content.get("bytes_salt"))
                good = data is not None and salt is not None and digest(salt + data) == entry.body.get("digest")
                findings.demand(good, "E-11", "leaf %d: other bytes than were committed to" % entry.seq)
            elif entry.type == "mandate" and "document" in content:
                good = digest(canonical_bytes(content["document"])) == entry.body["digest"]
                findings.demand(good, "E-7", "leaf %d: another mandate" % entry.seq)
            elif entry.type == "attestation" and "platform_instance" in content:
                known = content["platform_instance"]
                good = isinstance(known, dict) and set(known) == {"salt", "id"} and is_id(known["salt"])
                good = good and digest(canonical_bytes(known)) == entry.body.get("platform_instance")
                findings.demand(good, "E-7", "leaf %d: another platform instance" % entry.seq)

    def check_subjects(self, findings, issuers):
        """Whether the subject's own assertion stands behind a mandate: by a key out of the trust file alone."""
        keys = {}
        for known in issuers:
            keys[known["issuer"]] = known["jwks"]["keys"]
        for entry in self.of("mandate"):
            assertion = (entry.opening("proof") or {}).get("subject_assertion")
            if assertion is None or entry.body["basis"] != "signed_by_subject":
                findings.line("claimed", "mandate of leaf %d: %s" % (entry.seq, entry.body["basis"]))
                continue
            try:
                signer = _signer(assertion, keys, entry.body["digest"])
            except Refusal as cause:
                findings.fail("E-26", "mandate of leaf %d: its assertion is none: %s" % (entry.seq, cause))
                continue
            if signer is None:
                findings.line("claimed", "mandate of leaf %d: nobody trusted signed it" % entry.seq)
            else:
                findings.line("signed", "mandate of leaf %d by %s" % (entry.seq, signer))


def _signer(assertion, keys, nonce):
    header, payload, signature, message = split_jws(assertion)
    if payload.get("nonce") != nonce:
        return None
    for jwk in keys.get(payload.get("iss"), []) if isinstance(payload.get("iss"), str) else []:
        if jwk.get("kid") == header.get("kid") and verify_jws(header.get("alg"), jwk, signature, message):
            return "%s#%s" % (payload["iss"], payload.get("sub"))
    return None


def _document(entry):
    document = (entry.opening("content") or {}).get("document")
    return document if isinstance(document, dict) else {}
