"""The body of each leaf type (evidence.md section 4), as a table: member -> check, `?` = may be absent."""

import os
import re

from .strict_json import is_int
from .texts import is_digest, is_id, is_kid, is_ref
from .tokens import BASES, BESIDE_A_KEY, EPOCH_KINDS, are_epochs, is_public_jwk, is_txn

PARTS = ("content", "inputs", "proof")
_CATALOGUE = os.path.join(os.path.dirname(__file__), "..", "..", "..", "docs", "reference", "errors.md")


def _catalogue():
    """The codes of docs/reference/errors.md; None where that page is not at hand."""
    try:
        with open(_CATALOGUE, encoding="utf-8") as page:
            return frozenset(re.findall(r"^\| `([a-z0-9_]+)` \|", page.read(), re.MULTILINE))
    except OSError:
        return None


CODES = _catalogue()


def is_code(value):
    known = isinstance(value, str) and re.match(r"[a-z][a-z0-9_]{1,63}\Z", value) is not None
    return known and (CODES is None or value in CODES)


def _one_of(*words):
    return lambda value: isinstance(value, str) and value in words


def _flag(value):
    return value is True or value is False


def _positive(value):
    return is_int(value, 1)


def _rule(value):
    return isinstance(value, str) and re.match(r"[A-Za-z0-9._\-]{1,64}\Z", value) is not None


def _jwk(value):
    return is_public_jwk(value, further=BESIDE_A_KEY)


def _head(value):
    checks = {"size": is_int, "root": is_digest, "origin_digest": is_digest}
    return isinstance(value, dict) and set(value) == set(checks) and all(check(value[name]) for name, check in checks.items())


def _revoked(value):
    return value == "all" or is_ref(value)


def _parts(value):
    if not isinstance(value, list) or not value or not all(isinstance(part, str) for part in value):
        return False
    return value == sorted(set(value)) and all(_part(part) for part in value)


def _part(text):
    leaf, slash, part = text.rpartition("/")
    return part in PARTS and (not slash or is_id(leaf))


CLASSES = ("public", "internal", "confidential", "restricted")
ROLES = ("approver", "auditor", "compliance", "iam", "owner", "pam", "responder", "security")


def _txn_or_ref(value):
    return is_txn(value) or is_ref(value)


def _sorted_set(value, most, check):
    if not isinstance(value, list) or len(value) > most or not all(isinstance(item, str) and check(item) for item in value):
        return False
    return value == sorted(set(value))


def _roles(value):
    return _sorted_set(value, len(ROLES), lambda role: role in ROLES)


def _requirement(text):
    return re.match(r"(?:%s)#[1-9]\Z" % "|".join(ROLES), text) is not None


def _requires(value):
    return _sorted_set(value, 16, _requirement) and value != []


def _authenticator(value):
    return isinstance(value, str) and re.match(r"[a-z0-9-]{1,64}\Z", value) is not None


def is_release_role(value):
    return value in ("compliance", "iam", "pam", "security")


def _slot(value):
    return is_int(value, 1) and value <= 9


def _share(value):
    return is_int(value, 1) and value <= 50


TABLE = {
    "genesis": {"origin_digest": is_digest, "environment": _one_of("dev", "staging", "prod"), "log_key": is_digest,
                "previous?": _head},
    "boot": {"boot": is_id, "size": is_int, "root": is_digest, "anchor": _one_of("equal", "behind"),
             "procedure": is_digest, "feed": is_int, "clean": _flag},
    "key": {"action": _one_of("added", "retired"), "purpose": _one_of("token", "log", "seal"), "kid": is_kid,
            "jwk?": _jwk, "not_after?": is_int},
    "operator": {"action": _one_of("enrolled", "removed"), "operator": is_ref, "jkt": is_digest},
    "registry": {"action": _one_of("created", "changed", "suspended", "activated", "retired", "repinned"),
                 "kind": _one_of("agent", "server", "pin", "issuer", "settings", "hold"), "ref": is_ref, "version": is_int,
                 "operator": is_ref},
    "policy": {"digest": is_digest, "previous?": is_digest, "procedure": is_digest, "operator": is_ref},
    "attestation": {"verdict": _one_of("accepted", "refused"), "code?": is_code,
                    "method": _one_of("enrolment", "oidc", "spiffe"), "instance?": is_ref, "jkt?": is_digest,
                    "platform_instance?": is_digest},
    "mandate": {"action": _one_of("opened", "closed", "expired"), "mandate": is_ref, "subject": is_ref,
                "basis": _one_of(*BASES), "digest": is_digest, "expires": is_int, "idle_s?": is_int, "code?": is_code},
    "decision": {"action": _one_of("mint", "exchange", "call", "list", "mandate", "admin", "evaluate"), "verdict": _one_of("permit", "refuse"),
                 "code?": is_code, "policy": is_digest, "procedure": is_digest, "feed": is_int, "token?": is_digest,
                 "use?": is_digest, "mandate?": is_ref, "instance?": is_ref},
    "token": {"decision": is_id, "token": is_digest, "digest": is_digest, "parent?": is_digest,
              "mode": _one_of("root", "continuation", "rebind"), "jkt": is_digest, "expires_s": is_int,
              "epochs": are_epochs},
    "dispatch": {"decision": is_id, "server": is_ref, "digest": is_digest},
    "outcome": {"decision": is_id, "status": _one_of("ok", "tool_error", "upstream_error", "timeout", "cancelled"),
                "digest?": is_digest, "held_ms": is_int, "rows?": is_int},
    "unknown": {"decision": is_id, "boot": is_id},
    "revocation": {"feed": _positive, "kind": _one_of(*EPOCH_KINDS), "id": _revoked, "epoch": _positive,
                   "by": _one_of("operator", "owner", "system"), "operator?": is_ref},
    "closing": {"entries": is_int},
    "read": {"auditor": is_ref, "from": is_int, "count": _positive, "what": _one_of("entries", "openings")},
    "erasure": {"txn?": is_txn, "parts": _parts, "rule": _rule, "operator": is_ref},
    "label": {"state": _one_of("transaction", "instance", "store"), "ref": _txn_or_ref, "class": _one_of(*CLASSES),
              "untrusted": _flag, "because": is_id, "rule?": is_digest},
    "person": {"action": _one_of("enrolled", "changed", "removed", "credential_added", "credential_removed"),
               "person": is_ref, "roles?": _roles, "credential?": is_digest, "authenticator?": _authenticator,
               "operator?": is_ref},
    "approval": {"action": _one_of("requested", "approved", "refused", "expired", "withdrawn"), "approval": is_ref,
                 "kind": _one_of("call", "declassify", "token"), "digest": is_digest, "requires?": _requires,
                 "decision?": is_id, "not_after?": is_int, "person?": is_ref, "credential?": is_digest,
                 "role?": _one_of(*ROLES), "slot?": _slot},
    "assurance": {"kind": _one_of("evaluation", "drill", "waiver", "waiver_ended"), "digest": is_digest,
                  "catalogue": is_digest, "operator?": is_ref, "second?": is_ref},
    "release": {"action": _one_of("proposed", "signed", "refused", "withdrawn", "activated", "canary", "deactivated",
                                  "glass_asked",
                                  "glass_signed", "glass_refused", "glass_opened", "glass_ended", "glass_reviewed"),
                "proposal": is_ref, "release": is_digest, "deployment": is_digest, "profile": is_digest,
                "readiness": is_id, "evaluation?": is_id, "share?": _share, "until?": is_int, "not_after?": is_int, "person?": is_ref, "credential?": is_digest,
                "role?": is_release_role, "operator?": is_ref},
    "overlay": {"action": _one_of("put", "lifted"), "digest": is_digest, "until?": is_int, "overlay?": is_id, "operator": is_ref},
}

# Which parts a leaf of the type may seal.
SEALS = {
    "genesis": {"content"}, "boot": set(), "key": set(), "operator": {"proof", "content"},
    "registry": {"proof", "content"}, "policy": {"proof", "content"}, "attestation": {"proof", "content"},
    "mandate": {"proof", "content"}, "decision": {"proof", "inputs", "content"}, "token": {"proof", "content"},
    "dispatch": {"content"}, "outcome": {"content"}, "unknown": set(), "revocation": {"proof", "content"},
    "closing": set(), "read": {"proof"}, "erasure": {"proof"},
    "label": set(), "person": {"proof", "content"}, "approval": {"proof", "content"},
    "assurance": {"proof", "content"}, "release": {"proof", "content"},
    "overlay": {"proof", "content"},
}


def body_fault(kind, body):
    """The rule that the body breaks, or None."""
    if not isinstance(body, dict):
        return "E-4"
    members = {name.rstrip("?"): (check, name.endswith("?")) for name, check in TABLE[kind].items()}
    if not set(body) <= set(members) or any(name not in body and not free for name, (_, free) in members.items()):
        return "E-4"
    for name, value in body.items():
        if not members[name][0](value):
            return _RULES.get((kind, name), "E-4")
    return _JOINT[kind](body) if kind in _JOINT else None


_RULES = {("decision", "code"): "E-12", ("token", "epochs"): "E-15", ("revocation", "feed"): "E-14",
          ("revocation", "epoch"): "E-14", ("erasure", "parts"): "E-10"}


def _decision(body):
    return None if ("code" in body) == (body["verdict"] == "refuse") else "E-12"


def _token(body):
    return None if ("parent" in body) == (body["mode"] != "root") else "E-18"


def _revocation(body):
    if (body["kind"] == "all") != (body["id"] == "all") or (body["kind"] == "token" and not is_digest(body["id"])):
        return "E-14"
    return None if ("operator" in body) == (body["by"] == "operator") else "E-14"


def _erasure(body):
    return None if "txn" in body or all("/" in part for part in body["parts"]) else "E-10"


def _attestation(body):
    return None if ("code" in body) == (body["verdict"] == "refused") else "E-4"


def _person(body):
    added, removed = (body["action"] == f"credential_{end}" for end in ("added", "removed"))
    return None if ("credential" in body) == (added or removed) and ("authenticator" in body) == added else "E-4"


def _approval(body):
    asked, signed = body["action"] == "requested", body["action"] in ("approved", "refused")
    fits = all((name in body) == asked for name in ("requires", "decision", "not_after"))
    return None if fits and all((name in body) == signed for name in ("person", "credential", "role", "slot")) else "E-4"


def _release(body):
    by_person = body["action"] in ("signed", "refused", "glass_signed", "glass_refused", "glass_reviewed")
    fits = all((name in body) == by_person for name in ("person", "credential", "role"))
    fits = fits and ("operator" in body) == (not by_person) and ("until" in body) == (body["action"] == "glass_opened")
    fits = fits and ("evaluation" not in body or body["action"] in ("activated", "canary"))
    fits = fits and ("share" in body) == (body["action"] == "canary")
    return None if fits and ("not_after" in body) == (body["action"] in ("proposed", "glass_asked")) else "E-4"


def _overlay(body):
    put = body["action"] == "put"
    return None if ("until" in body) == put and ("overlay" in body) == (not put) else "E-4"


_JOINT = {"overlay": _overlay, "release": _release, "person": _person, "approval": _approval, "decision": _decision, "token": _token, "revocation": _revocation, "erasure": _erasure, "attestation": _attestation}
