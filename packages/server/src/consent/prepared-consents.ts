import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { formatAuthority } from "@narrowgate/authority";
import { type MandateDocument, mandateDigest } from "@narrowgate/contracts";
import { randomId } from "@narrowgate/kernel";
import { nodeSha256 } from "../platform/crypto-hash/sha256.ts";
import { type Asked, askedAuthority } from "./asked-authority.ts";
import { type ConsentClient, clientOf } from "./consent-clients.ts";
import type { Shown } from "./pages.ts";
import type { ConsentPorts, PersonHere, PortRefusal } from "./ports.ts";

/** Longest life of a mandate that is consented to: a working day. The settings may say less. */
const LIFE_SECONDS = 8 * 3600;
const MAX_PREPARED = 10_000;

/** What is asked of a person, from whichever side it came. */
export interface Question {
  /** Names the page: an interaction, or a request that waits. */
  readonly id: string;
  readonly client: string;
  readonly asked: Asked;
  readonly redirectUri?: string;
  /** A line the agent sent along. */
  readonly message?: string;
}

/** A mandate as it will be opened if she says yes: what the page shows, and nothing else. */
export interface Prepared {
  readonly question: Question;
  readonly document: MandateDocument;
  readonly digest: string;
  readonly shown: Shown;
  /** Goes into the form: bound to page, person and document. */
  readonly token: string;
  readonly expiresAtMs: number;
}

function documentOf(
  { asked }: Question,
  person: PersonHere,
  agent: { readonly id: string; readonly purpose: string },
  { issuer, clock, bounds }: ConsentPorts,
): Omit<MandateDocument, "authority"> {
  const life = Math.min(LIFE_SECONDS, bounds.maxLifeSeconds);
  return {
    v: 1,
    salt: randomId(),
    agent: agent.id,
    subject: `${issuer}#${person.ref}`,
    purpose: asked.purpose ?? agent.purpose,
    ...(asked.case === undefined ? {} : { intent: { case: asked.case } }),
    expires: Math.floor(clock.nowMs() / 1000) + life,
    idleSeconds: Math.min(life, bounds.maxIdleSeconds),
  };
}

function shownOf(
  { asked, redirectUri, message, client: clientId }: Question,
  person: PersonHere,
  { agent, registered }: ConsentClient,
  document: MandateDocument,
): Omit<Shown, "isEnough"> {
  return {
    agent: agent.id,
    owner: agent.owner,
    registeredFor: agent.purpose,
    person: person.name,
    ...(asked.purpose === undefined ? {} : { purpose: asked.purpose }),
    ...(asked.case === undefined ? {} : { case: asked.case }),
    ...(message === undefined ? {} : { message }),
    authority: document.authority,
    expires: document.expires,
    idleSeconds: document.idleSeconds,
    ...(clientId === agent.id || registered !== undefined ? {} : { document: clientId }),
    ...(registered === undefined ? {} : { registeredAs: registered.name }),
    ...(redirectUri === undefined ? {} : { redirectUri }),
  };
}

/** Mandates that were shown and not yet answered, in memory. One for a page and person: what she sees does not change. */
export class PreparedConsents {
  readonly #ports: ConsentPorts;
  readonly #secret: Buffer = randomBytes(32);
  readonly #open = new Map<string, Prepared>();

  constructor(ports: ConsentPorts) {
    this.#ports = ports;
  }

  /**
   * What she is shown.
   * @returns `invalid_client`, `step_up_required` (tier T3 without a passkey just used), `invalid_scope`, `invalid_target`, `invalid_authorization_details`
   */
  prepare(question: Question, person: PersonHere): Prepared | PortRefusal {
    const key = `${question.id} ${person.ref}`;
    const known = this.#open.get(key);
    if (known !== undefined) return known;
    const client = clientOf(question.client, this.#ports);
    if (client === undefined) return { kind: "refused", code: "invalid_client" };
    const { agent } = client;
    if (agent.tier === "T3" && !person.isFresh) return { kind: "refused", code: "step_up_required" };
    const nowMs = this.#ports.clock.nowMs();
    const serverUrl = (server: string): string => this.#ports.tokens.serverUrl(server);
    const wanted = askedAuthority(question.asked, agent, { nowMs, serverUrl });
    if (wanted.kind === "refused") return wanted;
    if (wanted.authority.details.length === 0)
      return { kind: "refused", code: "invalid_target", description: "the agent may do nothing there" };
    const rest = documentOf(question, person, agent, this.#ports);
    const document = { ...rest, authority: formatAuthority(wanted.authority) };
    const digest = mandateDigest(nodeSha256, document);
    const isEnough = this.#enoughScopes(wanted.authority.scope);
    const shown = { ...shownOf(question, person, client, document), isEnough };
    const token = this.#tokenOf(key, digest);
    const prepared = { question, document, digest, shown, token, expiresAtMs: nowMs + 600_000 };
    this.#makeRoom(nowMs);
    this.#open.set(key, prepared);
    return prepared;
  }

  /** Takes what was shown on a page to a person, with the token of its form; it is answered once. */
  take(id: string, person: PersonHere, token: string): Prepared | undefined {
    const key = `${id} ${person.ref}`;
    const prepared = this.#open.get(key);
    if (prepared === undefined || prepared.expiresAtMs <= this.#ports.clock.nowMs()) return undefined;
    const expected = Buffer.from(this.#tokenOf(key, prepared.digest));
    const sent = Buffer.from(token);
    if (sent.length !== expected.length || !timingSafeEqual(sent, expected)) return undefined;
    this.#open.delete(key);
    return prepared;
  }

  /** Tells whether scopes are enough for an operation, by what the registry says it needs. */
  #enoughScopes(scope: readonly string[]): Shown["isEnough"] {
    const { registry } = this.#ports;
    return (server, kind, name) => {
      const operation = registry.server(server)?.[kind].find((known) => known.name === name);
      return (operation?.scope ?? "").split(" ").every((word) => word === "" || scope.includes(word));
    };
  }

  #tokenOf(key: string, digest: string): string {
    return createHmac("sha256", this.#secret).update(`${key} ${digest}`).digest("base64url");
  }

  #makeRoom(nowMs: number): void {
    if (this.#open.size < MAX_PREPARED) return;
    for (const [key, { expiresAtMs }] of this.#open) if (expiresAtMs <= nowMs) this.#open.delete(key);
    const [oldest] = this.#open.keys();
    if (this.#open.size >= MAX_PREPARED && oldest !== undefined) this.#open.delete(oldest);
  }
}
