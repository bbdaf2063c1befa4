"""What operators signed (evidence.md E-27)."""

from .constraints import Refusal
from .signatures import verify_jws
from .texts import digest, is_digest, is_id, is_text
from .strict_json import is_int
from .tokens import is_public_jwk, split_jws, thumbprint

_CLAIMS = {"iss", "aud", "method", "path", "body_sha256", "iat", "jti"}
_LENGTHS = {"iss": (1, 86), "aud": (1, 1024), "method": (1, 16), "path": (1, 2048), "jti": (16, 128)}
_MOST, _EARLY_MS, _LATE_MS = 4096, 300_000, 5_000
# The member of the body that names who asked; the others name nobody.
_NAMES = {"registry": "operator", "policy": "operator", "revocation": "operator", "erasure": "operator", "read": "auditor",
          "release": "operator", "overlay": "operator", "person": "operator"}


def check_operators(entries, findings):
    for entry in entries.of("operator"):
        _check_key(entry, findings)
    for entry in entries.all:
        if entry.type == "revocation" and entry.body["by"] != "operator":
            continue
        request = (entry.opening("proof") or {}).get("request")
        if request is None:
            continue
        where = "request of leaf %d (%s)" % (entry.seq, entry.type)
        try:
            name = _signer(entries, entry, request)
        except Refusal as cause:
            findings.fail("E-27", "%s: %s" % (where, cause))
            continue
        if name is None:
            findings.line("claimed", where + ": the key of its operator is not disclosed")
        elif not _signed_by_subject(entry):
            findings.line("signed", "%s by operator %s" % (where, name))


def signer_of(entry):
    """Who says, in what is opened of a leaf, that they asked for it as an operator; None where nobody does."""
    if entry.type == "revocation" and entry.body["by"] != "operator":
        return None
    try:
        claims, _, _ = read_request((entry.opening("proof") or {}).get("request"))
    except Refusal:
        return None
    return claims["iss"]


def _check_key(entry, findings):
    jwk = (entry.opening("content") or {}).get("jwk")
    if entry.body["action"] == "enrolled" and jwk is not None:
        good = is_public_jwk(jwk) and thumbprint(jwk) == entry.body["jkt"]
        findings.demand(good, "E-27", "leaf %d: the key of an operator is not the one on record" % entry.seq)


def _signed_by_subject(entry):
    return entry.type == "mandate" and "subject_assertion" in (entry.opening("proof") or {})


def _demand(holds, why):
    if not holds:
        raise Refusal("request", why)


def _signer(entries, entry, request):
    """The name of the operator, or None where their key is not disclosed; raises Refusal."""
    claims, signature, message = read_request(request)
    enrolment = _enrolment(entries, entry, claims["iss"])
    content = enrolment.opening("content") if enrolment is not None else None
    jwk = (content or {}).get("jwk")
    if jwk is None:
        return None
    _check_place(entries, claims)
    _check_time(entry, claims["iat"])
    if entry.type in _NAMES and _NAMES[entry.type] in entry.body:
        named = entry.body[_NAMES[entry.type]]
        _demand(named == enrolment.body["operator"], "another operator than the leaf names")
    _check_removal(entries, enrolment, claims["iat"])
    _demand(is_public_jwk(jwk) and jwk["kty"] == "EC" and verify_jws("ES256", jwk, signature, message), "the signature does not verify")
    name = (content or {}).get("name")
    return name if isinstance(name, str) else enrolment.body["operator"]


def read_request(request):
    """(claims, signature, what it is over), none of it verified; raises Refusal."""
    _demand(isinstance(request, str) and len(request) <= _MOST, "no text of at most 4,096 characters")
    header, claims, signature, message = split_jws(request)
    _demand(header == {"alg": "ES256", "typ": "operator-request+jws"}, "another header")
    _check_claims(claims)
    return claims, signature, message


def _check_claims(claims):
    _demand(set(claims) == _CLAIMS, "other claims than there are")
    texts = all(is_text(claims[name], most, least) for name, (least, most) in _LENGTHS.items())
    _demand(texts and is_digest(claims["body_sha256"]) and is_int(claims["iat"]), "a claim of another form")


def _enrolment(entries, entry, iss):
    """The leaf that enrolled who signs: before this one, or this one when it enrols the first operator."""
    enrolled = [one for one in entries.of("operator") if one.body["action"] == "enrolled"]
    before = [one for one in enrolled if one.seq < entry.seq and iss in (one.body["operator"], one.body["jkt"])]
    if before:
        return before[-1]
    if iss != entry.body.get("jkt"):
        return None
    _demand(entry in enrolled[:1], "it enrols itself, and is not the first")
    return entry


def _check_place(entries, claims):
    origin = entries.origin
    scheme, colon, rest = claims["aud"].partition("://")
    _demand(colon and scheme in ("http", "https"), "aud is no URL")
    authority = rest.split("/", 1)[0].split("?", 1)[0].split("#", 1)[0]
    for known, port in (("http", ":80"), ("https", ":443")):
        if scheme == known and authority.endswith(port):
            authority = authority[: -len(port)]
    _demand(authority.lower() == origin.split("/log/", 1)[0], "signed for another place")


def _check_time(entry, iat):
    at, signed = entry.leaf["at"], iat * 1000
    _demand(at - signed <= _EARLY_MS and signed - at <= _LATE_MS, "signed at another time")


def _check_removal(entries, enrolment, iat):
    for one in entries.of("operator"):
        if one.body["action"] == "removed" and one.body["operator"] == enrolment.body["operator"]:
            _demand(iat * 1000 - one.leaf["at"] <= _LATE_MS, "signed by an operator who was removed")
