import type { ServerRecord } from "@narrowgate/contracts";
import { canonicalJson, NarrowgateError } from "@narrowgate/kernel";
import { createLiveDefinitions, type LiveDefinitions } from "../pins/live-definitions.ts";
import type { GatewayDeps } from "../ports.ts";
import { createHttpUpstream } from "./http/http-upstream.ts";
import { createStdioUpstream } from "./stdio/stdio-upstream.ts";
import type { Upstream } from "./upstream.ts";

/** An upstream in use, with what it states. */
export interface PooledUpstream {
  readonly upstream: Upstream;
  readonly live: LiveDefinitions;
}

/** One upstream per registered server, started when first needed and replaced when its registration changes. */
export interface UpstreamPool {
  get(server: ServerRecord): PooledUpstream;
  close(): Promise<void>;
}

interface Entry extends PooledUpstream {
  readonly spec: string;
  /** The registration it was last asked for with: mostly the same one. */
  server: ServerRecord;
}

function start(deps: GatewayDeps, server: ServerRecord): Upstream {
  const { clock, limits, reports, env, childPath, upstreamTokens } = deps;
  const { upstream } = server;
  if (upstream.transport === "stdio") {
    return createStdioUpstream({ server: server.id, upstream, env, childPath, clock, limits, reports });
  }
  return createHttpUpstream({
    upstream,
    limits,
    ...(upstreamTokens === undefined ? {} : { upstreamTokens }),
  });
}

/** Makes an empty pool. */
export function createUpstreamPool(deps: GatewayDeps): UpstreamPool {
  const entries = new Map<string, Entry>();
  const closing = new Set<Promise<void>>();
  let closed = false;

  const retire = ({ upstream }: Entry): void => {
    const done = upstream.close().finally(() => closing.delete(done));
    closing.add(done);
  };

  return {
    get(server) {
      if (closed) throw new NarrowgateError("upstream_unavailable", "the gate is closing");
      const known = entries.get(server.id);
      if (known?.server === server) return known;
      const spec = canonicalJson({ ...server.upstream });
      if (known?.spec === spec) {
        known.server = server;
        return known;
      }
      if (known !== undefined) retire(known);
      const upstream = start(deps, server);
      const live = createLiveDefinitions({ upstream, clock: deps.clock, limits: deps.limits });
      const entry = { upstream, live, spec, server };
      entries.set(server.id, entry);
      return entry;
    },
    async close() {
      closed = true;
      for (const entry of entries.values()) retire(entry);
      entries.clear();
      await Promise.all(closing);
    },
  };
}
