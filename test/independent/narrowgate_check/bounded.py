"""Answers of sanitisers, and whether they are within their bound (evidence.md E-29)."""

from .canonical import canonical
from .labels import label_of
from .registered import operation_of
from .strict_json import is_int, parse
from .texts import from_base64url

_TOP = {"class": "restricted", "untrusted": True}


def within(value, schema):
    kind = schema.get("type")
    if kind == "boolean":
        return isinstance(value, bool)
    if kind == "integer":
        return is_int(value, schema["minimum"], schema["maximum"])
    if kind == "string":
        return isinstance(value, str) and value in schema["enum"]
    if kind == "array":
        return isinstance(value, list) and len(value) <= schema["maxItems"] and all(within(one, schema["items"]) for one in value)
    members = schema["properties"]
    good = kind == "object" and isinstance(value, dict) and set(value) == set(members)
    return good and all(within(value[name], one) for name, one in members.items())


def is_bounded(answer, schema):
    """Nothing but the structure as declared, once more as canonical text at most."""
    known = {"structuredContent", "content", "isError", "resultType"}
    if not isinstance(answer, dict) or "structuredContent" not in answer or not set(answer) <= known:
        return False
    structured, content = answer["structuredContent"], answer.get("content", [])
    again = [] if content == [] else [{"type": "text", "text": canonical(structured)}]
    said = answer.get("isError", False) is False and answer.get("resultType", "complete") == "complete"
    return said and within(structured, schema) and canonical(content) == canonical(again)


def check_bounds(entries, findings):
    """An answer beyond the bound of its sanitiser raised the transaction to the top, or was shown to nobody."""
    for outcome in entries.own:
        if outcome.type == "outcome":
            bounds = _bounds(entries, outcome)
            kept = (outcome.opening("content") or {}).get("bytes")
            if not bounds or kept is None:
                continue
            answer = parse(from_base64url(kept).decode("utf-8"))
            told = any(bound is None or is_bounded(answer, bound) for bound in bounds) or _carried(entries, outcome) == _TOP
            gone = any(one.type in ("closing", "revocation") and one.seq < outcome.seq for one in entries.all)
            findings.demand(told or gone, "E-29", "leaf %d: no leaf says that a sanitiser is beyond its bound" % outcome.seq)


def _bounds(entries, outcome):
    """What the registrations that may have been in force say of the operation, newest last; empty when none bounds it."""
    call = entries.requests.get(outcome.body["decision"], {}).get("call")
    if not isinstance(call, dict) or call.get("kind") != "tool":
        return []
    documents = [(one.opening("content") or {}).get("document") for one in entries.of("registry")
                 if one.body["kind"] == "server" and one.seq < outcome.seq]
    named = [one for one in documents if isinstance(one, dict) and one.get("id") == call.get("server")]
    found = [operation_of(one, "tool", call.get("name"))[1] or {} for one in named[-2:]]
    bounds = [one.get("sanitisedOutput") for one in found]
    return bounds if bounds and bounds[-1] is not None else []


def _carried(entries, outcome):
    later = [one.seq for one in entries.own if one.type == "decision" and one.seq > outcome.seq]
    end = later[0] if later else float("inf")
    said = [one for one in entries.of("label") if (one.body["state"], one.body["ref"]) == ("transaction", entries.txn) and one.seq < end]
    return label_of(said[-1]) if said else None
