"""What was sent is what was decided on, without what was to be taken away (evidence.md E-11, E-32)."""

from .annotations import redact
from .canonical import canonical, canonical_bytes
from .posture import arguments_of
from .strict_json import JsonError, parse
from .texts import from_base64url


def check_dispatches(entries, findings):
    for entry in entries.of("dispatch"):
        request, data = entries.requests.get(entry.body["decision"]), (entry.opening("content") or {}).get("bytes")
        data = from_base64url(data)
        if data is None or request is None or not isinstance(request.get("call"), dict):
            continue
        fault = _fault(data, request, entries.by_id[entry.body["decision"]])
        if findings.demand(fault is None, "E-11", "dispatch of leaf %d: %s" % (entry.seq, fault)):
            findings.line("proven", "dispatch of leaf %d sent what was decided on" % entry.seq)


def _fault(data, request, decision):
    try:
        message = parse(data)
    except JsonError:
        return "no JSON"
    if canonical_bytes(message) != data:
        return "not canonical"
    params = message.get("params") if isinstance(message, dict) else None
    params = params if isinstance(params, dict) else {}
    resource = request["call"].get("kind") == "resource"
    if params.get("uri" if resource else "name") != request["call"].get("name"):
        return "another operation"
    content = decision.opening("content")
    if resource or content is None:
        return None
    taken = (content.get("obligations") or {}).get("redact_arguments", [])
    same = canonical(params.get("arguments", {})) == canonical(redact(arguments_of(request), taken))
    return None if same else "other arguments"
