import type { ServerRecord } from "@narrowgate/contracts";
import type { GatewayLimits } from "../../limits.ts";
import type { GatewayReports, UpstreamTokens } from "../../ports.ts";
import type { Upstream } from "../upstream.ts";

/** What an upstream over HTTP needs. */
export interface HttpUpstreamContext {
  readonly server: ServerRecord;
  readonly upstream: Extract<ServerRecord["upstream"], { transport: "http" }>;
  readonly limits: GatewayLimits;
  readonly reports: GatewayReports;
  readonly upstreamTokens?: UpstreamTokens;
}

export function createHttpUpstream(_context: HttpUpstreamContext): Upstream {
  const down = { kind: "failed", code: "upstream_unavailable" } as const;
  return {
    ready: () => Promise.resolve(down),
    prepare: (method) => ({ id: 0, method, bytes: new Uint8Array() }),
    send: () => Promise.resolve(down),
    onEvent: () => () => {},
    close: () => Promise.resolve(),
  };
}
