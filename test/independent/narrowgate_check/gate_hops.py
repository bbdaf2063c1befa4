"""The gate as an actor: tokens it cuts for itself, for one call at an upstream (token.md T-6, evidence.md E-11, E-18)."""

from .order import DATA_CLASSES, OPERATIONS
from .registered import LISTS, operation_of

_KINDS = {"mcp_tool": "tool", "mcp_prompt": "prompt", "mcp_resource": "resource"}


def gate_hop_fault(entries, entry, parent, claims, content):
    """None, or what is wrong with an upstream token, beyond what is asked of every hop."""
    decision = entries.by_id.get(entry.body["decision"])
    if entry.body["mode"] != "rebind" or "agent" in entry.leaf:
        return "a token of the gate that is no rebind by the gate"
    if decision is None or decision.body.get("action") != "call":
        return "a token of the gate that follows from no call"
    if parent is not None and parent["aud"] != claims["ng"]["reach"][0]:
        return "the token presented is for another place"
    return None if content is None else _ceiling_fault(entries, decision, claims, content)


def _ceiling_fault(entries, decision, claims, content):
    ceiling = content.get("actor_ceiling")
    if ceiling != content.get("client_ceiling"):
        return "two ceilings for one operation"
    details = ceiling["authorization_details"]
    if ceiling["resource"] != claims["ng"]["reach"] or len(details) != 1:
        return "a ceiling of more than one operation"
    detail = details[0]
    if claims["ng"]["reach"][0] != "%s/mcp/%s" % (claims["iss"], detail["server"]):
        return "a ceiling of another server"
    name = _name_in(detail)
    if name is None or not set(detail) <= {"type", "server", OPERATIONS[detail["type"]], "data_class"}:
        return "a ceiling that is no registration"
    return _registration_fault(entries, decision, claims, ceiling, name)


def _name_in(detail):
    """Of its one operation: the name, or the prefix of its URIs."""
    named = detail[OPERATIONS[detail["type"]]]
    if detail["type"] == "mcp_resource":
        return named["prefix"] if set(named) == {"prefix"} else None
    return named[0] if len(named) == 1 else None


def _registration_fault(entries, decision, claims, ceiling, name):
    """The newest registration of the server that the bytes went to."""
    sent = [one for one in entries.of("dispatch") if one.body["decision"] == decision.id]
    known = [one for one in entries.of("registry") if sent and one.body["ref"] == sent[0].body["server"] and one.seq < sent[0].seq]
    document = (known[-1].opening("content") or {}).get("document") if known else None
    if not isinstance(document, dict):
        return None
    if document.get("id") != ceiling["authorization_details"][0]["server"]:
        return "a registration of another server"
    return _differs(document, claims, ceiling, name)


def _listed(document, name):
    return document[name] if isinstance(document.get(name), list) else []


def _is_record(value):
    texts = isinstance(value, dict) and all(isinstance(value.get(name), str) for name in ("name", "scope"))
    return texts and value.get("dataClass") in DATA_CLASSES


def _differs(document, claims, ceiling, name):
    detail = ceiling["authorization_details"][0]
    upstream = document.get("upstream")
    if not isinstance(upstream, dict) or upstream.get("auth") != "exchanged" or upstream.get("url") != claims["aud"]:
        return "aimed at another address than is registered for exchanged tokens"
    if not all(_is_record(one) for names in LISTS.values() for one in _listed(document, names)):
        return "a registration of another form"
    kind = _KINDS[detail["type"]]
    if LISTS[kind] not in document:
        return None
    standing, known = operation_of(document, kind, name)
    if standing != "found" or known["name"] != name:
        return "the operation is not registered"
    if known.get("dataClass", "restricted") != detail.get("data_class", "restricted"):
        return "a ceiling of another data class than the registered one"
    scope = [token for token in known.get("scope", "").split(" ") if token]
    return None if sorted(scope) == sorted(ceiling["scope"]) else "a ceiling of another scope than the registered one"
