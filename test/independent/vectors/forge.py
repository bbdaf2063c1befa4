"""Forges bundles as somebody could who holds the keys of the log and of its operators, but not those of the agents.

Leaves and openings are changed at will; commitments, chains, tree, head and operators' signatures are made to fit again.
What is left to find is what the rules say about the meaning.
"""

import base64
import copy
import json

from narrowgate_check import tlog
from narrowgate_check.canonical import canonical_bytes
from narrowgate_check.leaves import inputs_commitment, sealed_commitment
from narrowgate_check.release_documents import pre_auth
from narrowgate_check.texts import digest, from_base64url, sha256, to_base64url
from narrowgate_check.tokens import thumbprint

from .bundle import seal

OPERATOR_TYPE = "operator-request+jws"


class Forger:
    def __init__(self, bundle, trust):
        from cryptography.hazmat.primitives.asymmetric import ec, ed25519
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        self.bundle, self.trust = bundle, trust
        self.log = ed25519.Ed25519PrivateKey.from_private_bytes(sha256(b"log"))
        self.operator = ec.derive_private_key(int.from_bytes(sha256(b"operator"), "big") >> 8, ec.SECP256R1())
        self.passkey = ec.derive_private_key(int.from_bytes(sha256(b"passkey"), "big") >> 8, ec.SECP256R1())
        self.origin = bundle["checkpoint"].split("\n", 1)[0]
        self.size = int(bundle["checkpoint"].split("\n")[1])
        self.fillers = [sha256(b"filler %d" % index) for index in range(self.size)]
        self.log_public = self.log.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        public = b"\x01" + self.log_public
        self.key_id = sha256(self.origin.encode("utf-8") + b"\n" + public)[:4]
        self.verifier_key = "%s+%s+%s" % (self.origin, self.key_id.hex(), base64.b64encode(public).decode("ascii"))
        self.jwk = _jwk(self.operator)
        self.jkt = thumbprint(self.jwk)

    def own_trust(self):
        log = {"key": self.verifier_key, "origin": self.origin, "root": to_base64url(bytes(32)), "size": 0}
        return {**self.trust, "logs": [log], "witnesses": {"keys": [], "threshold": 0}}

    def draft(self):
        """A copy whose operators and passkeys are ours, to be changed and then `sealed`."""
        kept = {name: self.bundle[name] for name in ("entries", "erased", "txn", "release") if name in self.bundle}
        draft = copy.deepcopy(kept)
        # All operators get one key of ours, so that who signed is told by ref; the first enrols itself by its key.
        refs = {entry["leaf"]["body"]["jkt"]: entry["leaf"]["body"]["operator"] for entry in draft["entries"]
                if entry["leaf"]["type"] == "operator" and entry["leaf"]["body"]["action"] == "enrolled"}
        for entry in draft["entries"]:
            leaf, openings = entry["leaf"], entry.get("openings", {})
            own = leaf["body"].get("jkt") if leaf["type"] == "operator" else None
            if leaf["type"] == "genesis":
                openings["content"]["log_key"] = self.verifier_key
                leaf["body"]["log_key"] = digest(self.verifier_key.encode("utf-8"))
            elif leaf["type"] == "operator" and "jwk" in openings.get("content", {}):
                leaf["body"]["jkt"], openings["content"]["jwk"] = self.jkt, dict(self.jwk)
            elif leaf["type"] == "key" and leaf["body"]["purpose"] == "log" and "jwk" in leaf["body"]:
                leaf["body"]["jwk"]["x"] = to_base64url(self.log_public)
            elif leaf["type"] == "person" and "jwk" in openings.get("content", {}):
                openings["content"]["jwk"] = _jwk(self.passkey)
            if "signature" in openings.get("proof", {}):
                proof = openings["proof"]
                signed = from_base64url(proof["authenticator_data"]) + sha256(from_base64url(proof["client_data"]))
                proof["signature"] = to_base64url(self.assert_with(self.passkey, signed))
            if "request" in openings.get("proof", {}):
                header, claims = unsigned(openings["proof"]["request"])
                named = self.jkt if claims["iss"] == own else refs.get(claims["iss"], claims["iss"])
                openings["proof"]["request"] = self.sign(header, {**claims, "iss": named})
        self._certify(draft["entries"])
        return draft

    def _certify(self, entries):
        """The certificates again, with the signatures as they are now, by our log key."""
        given = {}
        for entry in entries:
            leaf, openings = entry["leaf"], entry.get("openings", {})
            if leaf["type"] != "release":
                continue
            if leaf["body"]["action"] == "signed" and "proof" in openings:
                given[leaf["body"]["role"]] = openings["proof"]["signature"]
            envelope = openings.get("content", {}).get("certificate")
            if envelope is None:
                continue
            statement = json.loads(base64.b64decode(envelope["payload"]))
            for one in statement["predicate"]["signatures"]:
                one["signature"] = given.get(one["role"], one["signature"])
            payload = canonical_bytes(statement)
            envelope["payload"] = base64.b64encode(payload).decode("ascii")
            envelope["signatures"][0]["sig"] = base64.b64encode(self.log.sign(pre_auth(payload))).decode("ascii")

    def assert_with(self, key, message):
        """As a passkey signs: ES256 in DER."""
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec

        return key.sign(message, ec.ECDSA(hashes.SHA256()))

    def sign(self, header, claims):
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec, utils

        message = b".".join(to_base64url(json.dumps(part).encode("utf-8")).encode("ascii") for part in (header, claims))
        pair = utils.decode_dss_signature(self.operator.sign(message, ec.ECDSA(hashes.SHA256())))
        return message.decode("ascii") + "." + to_base64url(b"".join(half.to_bytes(32, "big") for half in pair))

    def sealed(self, draft):
        """The bytes of a bundle in which everything but the meaning fits."""
        leaves = list(self.fillers)
        last = {}
        for entry in draft["entries"]:
            leaf = entry["leaf"]
            for part, opening in entry.get("openings", {}).items():
                leaf["sealed"][part] = inputs_commitment(opening) if part == "inputs" else sealed_commitment(part, opening)
            for name in ("writer", "txn", "agent"):
                _relink(leaf.get(name), last.get((name, leaf.get(name, {}).get("id"))))
            own = tlog.leaf_hash(canonical_bytes(leaf))
            for name in ("writer", "txn", "agent"):
                if name in leaf:
                    last[(name, leaf[name]["id"])] = (leaf[name]["seq"], to_base64url(own))
            leaves[leaf["writer"]["seq"]] = own
        for entry in draft["entries"]:
            path = inclusion(leaves, entry["leaf"]["writer"]["seq"])
            entry["inclusion"] = [to_base64url(one) for one in path]
        root = base64.b64encode(tlog.root_of(leaves)).decode("ascii")
        text = "%s\n%d\n%s\n" % (self.origin, self.size, root)
        line = base64.b64encode(self.key_id + self.log.sign(text.encode("utf-8"))).decode("ascii")
        note = "%s\n\u2014 %s %s\n" % (text, self.origin, line)
        whole = {"format": "narrowgate-proof/1", "checkpoint": note, "earlier": [], **draft}
        return seal(whole)


def _jwk(key):
    numbers = key.public_key().public_numbers()
    return {"crv": "P-256", "kty": "EC", "x": _axis(numbers.x), "y": _axis(numbers.y)}


def _axis(number):
    return to_base64url(number.to_bytes(32, "big"))


def _relink(link, before):
    if link is not None and before is not None and link["seq"] == before[0] + 1:
        link["prev"] = before[1]


def inclusion(leaves, index):
    """PATH of RFC 6962 section 2.1.1."""
    if len(leaves) == 1:
        return []
    split = 1 << (len(leaves) - 1).bit_length() - 1
    if index < split:
        return inclusion(leaves[:split], index) + [tlog.root_of(leaves[split:])]
    return inclusion(leaves[split:], index - split) + [tlog.root_of(leaves[:split])]


def unsigned(jws):
    """Header and claims of a JWS or a signing input, whoever signed it."""
    return [json.loads(from_base64url(part)) for part in jws.split(".")[:2]]


def signing_input(header, claims):
    return ".".join(to_base64url(json.dumps(part).encode("utf-8")) for part in (header, claims))
