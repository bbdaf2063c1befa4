import type {
  AgentRecord,
  PinRecord,
  RegistryReader,
  ServerRecord,
  ToolRecord,
  TrustedIssuer,
} from "@narrowgate/contracts";
import type { OperationKind } from "./ports.ts";
import type { IssuerRow, PinRow, PolicyRow, SettingsRow } from "./rows.ts";

/** Name of a pin within the instance. NUL stands in no server id and no operation name. */
export function pinKey(server: string, kind: OperationKind, name: string): string {
  return `${server}\0${kind}\0${name}`;
}

/** The lists of a server's operations, by kind. */
export const OPERATION_LISTS = [
  ["tool", "tools"],
  ["prompt", "prompts"],
  ["resource", "resources"],
] as const;

/** Everything registered, in memory. Each look-up is one step in a map. */
export class RegistryTable implements RegistryReader {
  readonly #agents = new Map<string, AgentRecord>();
  readonly #agentsByRef = new Map<string, AgentRecord>();
  readonly #servers = new Map<string, ServerRecord>();
  readonly #issuers = new Map<string, IssuerRow>();
  readonly #pins = new Map<string, PinRow>();
  // Lists are sorted, so that what is chosen from them does not depend on history; made when first asked for.
  #sortedAgents: readonly AgentRecord[] | undefined;
  #liveServers: readonly ServerRecord[] | undefined;
  settings: SettingsRow | undefined;
  policy: PolicyRow | undefined;
  /** Rises with each change; a plan holds only for the revision it was made on. */
  revision = 0;

  agent(id: string): AgentRecord | undefined {
    return this.#agents.get(id);
  }

  agentByRef(ref: string): AgentRecord | undefined {
    return this.#agentsByRef.get(ref);
  }

  /** All agents by id, retired ones too. */
  agents(): readonly AgentRecord[] {
    this.#sortedAgents ??= [...this.#agents.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
    return this.#sortedAgents;
  }

  server(id: string): ServerRecord | undefined {
    return this.#servers.get(id);
  }

  /** All servers by id, but the retired ones. */
  servers(): readonly ServerRecord[] {
    this.#liveServers ??= [...this.#servers.values()]
      .filter(({ state }) => state !== "retired")
      .sort((a, b) => (a.id < b.id ? -1 : 1));
    return this.#liveServers;
  }

  issuer(issuer: string): TrustedIssuer | undefined {
    const row = this.#issuers.get(issuer);
    return row?.live === true ? row.record : undefined;
  }

  /** Live or not. */
  issuerRow(issuer: string): IssuerRow | undefined {
    return this.#issuers.get(issuer);
  }

  issuers(): readonly TrustedIssuer[] {
    const live = [...this.#issuers.values()].filter((row) => row.live).map(({ record }) => record);
    return live.sort((a, b) => (a.issuer < b.issuer ? -1 : 1));
  }

  pin(server: string, kind: OperationKind, name: string): PinRow | undefined {
    return this.#pins.get(pinKey(server, kind, name));
  }

  pins(): readonly PinRow[] {
    return [...this.#pins.values()];
  }

  putAgent(record: AgentRecord): void {
    this.#agents.set(record.id, record);
    this.#agentsByRef.set(record.ref, record);
    this.#sortedAgents = undefined;
  }

  /** Keeps a server; its pins are put in from the pins known here. */
  putServer(record: ServerRecord): void {
    const pinned = (kind: OperationKind, list: readonly ToolRecord[]): readonly ToolRecord[] =>
      list.map(({ pin: _, ...operation }) => {
        const row = this.pin(record.id, kind, operation.name);
        return row === undefined ? operation : { ...operation, pin: pinRecord(row) };
      });
    this.#servers.set(record.id, {
      ...record,
      tools: pinned("tool", record.tools),
      prompts: pinned("prompt", record.prompts),
      resources: pinned("resource", record.resources),
    });
    this.#liveServers = undefined;
  }

  putIssuer(row: IssuerRow): void {
    this.#issuers.set(row.record.issuer, row);
  }

  /** Keeps a pin. ORDER: before the {@link putServer} of its server. */
  putPin(row: PinRow): void {
    this.#pins.set(pinKey(row.server, row.kind, row.name), row);
  }

  dropPin(row: PinRow): void {
    this.#pins.delete(pinKey(row.server, row.kind, row.name));
  }
}

function pinRecord({ digest, definition, entry }: PinRow): PinRecord {
  return { digest, definition, entry };
}
