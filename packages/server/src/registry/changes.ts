import type { AgentRecord, LeafDraft, ServerRecord, StateChange } from "@narrowgate/contracts";
import { type JsonObject, randomId } from "@narrowgate/kernel";
import { sha256Base64url } from "../platform/crypto-hash/sha256.ts";
import type { SignedRequest } from "./ports.ts";
import type { RegistryTable } from "./registry-table.ts";
import type { IssuerRow, PinRow, PolicyRow, SettingsRow } from "./rows.ts";
import { ROOM_AGENT, ROOM_ISSUER, ROOM_PIN, ROOM_SERVER, ROOM_SINGLE } from "./rows.ts";
import { agentSpec, issuerSpec, serverSpec } from "./specs.ts";

type Action = "created" | "changed" | "suspended" | "activated" | "retired" | "repinned";
type Kind = "agent" | "server" | "pin" | "issuer" | "settings";

/** Where an object stands after a change. */
interface Stamp {
  readonly action: Action;
  readonly kind: Kind;
  readonly ref: string;
  readonly version: number;
  readonly entry: string;
}

/**
 * Collects what one request changes: leaves, rows of the state table, and what memory holds afterwards.
 * INVARIANT: memory changes only in {@link ChangeSet.settle}, in the turn in which the group was queued.
 */
export class ChangeSet {
  readonly drafts: LeafDraft[] = [];
  readonly #changes: StateChange[] = [];
  readonly #settle: (() => void)[] = [];
  readonly #table: RegistryTable;
  readonly #request: SignedRequest;

  constructor(table: RegistryTable, request: SignedRequest) {
    this.#table = table;
    this.#request = request;
  }

  /** The rows, with the revision they make. */
  get changes(): readonly StateChange[] {
    return [...this.#changes, { room: ROOM_SINGLE, key: "revision", value: this.#table.revision + 1 }];
  }

  /** Puts everything into memory. */
  settle(): void {
    for (const put of this.#settle) put();
    this.#table.revision += 1;
  }

  putAgent(record: AgentRecord, action: Action, reason?: string): void {
    const document = {
      ...agentSpec(record),
      state: record.state,
      ...(reason === undefined ? {} : { reason }),
    };
    this.#leaf({ ...record, kind: "agent", action }, document);
    const { id, ...row } = record;
    this.#row(ROOM_AGENT, id, { ...row });
    this.#settle.push(() => this.#table.putAgent(record));
  }

  putServer(record: ServerRecord, action: Action): void {
    const spec = serverSpec(record);
    this.#leaf({ ...record, kind: "server", action }, { ...spec, state: record.state });
    const { ref, entry, version, state } = record;
    const { id, ...rest } = spec;
    this.#row(ROOM_SERVER, id, { ...rest, ref, entry, version, state });
    this.#settle.push(() => this.#table.putServer(record));
  }

  putIssuer(row: IssuerRow, action: Action): void {
    const { record, ref, version, live } = row;
    const spec = issuerSpec(record);
    this.#leaf({ kind: "issuer", action, ref, version, entry: record.entry }, { ...spec, live });
    this.#row(ROOM_ISSUER, sha256Base64url(record.issuer), { ...record, ref, version, live });
    this.#settle.push(() => this.#table.putIssuer(row));
  }

  putSettings(row: SettingsRow, action: Action): void {
    this.#leaf({ ...row, kind: "settings", action }, { ...row.settings });
    this.#row(ROOM_SINGLE, "settings", { ...row });
    this.#settle.push(() => {
      this.#table.settings = row;
    });
  }

  /** ORDER: before the putServer that shows the pin in its server. */
  putPin(row: PinRow): void {
    const { entry, ref, version, ...document } = row;
    this.#leaf({ kind: "pin", action: "repinned", ref, version, entry }, document);
    this.#row(ROOM_PIN, pinRowKey(row), { ...row });
    this.#settle.push(() => this.#table.putPin(row));
  }

  /** The leaf of its server, which does not name the operation any more, says why. */
  dropPin(row: PinRow): void {
    this.#changes.push({ room: ROOM_PIN, key: pinRowKey(row), value: null });
    this.#settle.push(() => this.#table.dropPin(row));
  }

  putPolicy(row: PolicyRow, previous: string | undefined, install: () => void): void {
    const { digest, procedure, entry, bundle } = row;
    this.drafts.push({
      type: "policy",
      id: entry,
      body: {
        digest,
        procedure,
        operator: this.#request.operator,
        ...(previous === undefined ? {} : { previous }),
      },
      proof: { request: this.#request.jws },
      content: { bundle: { files: bundle.files.map((file) => ({ ...file })), schema: bundle.schema } },
    });
    const files = bundle.files.map((file) => ({ ...file }));
    this.#row(ROOM_SINGLE, "policy", { digest, procedure, entry, bundle: { files, schema: bundle.schema } });
    this.#settle.push(() => {
      this.#table.policy = row;
      install();
    });
  }

  /** Shows pins that changed in a server that did not. */
  refreshServer(id: string): void {
    this.#settle.push(() => {
      const record = this.#table.server(id);
      if (record !== undefined) this.#table.putServer(record);
    });
  }

  #row(room: string, key: string, value: JsonObject): void {
    this.#changes.push({ room, key, value });
  }

  #leaf({ action, kind, ref, version, entry }: Stamp, document: JsonObject): void {
    this.drafts.push({
      type: "registry",
      id: entry,
      ...(kind === "agent" ? { agent: ref } : {}),
      body: { action, kind, ref, version, operator: this.#request.operator },
      proof: { request: this.#request.jws },
      content: { document },
    });
  }
}

function pinRowKey({ server, kind, name }: PinRow): string {
  return `${server}/${kind}/${sha256Base64url(name)}`;
}

/** What a new object gets: a ref that is given once, and the id of the leaf that states it. */
export function newStamp(): { readonly ref: string; readonly entry: string; readonly version: number } {
  return { ref: randomId(), entry: randomId(), version: 1 };
}

/** What a changed object gets: the same ref, one version more, and the id of the leaf that states it. */
export function nextStamp({ ref, version }: { readonly ref: string; readonly version: number }): {
  readonly ref: string;
  readonly entry: string;
  readonly version: number;
} {
  return { ref, entry: randomId(), version: version + 1 };
}
