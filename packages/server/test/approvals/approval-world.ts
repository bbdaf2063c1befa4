import type { EpochPair, EvidenceSink, Label, MandateRecord, Role, StateReader } from "@narrowgate/contracts";
import { type JsonObject, type JsonValue, type ManualClock, manualClock, randomId } from "@narrowgate/kernel";
import {
  type ApprovalBounds,
  type ApprovalNews,
  type Approvals,
  type AskedCall,
  DEFAULT_BOUNDS,
  type Declassifiable,
  openApprovals,
  type Signer,
  type Signers,
} from "../../src/approvals/index.ts";
import { createTestLog, type TestLog } from "../gateway/evidence-log.ts";
import { makePasskey, place, type TestPasskey } from "./passkey.ts";

/** People in memory: what the people room gives, without its ceremonies. */
export interface TestPeople extends Signers {
  enrol(
    name: string,
    roles: readonly Role[],
    identities?: readonly string[],
    rpId?: string,
  ): TestPasskey & { ref: string };
  remove(ref: string): void;
  /** Takes all accounts from a person. */
  unlink(ref: string): void;
}

/** Nobody is enrolled yet. */
export function createPeople(): TestPeople {
  const people = new Map<string, Signer>();
  const keys = new Map<string, { person: string; key: TestPasskey }>();
  const counters = new Map<string, number>();
  return {
    person: (ref) => people.get(ref),
    byIdentity: (identity) => [...people.values()].find((one) => one.identities.includes(identity)),
    credential(id) {
      const found = keys.get(id);
      if (found === undefined || !people.has(found.person)) return undefined;
      return { ...found.key, person: found.person };
    },
    enrol(name, roles, identities = [], rpId = place.rpId) {
      const ref = randomId();
      const key = { ...makePasskey(place), rpId };
      people.set(ref, { ref, name, roles, identities, former: [] });
      keys.set(key.id, { person: ref, key });
      return { ...key, ref };
    },
    countUse(id, signCount) {
      const before = counters.get(id) ?? 0;
      if (signCount <= before) return undefined;
      counters.set(id, signCount);
      return [{ room: "credential", key: id, value: signCount }];
    },
    remove: (ref) => void people.delete(ref),
    unlink(ref) {
      const before = people.get(ref);
      if (before !== undefined) people.set(ref, { ...before, identities: [], former: before.identities });
    },
  };
}

/** The approvals room with everything around it in memory. */
export interface ApprovalWorld {
  readonly approvals: Approvals;
  readonly people: TestPeople;
  readonly log: TestLog;
  readonly clock: ManualClock;
  readonly news: ApprovalNews[];
  /** Why answers were refused that a person did sign. */
  readonly refusals: string[];
  readonly epochs: Map<string, number>;
  readonly txn: string;
  /** What may be given free, by the log; a test may say so. */
  declassifiable: Declassifiable | undefined;
  /** What was read before; a test may raise it. */
  read: Label;
  call(over?: Partial<AskedCall>): AskedCall;
  ask(
    call?: AskedCall,
    requires?: readonly string[],
  ): ReturnType<Approvals["ask"]> & { readonly handle: string };
  /** What would be signed for a requirement. */
  statement(handle: string, kind?: "approve" | "refuse", requirement?: string): string;
  /** Signs, and gives the answer or the code of its refusal. */
  answer(
    handle: string,
    key: TestPasskey,
    kind?: "approve" | "refuse",
    requirement?: string,
  ): Promise<string>;
  held(call?: AskedCall): readonly string[];
  setMandate(state: MandateRecord["state"]): void;
  restart(): Promise<ApprovalWorld>;
}

/** A log on disk, with a transaction that is open in it. */
export interface RealLog {
  readonly evidence: EvidenceSink;
  readonly state: StateReader;
  readonly txn: string;
}

/** What outlives a restart. */
export interface Kept {
  readonly rows: Map<string, JsonValue>;
  readonly people: TestPeople;
  readonly log: TestLog;
  readonly clock: ManualClock;
  readonly epochs: Map<string, number>;
  /** A real log in place of the one in memory. */
  readonly real?: RealLog;
  readonly mandate: { current: MandateRecord };
  readonly agent: AskedCall["agent"];
}

/** Reads the rows a test log has kept. */
export function readerOf(rows: ReadonlyMap<string, JsonValue>): StateReader {
  return {
    get: async (room, key) => rows.get(`${room}/${key}`) ?? null,
    scan: async (room, { prefix = "", after = "", limit = 1000 } = {}) =>
      [...rows]
        .filter(([name, value]) => name.startsWith(`${room}/${prefix}`) && value !== null)
        .map(([name, value]) => ({
          key: name.slice(room.length + 1),
          value: JSON.parse(JSON.stringify(value)),
        }))
        .filter(({ key }) => key > after)
        .sort((a, b) => (a.key < b.key ? -1 : 1))
        .slice(0, limit),
  };
}

/** Nothing was asked yet. */
export function freshlyKept(): Kept {
  const rows = new Map<string, JsonValue>();
  const agent: AskedCall["agent"] = {
    id: "triage",
    ref: randomId(),
    entry: randomId(),
    version: 1,
    state: "active",
    owner: "mailto:owner@example.test",
    deputy: "mailto:deputy@example.test",
    purpose: "sort tickets",
    tier: "T3",
    expires: 4_000_000_000,
    delegates: [],
    ceiling: {},
    bindings: [],
  };
  const mandate: MandateRecord = {
    id: randomId(),
    txn: `${randomId()}.${randomId()}`,
    entry: randomId(),
    document: {
      v: 1,
      salt: randomId(),
      agent: agent.id,
      subject: "https://idp.example.test#ada",
      purpose: "resolve tickets",
      authority: {},
      expires: 4_000_000_000,
      idleSeconds: 3600,
    },
    digest: randomId(32),
    subjectRef: randomId(),
    basis: "signed_by_subject",
    state: "open",
    openedAtMs: 0,
  };
  return {
    rows,
    people: createPeople(),
    log: createTestLog(rows),
    clock: manualClock(1_795_000_000_000),
    epochs: new Map(),
    mandate: { current: mandate },
    agent,
  };
}

function callOf({ mandate, agent }: Kept): AskedCall {
  const { id, txn, document } = mandate.current;
  const pairs: EpochPair[] = [
    [`agent:${agent.ref}`, 0],
    [`mandate:${id}`, 0],
  ];
  return {
    claims: {
      iss: "https://gate.test",
      aud: "https://gate.test/mcp/payments",
      sub: document.subject,
      sub_profile: "user",
      client_id: agent.id,
      scope: "pay",
      exp: 1_795_000_300,
      iat: 1_795_000_000,
      jti: randomId(),
      txn,
      act: { iss: "https://gate.test", sub: agent.id, sub_profile: "ai_agent" },
      cnf: { jkt: randomId(32) },
      authorization_details: [],
      ng: {
        v: 1,
        mandate: id,
        instance: randomId(),
        basis: "signed_by_subject",
        assurance: "enrolled",
        env: "dev",
        epochs: pairs,
        reach: ["https://gate.test/mcp/payments"],
      },
    },
    agent,
    mandate: mandate.current,
    server: {
      id: "payments",
      ref: randomId(),
      entry: randomId(),
      version: 1,
      state: "active",
      upstream: { transport: "http", url: "http://x", auth: "none" },
      tools: [],
      prompts: [],
      resources: [],
      allowUpstreamRequests: [],
    },
    kind: "tool",
    name: "refund",
    record: {
      name: "refund",
      dataClass: "confidential",
      effect: "irreversible",
      egress: false,
      scope: "pay",
    },
    arguments: { order: "A-17", cents: 1250 },
    pin: { approved: randomId(32) },
  };
}

/** Opens the room. */
export async function approvalWorld(
  bounds: Partial<ApprovalBounds> = {},
  kept: Kept = freshlyKept(),
): Promise<ApprovalWorld> {
  const { people, log, clock, epochs, mandate, agent, real } = kept;
  if (real !== undefined) mandate.current = { ...mandate.current, txn: real.txn };
  const news: ApprovalNews[] = [];
  const refusals: string[] = [];
  const approvals = await openApprovals({
    clock,
    evidence: real?.evidence ?? log,
    state: real?.state ?? readerOf(kept.rows),
    place,
    bounds: { ...DEFAULT_BOUNDS, ...bounds },
    signers: people,
    epochs: { firstDead: (pairs) => pairs.find(([ref, at]) => (epochs.get(ref) ?? 0) > at)?.[0] },
    mandates: { mandate: (id) => (id === mandate.current.id ? mandate.current : undefined) },
    agent: (id) => (id === agent.id ? agent : undefined),
    declassifiable: async () => world.declassifiable,
    refused: ({ reason }) => void refusals.push(reason),
    tell: (one) => void news.push(one),
  });
  const pin = { approved: randomId(32) };
  const world: ApprovalWorld = {
    approvals,
    people,
    log,
    clock,
    news,
    refusals,
    epochs,
    txn: mandate.current.txn,
    declassifiable: undefined,
    read: { class: "internal", untrusted: false },
    call: (over = {}) => ({ ...callOf(kept), pin, ...over }),
    ask(call = world.call(), requires = ["approver#1"]) {
      const decision = randomId();
      const why = { reason: "refunds take a person", policy: randomId(32) };
      const asked = approvals.ask({ call, read: world.read, decision, requires, ...why });
      if (asked.kind === "asked") {
        log.record(asked.drafts, asked.changes);
        asked.apply();
        asked.announce();
      }
      return { ...asked, handle: asked.kind === "asked" ? asked.url.slice(asked.url.indexOf("#") + 1) : "" };
    },
    statement(handle, kind = "approve", requirement = "approver#1") {
      const described = approvals.describe(handle);
      if (described?.state !== "open") return "";
      return described.choices.find((choice) => choice.requirement === requirement)?.[kind] ?? "";
    },
    async answer(handle, key, kind = "approve", requirement = "approver#1") {
      const signed = key.sign(world.statement(handle, kind, requirement));
      return outcome(approvals.sign({ handle, credential: key.id, signed: { ...signed } }));
    },
    held: (call = world.call()) =>
      approvals.held(call, () => world.read).map(({ requirement }) => requirement),
    setMandate(state) {
      mandate.current = { ...mandate.current, state };
    },
    restart: () => approvalWorld(bounds, kept).then((next) => Object.assign(next, { call: world.call })),
  };
  return world;
}

/** `approve` or `refuse` when it was taken, else `code: message`. */
export function outcome(answered: ReturnType<Approvals["sign"]>): Promise<string> {
  return answered.then(
    ({ kind }) => kind,
    (error: { code: string; publicMessage?: string }) => `${error.code}: ${error.publicMessage ?? ""}`,
  );
}

/** Bodies of the approval leaves, in order. */
export function approvalLeaves({ log }: ApprovalWorld): readonly JsonObject[] {
  return log.of("approval").map(({ draft }) => draft.body);
}
