/** One address: a method, and a path whose `{name}` segments stand for one segment each. */
export interface RouteKey {
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: string;
}

/** What a request is for. */
export type Match<R> =
  | { readonly kind: "route"; readonly route: R; readonly params: ReadonlyMap<string, string> }
  | { readonly kind: "method_not_allowed"; readonly allow: readonly string[] }
  | { readonly kind: "not_found" };

/** Finds routes by exact method and path. */
export interface RouteTable<R> {
  /** Trust: `method` and `path` (without query) are attacker-controlled. */
  match(method: string, path: string): Match<R>;
}

const maxSegments = 16;
const maxSegmentLength = 1024;

interface Compiled<R> {
  readonly route: R;
  readonly segments: readonly string[];
}

function nameOf(segment: string): string | undefined {
  return segment.startsWith("{") && segment.endsWith("}") ? segment.slice(1, -1) : undefined;
}

/** One decoded segment; undefined when it could be read in two ways. */
function decode(segment: string): string | undefined {
  if (segment === "" || segment.length > maxSegmentLength) return undefined;
  try {
    const text = decodeURIComponent(segment);
    // No control characters, and nothing that a later reader could take for another path.
    return text === "." || text === ".." || /[\p{Cc}/\\]/u.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

function paramsOf(
  segments: readonly string[],
  given: readonly string[],
): ReadonlyMap<string, string> | undefined {
  if (segments.length !== given.length) return undefined;
  const params = new Map<string, string>();
  for (const [i, segment] of segments.entries()) {
    const name = nameOf(segment);
    const actual = given[i] ?? "";
    if (name === undefined) {
      if (segment !== actual) return undefined;
      continue;
    }
    const value = decode(actual);
    if (value === undefined) return undefined;
    params.set(name, value);
  }
  return params;
}

/** Makes a table of routes; the first that fits wins. */
export function routeTable<R extends RouteKey>(routes: readonly R[]): RouteTable<R> {
  const compiled: readonly Compiled<R>[] = routes.map((route) => ({
    route,
    segments: route.path.split("/"),
  }));
  return {
    match(method, path) {
      const given = path.split("/", maxSegments + 1);
      if (given.length > maxSegments) return { kind: "not_found" };
      const allow = new Set<string>();
      for (const { route, segments } of compiled) {
        const params = paramsOf(segments, given);
        if (params === undefined) continue;
        if (route.method === method) return { kind: "route", route, params };
        allow.add(route.method);
      }
      return allow.size === 0
        ? { kind: "not_found" }
        : { kind: "method_not_allowed", allow: [...allow].sort() };
    },
  };
}
