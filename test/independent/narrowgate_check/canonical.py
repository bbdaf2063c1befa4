"""Canonical JSON (RFC 8785): ECMAScript's shortest numbers, names in order of their UTF-16 code units."""

import math
import re

_SHORT = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}

_UNEASY = re.compile('[\x00-\x1f"\\\\\ud800-\udfff]')


def utf16_key(text):
    """Sorts as UTF-16 code units do; differs from code points above U+D7FF."""
    return text.encode("utf-16-be", "surrogatepass")


def utf16_length(text):
    return len(text) + sum(1 for character in text if ord(character) > 0xFFFF)


def number(value):
    """ECMA-262 Number::toString, radix 10; Python's `repr` gives the same shortest digits in another layout."""
    value = float(value)
    if not math.isfinite(value):
        raise ValueError("no JSON number")
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    digits, point = _digits(repr(abs(value)))
    count = len(digits)
    if count <= point <= 21:
        return sign + digits + "0" * (point - count)
    if 0 < point <= 21:
        return sign + digits[:point] + "." + digits[point:]
    if -6 < point <= 0:
        return sign + "0." + "0" * -point + digits
    exponent = point - 1
    mantissa = digits[0] + ("." + digits[1:] if count > 1 else "")
    return "%s%se%s%d" % (sign, mantissa, "-" if exponent < 0 else "+", abs(exponent))


def _digits(text):
    """The significant digits, and where the decimal point stands counted from before the first of them."""
    mantissa, _, exponent = text.partition("e")
    whole, _, fraction = mantissa.partition(".")
    point = len(whole) + (int(exponent) if exponent else 0)
    digits = whole + fraction
    stripped = digits.lstrip("0")
    point -= len(digits) - len(stripped)
    return stripped.rstrip("0"), point


def string(text):
    if not _UNEASY.search(text):
        return '"' + text + '"'
    parts = ['"']
    for character in text:
        code = ord(character)
        if 0xD800 <= code <= 0xDFFF:
            raise ValueError("a lone surrogate")
        if character in _SHORT:
            parts.append(_SHORT[character])
        else:
            parts.append("\\u%04x" % code if code < 0x20 else character)
    parts.append('"')
    return "".join(parts)


def canonical(value):
    if value is None:
        return "null"
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, str):
        return string(value)
    if isinstance(value, (int, float)):
        return number(value)
    if isinstance(value, list):
        return "[" + ",".join(canonical(item) for item in value) + "]"
    names = sorted(value, key=utf16_key)
    return "{" + ",".join(string(name) + ":" + canonical(value[name]) for name in names) + "}"


def canonical_bytes(value):
    return canonical(value).encode("utf-8")
