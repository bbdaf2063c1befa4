import type { ErrorCode } from "@narrowgate/contracts";
import type { Clock, JsonObject } from "@narrowgate/kernel";
import { digestOfJson } from "../digest.ts";
import type { GatewayLimits } from "../limits.ts";
import { type Definition, type DefinitionKind, readDefinition } from "../mcp/definitions.ts";
import { paramsForUpstream } from "../mcp/eras/towards-upstream.ts";
import type { Upstream, UpstreamFacts } from "../upstream/upstream.ts";

/** A definition as the upstream states it now, with the digest a pin is compared to. */
export interface LiveDefinition {
  readonly digest: string;
  readonly definition: JsonObject;
}

/** All definitions of one upstream, at one time. */
export interface LiveView {
  readonly kind: "view";
  find(kind: "tool" | "prompt" | "resource", name: string): LiveDefinition | undefined;
  readonly all: readonly Definition[];
}

/** The definitions of one upstream, read again whenever they may have changed. */
export interface LiveDefinitions {
  current(): Promise<LiveView | { readonly kind: "failed"; readonly code: ErrorCode }>;
  /** What they are is not known any more. */
  forget(): void;
}

/** What is read, and under which capability. */
const sources: readonly (readonly [DefinitionKind, string, string, string])[] = [
  ["tool", "tools", "tools/list", "tools"],
  ["prompt", "prompts", "prompts/list", "prompts"],
  ["resource", "resources", "resources/list", "resources"],
  ["resourceTemplate", "resources", "resources/templates/list", "resourceTemplates"],
];
const malformed = { kind: "failed", code: "upstream_malformed" } as const;
type Failed = { readonly kind: "failed"; readonly code: ErrorCode };

/**
 * What is pinned of a family of resources: its templates, and the resource itself when the family is a single one.
 * Which resources exist in a family changes with the data and is not part of it.
 */
function familyOf(all: readonly Definition[], prefix: string): JsonObject {
  const templates = all.filter(({ kind, name }) => kind === "resourceTemplate" && name.startsWith(prefix));
  const single = all.find(({ kind, name }) => kind === "resource" && name === prefix);
  return {
    prefix,
    templates: templates.map(({ definition }) => definition),
    ...(single === undefined ? {} : { resource: single.definition }),
  };
}

function makeView(all: readonly Definition[]): LiveView {
  const named = new Map(all.map((one) => [`${one.kind} ${one.name}`, one.definition]));
  const found = new Map<string, LiveDefinition>();
  const find: LiveView["find"] = (kind, name) => {
    const key = `${kind} ${name}`;
    const known = found.get(key);
    if (known !== undefined) return known;
    const definition = kind === "resource" ? familyOf(all, name) : named.get(key);
    if (definition === undefined) return undefined;
    const live = { digest: digestOfJson(definition), definition };
    found.set(key, live);
    return live;
  };
  return { kind: "view", find, all };
}

/** What is needed to read definitions. */
export interface LiveDefinitionsContext {
  readonly upstream: Upstream;
  readonly clock: Clock;
  readonly limits: GatewayLimits;
}

interface Page {
  readonly items: readonly Definition[];
  readonly cursor: string | undefined;
}

/** Keeps the definitions of one upstream. */
export function createLiveDefinitions({ upstream, clock, limits }: LiveDefinitionsContext): LiveDefinitions {
  let view: LiveView | undefined;
  let readAtMs = 0;
  let reading: Promise<LiveView | Failed> | undefined;
  let changes = 0;

  const readPage = async (
    facts: UpstreamFacts,
    source: (typeof sources)[number],
    cursor: string | undefined,
  ): Promise<Page | Failed> => {
    const [kind, , method, member] = source;
    const built = paramsForUpstream(facts.era, method, cursor === undefined ? {} : { cursor }, []);
    if ("kind" in built) return malformed;
    const prepared = upstream.prepare(method, built.params, false);
    const reply = await upstream.send(prepared, { timeoutMs: limits.startMs });
    if (reply.kind === "failed") return reply;
    // A server may state a capability and not know one of its lists.
    if (reply.kind !== "result") return { items: [], cursor: undefined };
    const items = reply.result[member];
    const next = reply.result["nextCursor"];
    if (!Array.isArray(items) || !(next === undefined || typeof next === "string")) return malformed;
    const read = items.map((item) => readDefinition(kind, item));
    return read.includes(undefined)
      ? malformed
      : { items: read.filter((one) => one !== undefined), cursor: next };
  };

  const readSource = async (
    facts: UpstreamFacts,
    source: (typeof sources)[number],
  ): Promise<readonly Definition[] | Failed> => {
    if (!(source[1] in facts.capabilities)) return [];
    const all: Definition[] = [];
    let cursor: string | undefined;
    do {
      const page = await readPage(facts, source, cursor);
      if ("kind" in page) return page;
      all.push(...page.items);
      // INVARIANT: an upstream cannot make the gate read for ever.
      if (all.length > limits.definitions || (page.items.length === 0 && page.cursor !== undefined))
        return malformed;
      cursor = page.cursor;
    } while (cursor !== undefined);
    return all;
  };

  const read = async (): Promise<LiveView | Failed> => {
    const facts = await upstream.ready();
    if ("kind" in facts) return facts;
    const startedAt = changes;
    const all: Definition[] = [];
    for (const source of sources) {
      const part = await readSource(facts, source);
      if ("kind" in part) return part;
      all.push(...part);
    }
    const keys = new Set(all.map(({ kind, name }) => `${kind} ${name}`));
    // Two definitions of one name: which one an agent would see is anybody's guess.
    if (keys.size !== all.length) return malformed;
    const fresh = makeView(all);
    // A change announced while reading may not be in what was read.
    if (startedAt === changes) {
      view = fresh;
      readAtMs = clock.nowMs();
    }
    return fresh;
  };

  const forget = (): void => {
    changes += 1;
    view = undefined;
  };
  upstream.onEvent(forget);

  return {
    forget,
    current() {
      if (view !== undefined && clock.nowMs() - readAtMs < limits.definitionsMs) return Promise.resolve(view);
      reading ??= read().finally(() => {
        reading = undefined;
      });
      return reading;
    },
  };
}
