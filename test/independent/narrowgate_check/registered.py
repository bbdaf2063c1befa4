"""What registry leaves say of agents, servers and operations before a leaf (evidence.md E-28)."""

GRACE_MS = 60_000
LISTS = {"tool": "tools", "prompt": "prompts", "resource": "resources"}


def _document(entry):
    document = (entry.opening("content") or {}).get("document")
    return document if isinstance(document, dict) else None


def agent_documents(entries, at):
    """Documents of the agent that a leaf names which count at it: the newest first."""
    ref = at.leaf.get("agent", {}).get("id")
    return _counting(at, [one for one in _before(entries, at, "agent") if one.body["ref"] == ref])


def agent_documents_before(entries, at):
    """All documents of the agent that a leaf names, the oldest first."""
    ref = at.leaf.get("agent", {}).get("id")
    known = [one for one in _before(entries, at, "agent") if one.body["ref"] == ref]
    return [document for document in map(_document, known) if document is not None]


def server_documents(entries, at, server):
    named = [one for one in _before(entries, at, "server") if (_document(one) or {}).get("id") == server]
    return _counting(at, named)


def server_registrations(entries, at, server):
    """(leaf, document or None) of the registrations of a server that count at a leaf: the newest first."""
    named = [one for one in _before(entries, at, "server") if (_document(one) or {}).get("id") == server]
    return [(one, _document(one)) for one in _in_force(at, named)]


def _before(entries, at, kind):
    return [one for one in entries.of("registry") if one.body["kind"] == kind and one.seq < at.seq]


def _counting(at, registrations):
    return [document for document in map(_document, _in_force(at, registrations)) if document is not None]


def _in_force(at, registrations):
    # What was in force a moment ago may have been read before the change.
    if registrations and at.leaf["at"] - registrations[-1].leaf["at"] < GRACE_MS:
        return registrations[-2:][::-1]
    return registrations[-1:]


def operation_of(document, kind, name):
    """("found", the operation), ("unknown", None) where it is not registered, ("silent", None) without a list."""
    known = document.get(LISTS.get(kind, ""))
    if not isinstance(known, list):
        return "silent", None
    known = [one for one in known if isinstance(one, dict) and isinstance(one.get("name"), str)]
    if kind == "resource":
        fits = [one for one in known if name.startswith(one["name"])]
        fits.sort(key=lambda one: len(one["name"]))
    else:
        fits = [one for one in known if one["name"] == name]
    return ("found", fits[-1]) if fits else ("unknown", None)


def differs(stated, known, names):
    """The first member that both have and that is not the same, or None."""
    for name in names:
        if name in stated and name in known and stated[name] != known[name]:
            return name
    return None
