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


def server_documents(entries, at, server):
    named = [one for one in _before(entries, at, "server") if (_document(one) or {}).get("id") == server]
    return _counting(at, named)


def _before(entries, at, kind):
    return [one for one in entries.of("registry") if one.body["kind"] == kind and one.seq < at.seq]


def _counting(at, registrations):
    newest = registrations[-1:]
    # What was in force a moment ago may have been read before the change.
    if newest and at.leaf["at"] - newest[0].leaf["at"] < GRACE_MS:
        newest = registrations[-2:][::-1]
    return [document for document in map(_document, newest) if document is not None]


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
