"""Access tokens (token.md), possession proofs (RFC 9449) and thumbprints (RFC 7638, RFC 8037)."""

import re

from .authority import parse as parse_authority
from .canonical import canonical, canonical_bytes, utf16_key
from .chains import read_chain
from .constraints import Refusal
from .signatures import verify_jws
from .strict_json import JsonError, is_int, kind_of, parse
from .texts import digest, from_base64url, is_absolute_uri, is_agent_or_server_id, is_digest, is_id, is_kid, is_ref, is_text

EPOCH_KINDS = ("mandate", "grant", "token", "agent", "instance", "subject", "release", "all")
BASES = ("signed_by_subject", "asserted_by_agent", "operator")
_REQUIRED = ("iss", "aud", "exp", "iat", "jti", "client_id", "scope", "sub", "sub_profile", "cnf",
             "authorization_details", "txn", "ng")
_NG = ("v", "mandate", "instance", "basis", "assurance", "epochs", "env", "reach")
_NG_MAY = ("parent", "intent", "release")
_PUBLIC = {"EC": ("crv", "kty", "x", "y"), "OKP": ("crv", "kty", "x"), "RSA": ("e", "kty", "n")}
_ALGORITHMS = {"ES256": ("EC", "P-256"), "EdDSA": ("OKP", "Ed25519"), "Ed25519": ("OKP", "Ed25519")}
BESIDE_A_KEY = ("kid", "use", "alg")
_METHOD = re.compile(r"[A-Z]{1,16}\Z")
_EPOCH = re.compile(r"[A-Za-z0-9_\-]{1,64}\Z")


def _demand(holds, rule, why):
    if not holds:
        raise Refusal(rule, why)


def split_jws(jws):
    """(header, payload, signature bytes, signing input) of a compact JWS."""
    parts = jws.split(".") if isinstance(jws, str) and len(jws) <= 65536 else []
    data = [from_base64url(part) for part in parts]
    _demand(len(parts) == 3 and None not in data, "jws", "not three parts of base64url")
    try:
        header, payload = parse(data[0]), parse(data[1])
    except JsonError as cause:
        raise Refusal("jws", str(cause)) from cause
    _demand(isinstance(header, dict) and isinstance(payload, dict), "jws", "not objects")
    return header, payload, data[2], (parts[0] + "." + parts[1]).encode("ascii")


def check_header(header):
    _demand(isinstance(header, dict) and set(header) == {"alg", "typ", "kid"}, "T-1", "other header members")
    _demand(header["alg"] == "ES256" and header["typ"] == "at+jwt", "T-1", "another kind of token")
    _demand(is_kid(header["kid"]), "T-1", "no kid")


def check_claims(claims):
    """Raises Refusal, naming the rule."""
    _demand(isinstance(claims, dict), "T-1", "no object")
    _demand(set(_REQUIRED) <= set(claims) <= {*_REQUIRED, "nbf", "act"}, "T-1", "other claims than there are")
    _demand(all(is_text(claims[name], 512) for name in ("client_id", "sub")), "T-1", "no text")
    _demand(is_absolute_uri(claims["iss"]) and is_absolute_uri(claims["aud"]), "T-1", "no URI")
    _demand(claims["sub_profile"] in ("user", "ai_agent"), "T-1", "unknown sub_profile")
    _demand(all(is_int(claims[name]) for name in ("exp", "iat", *(["nbf"] if "nbf" in claims else []))), "T-1", "no time")
    _demand(0 < claims["exp"] - claims["iat"] <= 900, "T-1", "life")
    _demand(is_id(claims["jti"]) and is_txn(claims["txn"]), "T-1", "no id")
    cnf = claims["cnf"]
    _demand(isinstance(cnf, dict) and set(cnf) == {"jkt"} and is_digest(cnf["jkt"]), "T-1", "no jkt")
    _check_ng(claims["ng"])
    _check_reach(claims)
    _check_authority(claims)
    if "act" in claims:
        try:
            read_chain(claims["act"])
        except Refusal as cause:
            raise Refusal("A-19" if "too deep" in str(cause) else "A-17", str(cause)) from cause


def is_txn(value):
    writer, dot, own = value.partition(".") if isinstance(value, str) else ("", "", "")
    return dot == "." and is_ref(writer) and is_id(own)


def _check_ng(ng):
    _demand(isinstance(ng, dict) and set(_NG) <= set(ng) <= {*_NG, *_NG_MAY}, "T-1", "ng")
    _demand(kind_of(ng["v"]) == "number" and ng["v"] == 1, "T-1", "version")
    _demand(is_ref(ng["mandate"]) and is_ref(ng["instance"]), "T-1", "no id")
    _demand(ng["basis"] in BASES and ng["assurance"] in ("attested", "enrolled", "same-user key"), "T-1", "basis")
    _demand(ng["env"] in ("dev", "staging", "prod"), "T-1", "environment")
    _demand(are_epochs(ng["epochs"]), "T-2", "epochs")
    if "intent" in ng:
        _demand(is_digest(ng["intent"]), "T-7", "intent")
    if "release" in ng:
        _demand(is_digest(ng["release"]), "T-8", "release")
    if "parent" in ng:
        above = ng["parent"]
        _demand(isinstance(above, dict) and set(above) == {"jti", "hash"}, "T-1", "parent")
        _demand(is_id(above["jti"]) and is_digest(above["hash"]), "T-3", "parent")


def are_epochs(value):
    """At most 64 pairs [`kind:ref`, n], sorted by their name, none twice."""
    if not isinstance(value, list) or len(value) > 64:
        return False
    for pair in value:
        if not isinstance(pair, list) or len(pair) != 2 or not isinstance(pair[0], str) or not is_int(pair[1]):
            return False
        kind, _, ref = pair[0].partition(":")
        if kind not in EPOCH_KINDS or not _EPOCH.match(ref):
            return False
    return _ascends([pair[0] for pair in value])


def _ascends(texts):
    return all(utf16_key(one) < utf16_key(other) for one, other in zip(texts, texts[1:]))


def _check_reach(claims):
    reach = claims["ng"]["reach"]
    _demand(isinstance(reach, list) and len(reach) <= 64 and all(map(is_absolute_uri, reach)), "T-5", "reach")
    _demand(_ascends(reach), "T-5", "reach is not sorted")
    if _names_gate(claims):
        _check_upstream(claims)
        return
    _demand(claims["aud"] in reach or is_hand_off(claims), "T-5", "aud is not in the reach")


def _names_gate(claims):
    act = claims.get("act")
    outermost = act.get("sub") if isinstance(act, dict) else None
    return claims["iss"] + "/gate" in (claims["client_id"], outermost)


def _check_upstream(claims):
    """T-6: the gate is both the client and the outermost actor, and reaches its own address of one server."""
    gate, act, reach = claims["iss"] + "/gate", claims.get("act"), claims["ng"]["reach"]
    both = isinstance(act, dict) and act.get("iss") == claims["iss"] and act.get("sub") == claims["client_id"] == gate
    _demand(both, "T-6", "the gate is client or actor alone")
    base = claims["iss"] + "/mcp/"
    _demand(len(reach) == 1 and reach[0].startswith(base) and is_agent_or_server_id(reach[0][len(base):]), "T-6", "reach is not one server")
    _demand(claims["exp"] - claims["iat"] <= 60, "T-6", "it lives more than a minute")
    _demand("parent" in claims["ng"], "T-6", "it was cut from nothing")


def is_upstream(claims):
    """Of claims that were checked."""
    return _names_gate(claims)


def is_hand_off(claims):
    base = claims["iss"] + "/agents/"
    return claims["aud"].startswith(base) and is_agent_or_server_id(claims["aud"][len(base):])


def _check_authority(claims):
    _demand(isinstance(claims["scope"], str), "T-1", "scope")
    try:
        authority = authority_of(claims)
    except Refusal as cause:
        raise Refusal("T-1", str(cause)) from cause
    same = canonical(authority["authorization_details"]) == canonical(claims["authorization_details"])
    _demand(same, "T-1", "details not in normal form")


def authority_of(claims):
    scope = claims["scope"].split(" ") if claims["scope"] else []
    details = claims["authorization_details"]
    return parse_authority({"scope": scope, "resource": claims["ng"]["reach"], "authorization_details": details})


def thumbprint(jwk):
    """RFC 7638 with SHA-256; None for a key type without one here."""
    members = _PUBLIC.get(jwk["kty"]) if isinstance(jwk.get("kty"), str) else None
    if members is None or not all(isinstance(jwk.get(name), str) for name in members):
        return None
    return digest(canonical_bytes({name: jwk[name] for name in members}))


def _is_label(value):
    """A text beside a key: 1 to 256 UTF-16 code units."""
    return isinstance(value, str) and 1 <= len(value.encode("utf-16-le", "surrogatepass")) // 2 <= 256


def is_public_jwk(jwk, further=None):
    """P-256, Ed25519 or RSA without any private member; beside those of the key only `further`, or any where None."""
    if not isinstance(jwk, dict) or thumbprint(jwk) is None:
        return False
    if not isinstance(jwk.get("crv", ""), str) or any(name in jwk for name in ("d", "p", "q", "dp", "dq", "qi", "oth", "k")):
        return False
    if not all(_is_label(jwk.get(name, "none")) for name in BESIDE_A_KEY):
        return False
    if further is not None and not set(jwk) <= {*_PUBLIC[jwk["kty"]], *further}:
        return False
    sizes = {("EC", "P-256"): ("x", "y"), ("OKP", "Ed25519"): ("x",), ("RSA", None): ()}.get((jwk["kty"], jwk.get("crv")))
    return sizes is not None and all(is_digest(jwk[name]) for name in sizes)


def read_proof(jws):
    """Checks the form of a possession proof; gives its claims under the names of the vectors, and its key."""
    header, payload, _, _ = split_jws(jws)
    _demand(set(header) == {"typ", "alg", "jwk"} and header["typ"] == "dpop+jwt", "dpop", "header")
    alg, jwk = header["alg"], header["jwk"]
    _demand(isinstance(alg, str) and alg in _ALGORITHMS and is_public_jwk(jwk, further=BESIDE_A_KEY), "dpop", "key")
    kty, curve = _ALGORITHMS[alg]
    _demand(jwk["kty"] == kty and jwk.get("crv") == curve, "dpop", "key of another algorithm")
    _demand(is_text(payload.get("jti"), 256) and is_int(payload.get("iat")), "dpop", "jti and iat")
    _demand(isinstance(payload.get("htm"), str) and _METHOD.match(payload["htm"]), "dpop", "htm")
    htu = payload.get("htu")
    _demand(is_absolute_uri(htu) and htu.startswith(("http://", "https://")) and not htu.endswith("://"), "dpop", "htu")
    found = {"alg": alg, **{name: payload[name] for name in ("jti", "htm", "htu", "iat")}}
    for name, spelt in (("ath", "ath"), ("body_sha256", "bodySha256")):
        if name in payload:
            _demand(is_digest(payload[name]), "dpop", name)
            found[spelt] = payload[name]
    if "nonce" in payload:
        _demand(is_text(payload["nonce"], 256), "dpop", "nonce")
        found["nonce"] = payload["nonce"]
    return found, jwk


def verify_own_key(jws):
    """Whether a proof is signed by the key in its own header."""
    header, _, signature, message = split_jws(jws)
    return verify_jws(header["alg"], header["jwk"], signature, message)
