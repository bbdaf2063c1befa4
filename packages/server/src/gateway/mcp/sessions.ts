import type { ServerResponse } from "node:http";
import type { AccessTokenClaims } from "@narrowgate/contracts";
import { type Clock, randomId } from "@narrowgate/kernel";
import { digestOfJson } from "../digest.ts";
import type { GatewayLimits } from "../limits.ts";
import type { RequestId } from "./json-rpc.ts";

/** A session of the earlier era. It authenticates nobody: every request proves its caller anew. */
export interface Session {
  readonly id: string;
  readonly protocolVersion: string;
  /** Its client can show a person an address to open. */
  readonly opensAddresses: boolean;
  /** Calls of this session in flight, so that it can cancel its own and no other. */
  readonly calls: Map<RequestId, AbortController>;
  /** The stream opened by GET, if any. */
  stream?: ServerResponse;
}

/** Sessions of all callers, in memory: a restart ends them, and clients then open new ones. */
export interface Sessions {
  /** @returns undefined when there are too many */
  open(
    server: string,
    claims: AccessTokenClaims,
    client: Pick<Session, "protocolVersion" | "opensAddresses">,
  ): Session | undefined;
  /** @returns undefined for an unknown id as for one that is bound to another caller: nobody learns which */
  find(id: string, server: string, claims: AccessTokenClaims): Session | undefined;
  close(id: string): void;
}

interface Entry {
  readonly session: Session;
  readonly binding: string;
  usedAtMs: number;
}

function bindingOf(server: string, { sub, client_id, cnf }: AccessTokenClaims): string {
  return digestOfJson([server, sub, client_id, cnf.jkt]);
}

/** Sessions one caller may have at one server; opening one more ends the oldest. */
const sessionsPerCaller = 32;

/** Makes an empty set of sessions. */
export function createSessions(clock: Clock, limits: GatewayLimits): Sessions {
  // In order of last use: the first is the one that has been idle longest.
  const entries = new Map<string, Entry>();

  const byCaller = new Map<string, Set<string>>();

  const drop = (id: string): void => {
    const entry = entries.get(id);
    if (entry === undefined) return;
    const { binding, session } = entry;
    const own = byCaller.get(binding);
    entries.delete(id);
    own?.delete(id);
    if (own?.size === 0) byCaller.delete(binding);
    session.stream?.end();
    for (const call of session.calls.values()) call.abort();
  };
  const dropIdle = (): void => {
    const oldest = clock.nowMs() - limits.sessionIdleMs;
    for (const [id, entry] of entries) {
      if (entry.usedAtMs > oldest) return;
      drop(id);
    }
  };

  return {
    open(server, claims, { protocolVersion, opensAddresses }) {
      dropIdle();
      const binding = bindingOf(server, claims);
      const own = byCaller.get(binding) ?? new Set();
      const [oldest] = own;
      if (own.size >= sessionsPerCaller && oldest !== undefined) drop(oldest);
      if (entries.size >= limits.sessions) return undefined;
      const session: Session = { id: randomId(), protocolVersion, opensAddresses, calls: new Map() };
      entries.set(session.id, { session, binding, usedAtMs: clock.nowMs() });
      byCaller.set(binding, own.add(session.id));
      return session;
    },
    find(id, server, claims) {
      dropIdle();
      const entry = entries.get(id);
      if (entry === undefined || entry.binding !== bindingOf(server, claims)) return undefined;
      entry.usedAtMs = clock.nowMs();
      entries.delete(id);
      entries.set(id, entry);
      return entry.session;
    },
    close: drop,
  };
}
