"""Changes one value of a JSON document, as little as can be."""

import copy


def scalars(value, path=()):
    """The paths of all values that are neither arrays nor objects."""
    if isinstance(value, dict):
        for name in sorted(value):
            yield from scalars(value[name], path + (name,))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from scalars(item, path + (index,))
    else:
        yield path


def altered(document, path):
    """A copy in which the value at `path` is another one of its type; null becomes text."""
    changed = copy.deepcopy(document)
    place = changed
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = other(place[path[-1]])
    return changed


def other(value):
    if value is None:
        return "x"
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return value + 1
    if value == "":
        return "x"
    # The middle, so that base64url keeps its form and it is the meaning that must be noticed.
    middle = len(value) // 2
    return value[:middle] + ("A" if value[middle] != "A" else "B") + value[middle + 1:]
