"""Signatures, by the `cryptography` package when it is there. Without it nothing is verified, and that is said."""

from .texts import from_base64url

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
    from cryptography.hazmat.primitives.hashes import SHA256

    AVAILABLE = True
except ImportError:
    AVAILABLE = False


class NoCryptography(Exception):
    """A signature was to be verified and there is nothing to do it with."""


def _demand():
    if not AVAILABLE:
        raise NoCryptography("python3-cryptography is not installed")


def verify_ed25519(key, signature, message):
    _demand()
    try:
        ed25519.Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def verify_jws(alg, jwk, signature, message):
    """ES256, EdDSA (Ed25519) or RS256 under a public JWK; False for every other algorithm or a key that is none."""
    _demand()
    try:
        if alg in ("EdDSA", "Ed25519"):
            return verify_ed25519(from_base64url(jwk["x"]), signature, message)
        if alg == "ES256" and len(signature) == 64:
            pair = [int.from_bytes(half, "big") for half in (signature[:32], signature[32:])]
            encoded = utils.encode_dss_signature(*pair)
            _point(jwk).verify(encoded, message, ec.ECDSA(SHA256()))
            return True
        if alg == "RS256":
            numbers = [int.from_bytes(from_base64url(jwk[name]), "big") for name in ("e", "n")]
            key = rsa.RSAPublicNumbers(*numbers).public_key()
            key.verify(signature, message, padding.PKCS1v15(), SHA256())
            return True
    except (InvalidSignature, ValueError, KeyError, TypeError):
        return False
    return False


def verify_webauthn(jwk, signature, message):
    """An assertion (approval.md P-7): ES256 in DER, or Ed25519, as the key is."""
    _demand()
    if jwk.get("kty") == "OKP":
        return verify_jws("EdDSA", jwk, signature, message)
    if jwk.get("kty") != "EC":
        return False
    try:
        # Strict DER: what does not come out the same again is another text for the same numbers.
        pair = utils.decode_dss_signature(signature)
        _point(jwk).verify(signature, message, ec.ECDSA(SHA256()))
    except (InvalidSignature, ValueError, KeyError, TypeError):
        return False
    return utils.encode_dss_signature(*pair) == signature


def _point(jwk):
    axes = [int.from_bytes(from_base64url(jwk[name]), "big") for name in ("x", "y")]
    return ec.EllipticCurvePublicNumbers(*axes, ec.SECP256R1()).public_key()
