import type { GatewayLimits } from "../limits.ts";
import { type Definition, type DefinitionKind, readDefinition } from "../mcp/definitions.ts";
import { paramsForUpstream } from "../mcp/eras/towards-upstream.ts";
import type { Unready, Upstream, UpstreamFacts, UpstreamReply } from "../upstream/upstream.ts";

/** Reading failed, and why. */
export type ReadFailure = Unready;

interface Source {
  readonly kind: DefinitionKind;
  readonly capability: string;
  readonly method: string;
  readonly member: string;
}

interface Page {
  readonly items: readonly Definition[];
  readonly cursor: string | undefined;
}

const sources: readonly Source[] = [
  { kind: "tool", capability: "tools", method: "tools/list", member: "tools" },
  { kind: "prompt", capability: "prompts", method: "prompts/list", member: "prompts" },
  { kind: "resource", capability: "resources", method: "resources/list", member: "resources" },
  {
    kind: "resourceTemplate",
    capability: "resources",
    method: "resources/templates/list",
    member: "resourceTemplates",
  },
];
const malformed: ReadFailure = { kind: "failed", code: "upstream_malformed" };

function parsePage({ kind, member }: Source, reply: UpstreamReply): Page | ReadFailure {
  if (reply.kind === "failed") return reply;
  // A server may state a capability and not know one of its lists.
  if (reply.kind !== "result") return { items: [], cursor: undefined };
  const items = reply.result[member];
  const next = reply.result["nextCursor"];
  if (!Array.isArray(items) || !(next === undefined || typeof next === "string")) return malformed;
  const read = items.map((item) => readDefinition(kind, item));
  const named = read.filter((one) => one !== undefined);
  return named.length === read.length ? { items: named, cursor: next } : malformed;
}

async function readSource(
  upstream: Upstream,
  { era }: UpstreamFacts,
  source: Source,
  limits: GatewayLimits,
): Promise<readonly Definition[] | ReadFailure> {
  const all: Definition[] = [];
  for (let cursor: string | undefined; ; ) {
    const built = paramsForUpstream(era, source.method, cursor === undefined ? {} : { cursor }, []);
    if ("kind" in built) return malformed;
    const prepared = upstream.prepare(source.method, built.params, false);
    const page = parsePage(source, await upstream.send(prepared, { timeoutMs: limits.startMs }));
    if ("kind" in page) return page;
    all.push(...page.items);
    if (page.cursor === undefined) return all;
    // INVARIANT: an upstream cannot make the gate read for ever.
    if (all.length > limits.definitions || page.items.length === 0) return malformed;
    cursor = page.cursor;
  }
}

/**
 * Reads every definition an upstream states. This is the gate's own errand: nothing of a caller is in it.
 * Trust: the upstream wrote the answers.
 */
export async function readDefinitions(
  upstream: Upstream,
  limits: GatewayLimits,
): Promise<readonly Definition[] | ReadFailure> {
  const facts = await upstream.ready();
  if ("kind" in facts) return facts;
  const all: Definition[] = [];
  for (const source of sources) {
    if (!(source.capability in facts.capabilities)) continue;
    const part = await readSource(upstream, facts, source, limits);
    if ("kind" in part) return part;
    all.push(...part);
  }
  const keys = new Set(all.map(({ kind, name }) => `${kind} ${name}`));
  // Two definitions of one name: which one an agent would see is anybody's guess.
  return keys.size === all.length ? all : malformed;
}
