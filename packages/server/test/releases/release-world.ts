import { generateKeyPairSync, sign } from "node:crypto";
import {
  type AgentRecord,
  type Evaluation,
  evaluationDigest,
  type GateProfile,
  IN_TOTO_PAYLOAD_TYPE,
  parseReleaseStatement,
  preAuthEncoding,
  profileDigest,
  RELEASE_ROLES,
  type ReleaseRole,
  releaseChallenge,
  releaseDigest,
  type ServerRecord,
  sealEnvelope,
  type Waiver,
} from "@narrowgate/contracts";
import {
  type JsonObject,
  type JsonValue,
  type ManualClock,
  manualClock,
  NarrowgateError,
  randomId,
  utf8,
} from "@narrowgate/kernel";
import {
  buildDeployment,
  buildManifest,
  openReleases,
  type ReleasePorts,
  type Releases,
} from "../../src/assurance/releases/index.ts";
import { nodeSha256, sha256Base64url } from "../../src/platform/crypto-hash/sha256.ts";
import { createPeople, readerOf, type TestPeople } from "../approvals/approval-world.ts";
import { place, type TestPasskey } from "../approvals/passkey.ts";
import { createTestLog, type TestLog } from "../gateway/evidence-log.ts";
import { type GlassSteps, glassSteps } from "./glass-steps.ts";
import { agentRecord, issuer, serverRecord } from "./release-records.ts";

export const signed = { operator: randomId(), jws: "e30.e30.AA" };

const profile: GateProfile = {
  format: "narrowgate-gate-profile/1",
  name: "foundation",
  version: 1,
  controls: ["POL-01", "REL-01"],
  drills: [],
};

/** What is registered; a test may change it, and says so by raising `revision`. */
export interface Registered {
  agent: AgentRecord;
  server: ServerRecord;
  /** Those in force; each set of them is kept by its digest. */
  policies: string[];
  revision: number;
}

/** The releases room with everything around it in memory. */
export interface ReleaseWorld extends GlassSteps {
  readonly releases: Releases;
  readonly people: TestPeople;
  readonly log: TestLog;
  readonly clock: ManualClock;
  readonly registered: Registered;
  readonly refusals: string[];
  readonly epochs: Map<string, number>;
  /** Controls that block; a test may set them. */
  blocking: string[];
  /** End of a waiver that evaluations rest on, Unix milliseconds; a test may set it. */
  waivedUntil: number | undefined;
  /** Runs while controls are evaluated for a promotion; a test may set it. */
  whileJudged: () => void;
  /** Turns what an evaluation finds into something else, given what it was held to; a test may set it. */
  foundAs: (found: Evaluation, tested?: Evaluation) => Evaluation;
  /** Runs before a certificate is signed; a test may set it. */
  whileCertified: () => Promise<void>;
  /** Revocations that were announced, by what they revoke. */
  readonly announced: string[];
  /** Evaluations of promotions that were kept, by their leaves. */
  readonly keptOf: string[];
  /** What this instance asks of a release; a test may change it. */
  profile: GateProfile;
  /** Someone else's passkey for each role. */
  readonly four: Readonly<Record<ReleaseRole, TestPasskey & { readonly ref: string }>>;
  change(change: (registered: Registered) => void): void;
  /** Proposes, and gives the handle of the page. */
  propose(): Promise<{ readonly id: string; readonly handle: string }>;
  /** Signs, and gives the answer or the code of its refusal. */
  answer(handle: string, key: TestPasskey, role: ReleaseRole, kind?: "sign" | "refuse"): Promise<string>;
  signAll(handle: string): Promise<void>;
  /** Proposes, has the four sign, promotes, and gives the id. */
  promoted(): Promise<string>;
  restart(): Promise<ReleaseWorld>;
}

/** What stays when the room is opened anew. */
export interface Kept {
  readonly rows: Map<string, JsonValue>;
  readonly people: TestPeople;
  readonly log: TestLog;
  readonly clock: ManualClock;
  readonly registered: Registered;
  readonly epochs: Map<string, number>;
  readonly four: ReleaseWorld["four"];
  /** A real log in place of the one in memory. */
  readonly real?: Pick<ReleasePorts, "evidence" | "state">;
  /** In place of what the room is given otherwise. */
  readonly other?: Partial<ReleasePorts>;
}

/** Nothing proposed yet. */
export function freshlyKept(): Kept {
  const rows = new Map<string, JsonValue>();
  const people = createPeople();
  const four = Object.fromEntries(
    RELEASE_ROLES.map((role) => [role, people.enrol(`${role} person`, [role])]),
  );
  return {
    rows,
    people,
    log: createTestLog(rows),
    clock: manualClock(1_795_000_000_000),
    registered: {
      agent: agentRecord(),
      server: serverRecord(),
      policies: ["permit(principal, action, resource);"],
      revision: 1,
    },
    epochs: new Map(),
    four: four as ReleaseWorld["four"],
  };
}

const bundleDigest = (policies: readonly string[]): string => sha256Base64url(policies.join("\n"));

function standing(
  { server, policies: newest }: Registered,
  ready: ReadonlyMap<string, readonly string[]>,
): ReleasePorts["standing"] {
  return (agent, { attested, declared }, policy) => {
    const policies = policy === undefined ? newest : ready.get(policy);
    if (policies === undefined) throw new NarrowgateError("policy_missing", "these policies are not ready");
    const manifest = buildManifest({
      issuer,
      agent,
      servers: [server],
      policies,
      procedure: sha256Base64url("procedure"),
      attested,
      declared,
    });
    const deployment = buildDeployment(manifest, {
      environment: "prod",
      policy: bundleDigest(policies),
      issuer,
      agent,
      servers: [server],
      issuers: [],
      holders: () => [],
    });
    const policyNames = Object.fromEntries(
      policies.map((text, i) => [sha256Base64url(text), `refunds.cedar#${i + 1}`]),
    );
    return { manifest, deployment, policyNames };
  };
}

function waiverUntil({ id: agent }: AgentRecord, until: number): Waiver {
  return {
    format: "narrowgate-waiver/1",
    id: randomId(),
    control: "TSC-05",
    agent,
    owner: "mailto:owner@example.test",
    reason: "the list is short",
    compensating: "TSC-02",
    from: until - 3_600_000,
    until,
  };
}

function evaluation(
  agent: AgentRecord,
  release: string,
  { blocking, waivedUntil }: Pick<ReleaseWorld, "blocking" | "waivedUntil">,
): Evaluation {
  return {
    format: "narrowgate-evaluation/1",
    agent: agent.id,
    release,
    catalogue: sha256Base64url("catalogue"),
    evaluator: sha256Base64url("evaluator"),
    profile: profileDigest(nodeSha256, profile),
    log: { origin: "gate.example.test/log/x", size: 1, root: sha256Base64url("root") },
    at: 1_795_000_000_000,
    results: [],
    waivers: waivedUntil === undefined ? [] : [waiverUntil(agent, waivedUntil)],
    verdict: blocking.length === 0 ? "ready" : "not_ready",
    blocking,
  };
}

/** Opens the room. */
export async function releaseWorld(kept: Kept = freshlyKept()): Promise<ReleaseWorld> {
  const { rows, people, log, clock, registered, epochs, four, real, other = {} } = kept;
  const { privateKey } = generateKeyPairSync("ed25519");
  const refusals: string[] = [];
  const state = real?.state ?? readerOf(rows);
  const ready = new Map<string, readonly string[]>();
  let feed = 0;
  const keptOf: string[] = [];
  const announced: string[] = [];
  const world: Pick<
    ReleaseWorld,
    "blocking" | "foundAs" | "profile" | "waivedUntil" | "whileCertified" | "whileJudged"
  > = {
    blocking: [],
    whileCertified: async () => undefined,
    foundAs: (found) => found,
    whileJudged: () => undefined,
    profile,
    waivedUntil: undefined,
  };
  const releases = await openReleases({
    clock,
    evidence: real?.evidence ?? log,
    state,
    environment: "prod",
    place,
    signers: people,
    operatorName: () => "Olga",
    agent: (id) => (id === registered.agent.id ? registered.agent : undefined),
    standing: (...asked) => standing(registered, ready)(...asked),
    keepPolicies() {
      const key = bundleDigest(registered.policies);
      ready.set(key, [...registered.policies]);
      return [{ room: "release-policy", key, value: [...registered.policies] }];
    },
    async preparePolicies(key) {
      const value = await state.get("release-policy", key);
      if (!Array.isArray(value)) throw new NarrowgateError("policy_missing", "these policies are not kept");
      ready.set(key, value.map(String));
    },
    revision: () => String(registered.revision),
    get profile() {
      return world.profile;
    },
    evaluate: async (agent, stated) => {
      const release = releaseDigest(nodeSha256, standing(registered, ready)(agent, stated).manifest);
      return { entry: randomId(), evaluation: world.foundAs(evaluation(agent, release, world)) };
    },
    judge: async (agent, stated, tested) => {
      const release = releaseDigest(nodeSha256, standing(registered, ready)(agent, stated).manifest);
      const found = world.foundAs(evaluation(agent, release, world), tested);
      world.whileJudged();
      const entry = randomId();
      const body = {
        kind: "evaluation",
        digest: evaluationDigest(nodeSha256, found),
        catalogue: found.catalogue,
      };
      const content = { document: { ...found } };
      const draft = { type: "assurance", id: entry, agent: agent.ref, body, content } as const;
      return { entry, evaluation: found, draft, keep: () => void keptOf.push(entry) };
    },
    origin: "gate.example.test/log/x",
    // Stands for a log that was verified: what the pack says is what was found.
    verifyTested: async ({ agent, release, proof }) => ({
      evaluation: {
        ...evaluation({ ...registered.agent, id: agent }, release, { ...world, blocking: [] }),
        ...proof,
      },
      drills: [],
    }),
    recordTested: async (_, tested) => ({ entry: randomId(), evaluation: tested.evaluation }),
    async certify(payload) {
      await world.whileCertified();
      const signature = sign(null, preAuthEncoding(IN_TOTO_PAYLOAD_TYPE, payload), privateKey);
      return sealEnvelope(payload, "gate.example.test/log/x", signature);
    },
    dispatched: async () => [],
    epoch: (kindRef) => epochs.get(kindRef) ?? 0,
    prepareRevocation({ kind, id, operator, proof, reason, name }) {
      feed += 1;
      const epoch = (epochs.get(`${kind}:${id}`) ?? 0) + 1;
      const body = { feed, kind, id, epoch, by: "operator", operator };
      return {
        draft: { type: "revocation", body, proof: { request: proof }, content: { reason, name } },
        changes: [],
        apply: () => void epochs.set(`${kind}:${id}`, epoch),
        announce: () => void announced.push(`${kind}:${id}`),
      };
    },
    refused: ({ reason }) => void refusals.push(reason),
    ...other,
  });
  const statement = (handle: string, role: string, kind: "sign" | "refuse"): string => {
    const described = releases.describe(handle);
    if (described?.state !== "open") throw new Error(`the proposal is ${described?.state}`);
    const choice = described.choices.find((one) => one.role === role);
    if (choice === undefined) throw new Error(`${role} is not asked`);
    return choice[kind];
  };
  const answer: ReleaseWorld["answer"] = async (handle, key, role, kind = "sign") => {
    const text = statement(handle, role, kind);
    const challenge = releaseChallenge(nodeSha256, parseReleaseStatement(utf8(text)));
    const answered = releases.sign({ handle, credential: key.id, signed: key.sign(text, { challenge }) });
    return answered.then(
      ({ missing }) => missing.join(","),
      (error: { code: string }) => error.code,
    );
  };
  const propose: ReleaseWorld["propose"] = async () => {
    const { id, url } = await releases.propose(
      { agent: "refunds", attested: [], declared: { model: "none" } },
      signed,
    );
    return { id: String(id), handle: String(url).split("#")[1] ?? "" };
  };
  const signAll: ReleaseWorld["signAll"] = async (handle) => {
    for (const role of RELEASE_ROLES) await answer(handle, four[role], role);
  };
  return Object.assign(world, {
    releases,
    announced,
    keptOf,
    people,
    log,
    clock,
    registered,
    refusals,
    epochs,
    four,
    answer,
    change(change: (of: Registered) => void) {
      change(registered);
      registered.revision += 1;
    },
    propose,
    ...glassSteps(releases),
    signAll,
    async promoted() {
      const { id, handle } = await propose();
      await signAll(handle);
      await releases.promote(id, signed);
      return id;
    },
    restart: () => releaseWorld(kept),
  });
}

/** Members of a leaf's public body, for comparing. */
export function bodyOf(leaf: { readonly draft: { readonly body: JsonObject } } | undefined): JsonObject {
  return leaf?.draft.body ?? {};
}
