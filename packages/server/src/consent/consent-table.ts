import type { EvidenceSink, StateChange, StateReader } from "@narrowgate/contracts";
import {
  type JsonObject,
  type JsonValue,
  readInteger,
  readObject,
  readOptional,
  readString,
} from "@narrowgate/kernel";
import { loadRows } from "../platform/store/load-rows.ts";
import { OAUTH_ROOM } from "./oauth-rows.ts";
import { currentTurn } from "./token-turn.ts";

const PREFIX = "consent/";
const TEXTS = ["id", "mandate", "agent", "client", "person", "redirectHost"] as const;

/** What a person said yes to. */
export interface Consent {
  /** The provider's id of its grant. */
  readonly id: string;
  readonly mandate: string;
  readonly agent: string;
  /** Client id: the agent's own, or the address of a metadata document. */
  readonly client: string;
  /** Ref of the person. */
  readonly person: string;
  /** Host the browser went to; empty where there was none (CIBA). */
  readonly redirectHost: string;
  /** Thumbprint of the one key it is for; absent until the first token. */
  readonly jkt?: string;
  /** Unix milliseconds, as below. */
  readonly atMs: number;
  readonly expiresAtMs: number;
}

/** Its row. */
export function consentRow(consent: Consent): StateChange {
  const value: JsonObject = { ...consent };
  return { room: OAUTH_ROOM, key: `${PREFIX}${consent.id}`, value };
}

function readConsent(value: JsonValue, path: string): Consent {
  const row = readObject(value, path, [...TEXTS, "jkt", "atMs", "expiresAtMs"]);
  const text = (name: (typeof TEXTS)[number]): string =>
    readString(row[name], `${path}/${name}`, { min: 0, max: 2048 });
  const jkt = readOptional(row.jkt, (member) => readString(member, `${path}/jkt`, { min: 43, max: 43 }));
  return {
    id: text("id"),
    mandate: text("mandate"),
    agent: text("agent"),
    client: text("client"),
    person: text("person"),
    redirectHost: text("redirectHost"),
    ...(jkt === undefined ? {} : { jkt }),
    atMs: readInteger(row.atMs, `${path}/atMs`, { min: 0 }),
    expiresAtMs: readInteger(row.expiresAtMs, `${path}/expiresAtMs`, { min: 0 }),
  };
}

/** The consents that stand, in memory; each is a row too. INVARIANT: a consent is for one key, the first that was used. */
export class ConsentTable {
  readonly #evidence: Pick<EvidenceSink, "record">;
  readonly #byId = new Map<string, Consent>();

  constructor(evidence: Pick<EvidenceSink, "record">) {
    this.#evidence = evidence;
  }

  /** Reads what was kept. @throws NarrowgateError `malformed_input` */
  async load(state: StateReader): Promise<void> {
    for (const consent of await loadRows(state, OAUTH_ROOM, readConsent, { prefix: PREFIX }))
      this.#byId.set(consent.id, consent);
  }

  async add(consent: Consent): Promise<void> {
    this.#byId.set(consent.id, consent);
    await this.#evidence.record([], [consentRow(consent)]).durable;
  }

  get(id: string): Consent | undefined {
    return this.#byId.get(id);
  }

  byMandate(mandate: string): Consent | undefined {
    return this.list().find((consent) => consent.mandate === mandate);
  }

  list(): readonly Consent[] {
    return [...this.#byId.values()];
  }

  /** Is it for this key? The first key that asks in a turn becomes the one, with what else the turn changes. */
  bindKey(id: string, jkt: string): boolean {
    const consent = this.#byId.get(id);
    if (consent === undefined) return false;
    if (consent.jkt !== undefined) return consent.jkt === jkt;
    const bound: Consent = { ...consent, jkt };
    this.#byId.set(id, bound);
    const turn = currentTurn();
    turn?.changes.push(consentRow(bound));
    turn?.undo.push(() => void (this.#byId.get(id) === bound && this.#byId.set(id, consent)));
    return true;
  }

  /** Takes it out of memory: from this turn on it is worth nothing. Undefined when it was gone. */
  take(id: string): Consent | undefined {
    const consent = this.#byId.get(id);
    this.#byId.delete(id);
    return consent;
  }

  /** Forgets one that was taken out. */
  async forget(id: string): Promise<void> {
    await this.#evidence.record([], [{ room: OAUTH_ROOM, key: `${PREFIX}${id}`, value: null }]).durable;
  }
}
