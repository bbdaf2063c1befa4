"""What a person signs, and the ceremony it is signed in (approval.md)."""

import re

from .bodies import CLASSES, ROLES
from .canonical import canonical, canonical_bytes, utf16_key, utf16_length
from .constraints import Refusal
from .strict_json import JsonError, is_int, kind_of, parse
from .signatures import verify_webauthn
from .texts import digest, from_base64url, is_digest, is_id, is_ref, sha256, step
from .tokens import BESIDE_A_KEY, is_public_jwk, is_txn

EFFECTS = ("read", "write", "irreversible")
KINDS = ("approve", "declassify", "refuse", "release", "step_up")
_PARTS = {"client_data": "P-5", "authenticator_data": "P-6", "signature": "P-7"}
_UP, _UV = 1, 4
_DATA_BYTES = range(37, 12_289)
_STATEMENT_BYTES, _CLIENT_BYTES, _CLIENT_DEPTH = 4096, 8192, 8
_ORIGIN = re.compile(r"https?://([a-z0-9.-]+)(?::[0-9]{1,5})?\Z")


def _demand(holds, rule, why):
    if not holds:
        raise Refusal(rule, why)


def _text(value, most=1024, least=1):
    return isinstance(value, str) and least <= utf16_length(value) <= most


def _texts(value):
    return isinstance(value, list) and 1 <= len(value) <= 16 and all(map(_text, value))


def _flag(value):
    return isinstance(value, bool)


def _one(value):
    return is_int(value, 1, 1)


def _word(*words):
    return lambda value: isinstance(value, str) and value in words


def _labels(value):
    known = isinstance(value, dict) and set(value) == {"class", "untrusted"}
    return known and value["class"] in CLASSES and _flag(value["untrusted"])


_ACTION = {
    "v": _one, "nonce": is_id, "txn": is_txn, "mandate": is_ref, "subject": _text, "actors": _texts, "agent": _text,
    "server": _text, "kind": _word("tool", "prompt", "resource"), "name": lambda value: _text(value, 2048), "pin": lambda value: _text(value, 64, 0),
    "arguments": lambda value: isinstance(value, dict), "data_class": _word(*CLASSES), "effect": _word(*EFFECTS),
    "egress": _flag,
}
_STATEMENT = {
    "v": _one, "kind": _word(*KINDS), "id": is_ref, "nonce": is_id, "action": is_digest, "txn": is_txn, "policy": is_digest,
    "labels": _labels, "role": _word(*ROLES), "slot": lambda value: is_int(value, 1, 9), "rendered": is_digest,
    "not_after": is_int,
}


def members(value, table, rule):
    """Exactly the members of the table, each as it has to be."""
    _demand(isinstance(value, dict) and set(value) == set(table), rule, "other members than there are")
    for name, check in table.items():
        _demand(check(value[name]), rule, name)


def text_of(most):
    return lambda value: _text(value, most)


def check_action(action):
    """The form of an action (section 1)."""
    members(action, _ACTION, "P-1")


def action_digest(action):
    """P-1."""
    check_action(action)
    return digest(b"narrowgate/action/v1\n" + canonical_bytes(action))


def same_action(one, other):
    """P-1: all members but the nonce."""
    bare = [{name: value for name, value in action.items() if name != "nonce"} for action in (one, other)]
    return canonical(bare[0]) == canonical(bare[1])


def statement_of(text, table, rule):
    """What was signed: canonical JSON of no more than it may have, exactly the members of the table."""
    _demand(isinstance(text, str) and len(text.encode("utf-8", "surrogatepass")) <= _STATEMENT_BYTES, rule, "no text, or too long")
    try:
        statement = parse(text)
    except JsonError as cause:
        raise Refusal(rule, str(cause)) from cause
    members(statement, table, rule)
    _demand(canonical(statement) == text, rule, "not canonical")
    return statement


def read_statement(text):
    """P-2, of the text that was signed."""
    return statement_of(text, _STATEMENT, "P-2")


def challenge(text):
    """P-3."""
    return digest(b"narrowgate/approval-statement/v1\n" + text.encode("utf-8"))


def rendered_digest(rows):
    """P-4."""
    return digest(b"narrowgate/rendered/v1\n" + canonical_bytes(rows))


def render(action, labels, reason):
    """P-9."""
    rows = [("Agent", action["agent"]), ("For", action["subject"])]
    if len(action["actors"]) > 1:
        rows.append(("Through", " > ".join(action["actors"])))
    effect = action["effect"] + (" and sends data out" if action["egress"] else "")
    rows += [("Server", action["server"]), ("Operation", "%s %s" % (action["kind"], action["name"])),
             ("Effect", effect), ("Data class", action["data_class"])]
    rows += leaf_rows(action["arguments"]) or [("Arguments", "none")]
    rows.append(("Asked because", reason))
    rows.append(("Read before", labels["class"] + (", untrusted content" if labels["untrusted"] else "")))
    return [{"label": label, "value": value} for label, value in rows]


def leaf_rows(value):
    """A row for each leaf value of an object, by pointer."""
    values = sorted(_leaf_values(value, ""), key=lambda item: utf16_key(item[0]))
    return [(pointer, canonical(one)) for pointer, one in values]


def _leaf_values(value, pointer):
    """A leaf is what holds nothing more: a scalar, or an array or object that is empty."""
    items = list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    if not items and pointer:
        yield pointer, value
    for name, item in items:
        yield from _leaf_values(item, pointer + "/" + step(str(name)))


def check_ceremony(given, jwk, origin, rp_id, at, read=None, challenge_of=None):
    """P-5 to P-8: `given` has statement, client_data, authenticator_data and signature; gives the statement."""
    statement = (read or read_statement)(given.get("statement"))
    data = {name: from_base64url(given.get(name)) for name in _PARTS}
    for name, value in data.items():
        _demand(value is not None, _PARTS[name], name)
    _check_client(data["client_data"], (challenge_of or challenge)(given["statement"]), origin)
    _check_authenticator(data["authenticator_data"], origin, rp_id)
    signed = data["authenticator_data"] + sha256(data["client_data"])
    good = is_public_jwk(jwk, further=BESIDE_A_KEY) and verify_webauthn(jwk, data["signature"], signed)
    _demand(good, "P-7", "the signature does not verify")
    _demand(at < statement.get("not_after", at + 1), "P-8", "signed too late")
    return statement


def _check_client(data, asked, origin):
    _demand(len(data) <= _CLIENT_BYTES, "P-5", "too long")
    try:
        client = parse(data)
    except JsonError as cause:
        raise Refusal("P-5", str(cause)) from cause
    _demand(_depth(client) <= _CLIENT_DEPTH, "P-5", "too deep")
    _demand(isinstance(client, dict) and client.get("type") == "webauthn.get", "P-5", "type")
    _demand(client.get("challenge") == asked, "P-5", "challenge")
    _demand(client.get("origin") == origin, "P-5", "origin")
    _demand(client.get("crossOrigin", False) is False and "topOrigin" not in client, "P-5", "shown in another page")


def _depth(value):
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(_depth, inner), default=0)


def _check_authenticator(data, origin, rp_id):
    _demand(len(data) in _DATA_BYTES, "P-6", "of another length")
    place = _ORIGIN.match(origin)
    host = place.group(1) if place is not None else ""
    _demand(host == rp_id or host.endswith("." + rp_id), "P-6", "the RP id is no parent of the host")
    _demand(data[:32] == sha256(rp_id.encode("utf-8")), "P-6", "another RP id")
    _demand(data[32] & _UP and data[32] & _UV, "P-6", "no presence or no verification")
