"""Changes JSON documents at random, from a seed: values that sit on the edges of what the formats allow."""

import copy

TEXTS = ("", "x", "A" * 43, "\x00", "a\x1fb", "\x7f", "a b", " ", "\u2028", "\ufeff", "\ud800", "\U0001f600", "é", "/", "..", "a/../b",
         "%2e", "//", "-", "__proto__", "all:all", "A" * 22, "A" * 512, "A" * 513, "a" * 128, "a" * 129, "a" * 2049)
URIS = ("https:", "https://", "HTTPS://a", "urn:x", "mailto:a@b", "http://ü", "x:%zz", "x:%4", "x:%41", "x:y z", " https://x",
        "https://x#y", "https://x?y", "file:///a", "1x:y", "x+-.1:y", "//x", "/x", "https://a" + "b" * 2039, "https://a" + "b" * 2040,
        "https://gate.example/agents/x", "https://gate.example/agents/x/y", "https://gate.example/agents/",
        "https://gate.example/agents/x%20y", "https://gate.example/agents/x?y", "https://gate.example/agents/..",
        "https://gate.example/agents/" + "a" * 128, "https://gate.example/agents/" + "a" * 129,
        "https://gate.example/mcp/files", "https://gate.example/gate", "https://gate.example/mcp/", "https://gate.example")
NUMBERS = (-1, 0, -0.0, 1, 2, 0.5, 16, 17, 60, 61, 900, 901, 2**31, 2**53 - 1, 2**53, -(2**53), 1e21)
OTHERS = (None, True, False, [], {}, [[]], [""], {"x": 1})


def varied(random, document):
    """A copy with one to three places changed."""
    changed = copy.deepcopy(document)
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        places = list(_places(changed))
        if places:
            _change(random, changed, random.choice(places))
    return changed


def _places(value, path=()):
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield path + (key,)
        yield from _places(item, path + (key,))


def _change(random, document, path):
    holder = document
    for key in path[:-1]:
        holder = holder[key]
    key, old = path[-1], holder[path[-1]]
    way = random.random()
    if way < 0.1:
        del holder[key]
    elif way < 0.15 and isinstance(holder, dict):
        holder[random.choice(("zz", "act", "v", "id", ""))] = copy.deepcopy(old)
    elif way < 0.25 and isinstance(holder, list):
        holder.insert(key, copy.deepcopy(old))
    elif way < 0.3 and isinstance(holder, list):
        holder.reverse()
    else:
        holder[key] = _other(random, old)


def _other(random, old):
    if isinstance(old, bool) or old is None or isinstance(old, (list, dict)):
        return copy.deepcopy(random.choice(OTHERS + TEXTS[:2] + NUMBERS[:2]))
    if isinstance(old, (int, float)):
        return random.choice(NUMBERS + (old + 1, old - 1, float(old)) + OTHERS[:3] + (str(old),))
    if random.random() < 0.5:
        place = random.randrange(len(old) + 1)
        return old[:place] + random.choice(TEXTS[:24] + ("a", "B", "0", "#", "%", "=", ".", ":")) + old[place + random.randrange(2):]
    return random.choice((URIS if ":" in old else TEXTS) + URIS[:4] + OTHERS[:3] + (old.upper(), old + "/"))
