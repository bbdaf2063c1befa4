"""What is sealed beside the leaves of a release (release.md sections 1 to 3, R-6, R-8): digests, statement, certificate."""

import json

from .approval import statement_of
from .bodies import is_release_role
from .canonical import canonical_bytes
from .constraints import Refusal
from .strict_json import JsonError, is_int, parse
from .texts import digest, from_base64, from_base64url, is_digest, is_id, is_ref

MAX_GLASS_S = 4 * 3600
REVIEW_ROLES = ("compliance", "security")
ROLES = ("compliance", "iam", "pam", "security")
PAYLOAD_TYPE = "application/vnd.in-toto+json"
_PREDICATE_TYPE = "https://narrowgate.dev/release/v1"
_STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
_STANDING = {
    "v": lambda value: is_int(value, 1, 1), "id": is_ref, "nonce": is_id, "release": is_digest, "deployment": is_digest,
    "profile": is_digest, "readiness": is_digest, "diff": is_digest, "rendered": is_digest, "role": is_release_role,
    "not_after": is_int,
}
_STATEMENT = {**_STANDING, "kind": lambda value: value in ("sign_release", "refuse_release")}
_GLASS = {
    **_STANDING, "kind": lambda value: value in ("break_glass", "refuse_glass"),
    "seconds": lambda value: is_int(value, 1, MAX_GLASS_S),
}
_REVIEW = {
    "v": lambda value: is_int(value, 1, 1), "kind": lambda value: value == "review_glass", "id": is_ref, "nonce": is_id,
    "deployment": is_digest, "rendered": is_digest, "role": lambda value: value in REVIEW_ROLES,
    "findings": lambda value: isinstance(value, str) and 1 <= len(value.encode("utf-16-le")) // 2 <= 1024,
}


def _demand(holds, rule, why):
    if not holds:
        raise Refusal(rule, why)


def _tagged(tag, value):
    return digest(b"narrowgate/" + tag + b"/v1\n" + canonical_bytes(value))


def release_digest(manifest):
    """R-1."""
    return _tagged(b"release", manifest)


def deployment_digest(deployment):
    """R-2."""
    return _tagged(b"deployment", deployment)


def diff_digest(diff):
    """R-5."""
    return _tagged(b"release-diff", diff)


def document_digest(kind, document):
    """Of what an `assurance` leaf seals."""
    return _tagged(b"evaluation", document) if kind == "evaluation" else digest(canonical_bytes(document))


def read_release_statement(text):
    """R-3, of the text that was signed."""
    return statement_of(text, _STATEMENT, "R-3")


def read_glass_statement(text):
    """R-21, of the text that one of the two signed."""
    return statement_of(text, _GLASS, "R-21")


def read_glass_review(text):
    """R-25, of the text that the reviewer signed."""
    return statement_of(text, _REVIEW, "R-21")


def glass_challenge(text):
    """R-21."""
    return digest(b"narrowgate/glass-statement/v1\n" + text.encode("utf-8"))


def release_challenge(text):
    """R-4."""
    return digest(b"narrowgate/release-statement/v1\n" + text.encode("utf-8"))


def pre_auth(payload):
    """The bytes that a DSSE signature is over."""
    kind = PAYLOAD_TYPE.encode("ascii")
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def read_certificate(envelope):
    """R-8: (predicate, keyid, payload, signature) of an envelope in form; raises Refusal."""
    good = isinstance(envelope, dict) and set(envelope) == {"payloadType", "payload", "signatures"}
    _demand(good and envelope["payloadType"] == PAYLOAD_TYPE, "R-8", "another envelope")
    signatures = envelope["signatures"]
    _demand(isinstance(signatures, list) and len(signatures) == 1 and set(signatures[0]) == {"keyid", "sig"}, "R-8", "not one signature")
    payload, signature = from_base64(envelope["payload"]), from_base64(signatures[0]["sig"])
    _demand(payload is not None and signature is not None, "R-8", "no base64")
    try:
        statement = parse(payload)
    except JsonError as cause:
        raise Refusal("R-8", str(cause)) from cause
    _demand(isinstance(statement, dict) and canonical_bytes(statement) == payload, "R-8", "not canonical")
    _demand(set(statement) == {"_type", "predicateType", "predicate", "subject"}, "R-8", "another statement")
    _demand((statement["_type"], statement["predicateType"]) == (_STATEMENT_TYPE, _PREDICATE_TYPE), "R-8", "another predicate")
    predicate = statement["predicate"]
    known = {"agent", "release", "deployment", "environment", "profile", "readiness", "not_established", "signatures"}
    _demand(isinstance(predicate, dict) and set(predicate) == known, "R-8", "other members than there are")
    subjects = [{"digest": {"sha256": from_base64url(predicate[name]).hex()}, "name": "%s of %s" % (name, predicate["agent"])}
                for name in ("release", "deployment")]
    _demand(json.dumps(subjects) == json.dumps(statement["subject"]), "R-8", "other subjects")
    return predicate, signatures[0]["keyid"], payload, signature
