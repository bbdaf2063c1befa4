"""Forms of text that several formats use: base64url, digests, ids, JSON Pointers, URIs, plain strings."""

import base64
import binascii
import hashlib
import re

from .canonical import utf16_length

_BASE64URL = re.compile(r"[A-Za-z0-9_-]*\Z")
_POINTER = re.compile(r"(/([^~/]|~[01])*)*\Z", re.DOTALL)
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:(?:[A-Za-z0-9\-._~:/?\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+\Z")
_OWN_NAME = re.compile(r"[A-Za-z0-9_\-][A-Za-z0-9_\-.]{0,127}\Z")
_KID = re.compile(r"[A-Za-z0-9._\-]{1,128}\Z")
_CONTROL = re.compile("[\x00-\x1f\x7f]")
_HIDING = re.compile("[\x00-\x1f\x7f\\\\\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ud800-\udfff]|%(?:2e|2f|5c|00|25)", re.IGNORECASE)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*://")


def sha256(data):
    return hashlib.sha256(data).digest()


def to_base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def from_base64url(text):
    """The bytes, or None: padding, other characters and stray bits are refused."""
    if not isinstance(text, str) or not _BASE64URL.match(text) or len(text) % 4 == 1:
        return None
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    return data if to_base64url(data) == text else None


def from_base64(text):
    """Padded standard base64 without stray bits, or None."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if base64.b64encode(data).decode("ascii") == text else None


def is_digest(value):
    return _is_bytes(value, 32)


def is_id(value):
    return _is_bytes(value, 16)


def is_agent_or_server_id(value):
    """token.md T-4: what stands in an address of ours."""
    return isinstance(value, str) and _OWN_NAME.match(value) is not None


def is_ref(value):
    """A ref of a registration: 16 to 64 random bytes (evidence.md E-5)."""
    data = from_base64url(value)
    return data is not None and 16 <= len(data) <= 64


def is_kid(value):
    return isinstance(value, str) and _KID.match(value) is not None


def _is_bytes(value, size):
    data = from_base64url(value)
    return data is not None and len(data) == size


def digest(data):
    return to_base64url(sha256(data))


def is_text(value, most, least=1):
    """A bounded string without control characters and lone surrogates; lengths in UTF-16 code units."""
    if not isinstance(value, str) or _CONTROL.search(value) or not least <= utf16_length(value) <= most:
        return False
    return not any(0xD800 <= ord(character) <= 0xDFFF for character in value)


def is_absolute_uri(value, most=2048):
    return isinstance(value, str) and len(value) <= most and _ABSOLUTE.match(value) is not None


def steps_of(pointer):
    """The unescaped steps of a JSON Pointer (RFC 6901), or None when it is malformed."""
    if not isinstance(pointer, str) or not _POINTER.match(pointer):
        return None
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


def step(name):
    return name.replace("~", "~0").replace("/", "~1")


def is_plain(text):
    """authority.md A-7."""
    if _HIDING.search(text):
        return False
    if any(segment in (".", "..") for segment in text.split("/")):
        return False
    scheme = _SCHEME.match(text)
    return "//" not in (text[scheme.end():] if scheme else text)
