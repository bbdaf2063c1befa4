"""Inputs that the log itself can speak to (evidence.md E-28)."""

from .canonical import canonical
from .labels import PATHS, sources
from .leaves import LeafError, rebuild_request
from .registered import agent_documents, differs, operation_of, server_documents

_OPERATION = ("dataClass", "effect", "egress", "scope", "amount")
_KINDS = {"Tool": "tool", "Prompt": "prompt", "Resource": "resource"}


def check_derived(entries, findings):
    for entry in entries.of("decision"):
        items = [item for item in entry.opening("inputs") or [] if "path" in item]
        try:
            request = rebuild_request(items)
        except LeafError:
            continue
        compared = set()
        for path, fault in _faults(entries, entry, request):
            compared.add(path)
            findings.demand(fault is None, "E-28", "leaf %d, %s: %s" % (entry.seq, path, fault))
        compared |= _check_labels(entries, entry, items, request.get("call"), findings)
        for item in items:
            if item["from"]["by"] == "derived" and not any(_meets(item["path"], path) for path in compared):
                findings.line("claimed", "leaf %d: %s follows from nothing that is open" % (entry.seq, item["path"]))


def _check_labels(entries, entry, items, call, findings):
    """E-29: each label is the one its leaf says, and names that leaf. Gives the paths that were compared."""
    compared = set()
    for item in items if entry.body["action"] != "evaluate" else []:
        known = sources(entries, entry, item["path"], call) if item["path"] in PATHS else None
        if known is None:
            continue
        compared.add(item["path"])
        good = any(item["from"].get("entry") in ids and canonical(item["value"]) == canonical(label) for ids, label in known)
        findings.demand(good, "E-29", "leaf %d, %s: not what its leaf says" % (entry.seq, item["path"]))
    return compared


def _meets(one, other):
    return one == other or one.startswith(other + "/") or other.startswith(one + "/")


def _faults(entries, entry, request):
    """(path, None or what is wrong) for each input that was compared."""
    context = request.get("context", {})
    context = context if isinstance(context, dict) else {}
    if entry.body["action"] == "evaluate":
        yield from _caller(entries, entry, request, context)
        return
    yield from _mandate(entries, entry, context)
    if "instance" in context and "instance" in entry.body:
        yield "/context/instance", _unless(context["instance"] == entry.body["instance"], "another instance than its leaf's")
    if "txn" in context and entry.txn is not None:
        yield "/context/txn", _unless(context["txn"] == entry.txn["id"], "another transaction than its leaf's")
    yield from _agent(entries, entry, request)
    if isinstance(request.get("call"), dict):
        call = request["call"]
        yield from _operation(entries, entry, "/call", call, call)
    for entity in _entities(request):
        uid, attributes = _uid(entity), entity.get("attrs")
        if uid.get("type") in _KINDS and isinstance(attributes, dict):
            named = {"kind": _KINDS[uid["type"]], "server": attributes.get("server"), "name": attributes.get("name")}
            yield from _operation(entries, entry, "/entities", named, attributes)


def _caller(entries, entry, request, context):
    """E-35: of somebody else's request the log knows who asked."""
    for path in ("approvals", "authority", "call", "labels", "pin"):
        if path in request:
            yield "/" + path, "it stands only where something is called"
    documents, caller = agent_documents(entries, entry), context.get("caller")
    if documents and isinstance(caller, dict) and "id" in caller:
        good = any(document.get("id", caller["id"]) == caller["id"] for document in documents)
        yield "/context/caller", _unless(good, "another agent than the leaf's")


def _unless(holds, fault):
    return None if holds else fault


def _uid(entity):
    return entity["uid"] if isinstance(entity.get("uid"), dict) else {}


def _entities(request):
    found = request.get("entities")
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _mandate(entries, entry, context):
    named = entry.body.get("mandate")
    opened = [one for one in entries.of("mandate")
              if one.seq < entry.seq and one.body["action"] == "opened" and one.body["mandate"] == named]
    if not opened:
        return
    if "basis" in context:
        yield "/context/basis", _unless(context["basis"] == opened[0].body["basis"], "another basis than the mandate's")
    content = opened[0].opening("content")
    document = (content or {}).get("document")
    if content is not None and "entitlements" in context:
        known = canonical({"groups": content.get("groups", [])})
        yield "/context/entitlements", _unless(canonical(context["entitlements"]) == known, "other groups than the mandate's")
    if isinstance(document, dict) and "intent" in context:
        said = document.get("intent", {})
        known = {"case": said.get("case", ""), "declared": "intent" in document,
                 "resources": said.get("resources", []), "tools": said.get("tools", [])}
        same = canonical(context["intent"]) == canonical(known)
        yield "/context/intent", _unless(same, "another intent than the mandate's")
    if isinstance(context.get("mandate"), dict) and isinstance(document, dict):
        other = differs(context["mandate"], document, ("purpose",))
        yield "/context/mandate", _unless(other is None, "another purpose than the mandate's")


def _agent(entries, entry, request):
    documents = agent_documents(entries, entry)
    if not documents:
        return
    principal = request.get("principal")
    if isinstance(principal, dict) and "id" in principal:
        good = any(document.get("id", principal["id"]) == principal["id"] for document in documents)
        yield "/principal", _unless(good, "another agent than the leaf's")
    for entity in _entities(request):
        uid, attributes = _uid(entity), entity.get("attrs")
        asks = uid.get("type") == "Agent" and any(document.get("id") == uid.get("id") for document in documents)
        if asks and isinstance(attributes, dict):
            good = any(differs(attributes, document, ("owner", "purpose", "tier")) is None for document in documents)
            yield "/entities", _unless(good, "the agent is registered otherwise")


def _operation(entries, entry, path, named, stated):
    kind, server, name = named.get("kind"), named.get("server"), named.get("name")
    if not all(isinstance(one, str) for one in (kind, server, name)):
        return
    found = [operation_of(document, kind, name) for document in server_documents(entries, entry, server)]
    spoken = [one for one in found if one[0] != "silent"]
    if not spoken:
        return
    good = any(standing == "found" and differs(stated, known, _OPERATION) is None for standing, known in spoken)
    yield path, _unless(good, "%s of %s is registered otherwise, or not at all" % (name, server))
