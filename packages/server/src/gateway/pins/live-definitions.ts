import type { Clock, JsonObject } from "@narrowgate/kernel";
import { digestOfJson } from "../digest.ts";
import type { GatewayLimits } from "../limits.ts";
import type { Definition } from "../mcp/definitions.ts";
import type { Upstream } from "../upstream/upstream.ts";
import { type ReadFailure, readDefinitions } from "./read-definitions.ts";

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
  current(): Promise<LiveView | ReadFailure>;
  /** What they are is not known any more. */
  forget(): void;
}

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

/** A server that announces changes faster than it can be read is not one that can be approved. */
const maxAttempts = 5;

/** Keeps the definitions of one upstream. */
export function createLiveDefinitions({ upstream, clock, limits }: LiveDefinitionsContext): LiveDefinitions {
  let view: LiveView | undefined;
  let readAtMs = 0;
  let reading: Promise<LiveView | ReadFailure> | undefined;
  let changes = 0;

  const read = async (): Promise<LiveView | ReadFailure> => {
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
      const startedAt = changes;
      const startedAtMs = clock.nowMs();
      const all = await readDefinitions(upstream, limits);
      if ("kind" in all) return all;
      // INVARIANT: a change announced while reading may not be in what was read, so nobody gets to see that.
      if (startedAt !== changes) continue;
      view = makeView(all);
      readAtMs = startedAtMs;
      return view;
    }
    return { kind: "failed", code: "upstream_unavailable" };
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
