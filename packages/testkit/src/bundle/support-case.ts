// LONG: one recorded transaction, told in order.

import { formatAuthority, parseAuthority } from "@narrowgate/authority";
import {
  type AccessTokenClaims,
  type ApprovedAction,
  BOTTOM_LABEL,
  bytesCommitment,
  type EpochPair,
  type ErrorCode,
  type InputAttribute,
  type LeafDraft,
  labelInContext,
  type MandateDocument,
  mandateDigest,
  OPERATOR_REQUEST_TYPE,
  type RecordedLeaf,
  type TrustFile,
} from "@narrowgate/contracts";
import {
  canonicalBytes,
  type JsonObject,
  type JsonValue,
  NarrowgateError,
  toBase64url,
  utf8,
} from "@narrowgate/kernel";
import { compilePolicies, type PolicyEngine } from "@narrowgate/policy";
import { formatVerifierKey } from "@narrowgate/tlog";
import { ApprovingPerson, approvalPlace, askFor, type SigningEdit } from "./approving-person.ts";
import { digestText, JwtKey, NoteKey, newId, sha256, signingInput } from "./signing-keys.ts";
import { ceiling, childAuthority, issuer, policyBundle, rootAuthority, target } from "./support-policies.ts";
import { TestLog } from "./test-log.ts";

const origin = "gate.example/log/main";
const person = "https://idp.example";
const startSeconds = 1_795_000_000;
const operatorTypes: ReadonlySet<string> = new Set(["operator", "registry", "policy", "revocation"]);

/** What a case is made of; all of it has defaults. */
export interface CaseOptions {
  /** Permitted calls; default 2. */
  readonly calls?: number;
  /** Whether each call has an argument of its own; default false. */
  readonly distinct?: boolean;
  /** Policies beside the two that matter; default 0. */
  readonly furtherPolicies?: number;
  /** Has an operator enrol and sign what is registered, put in force and revoked; default false. */
  readonly operator?: boolean;
  /** Changes what the operator signs. */
  readonly editRequest?: (step: string, claims: JsonObject) => JsonObject;
  /** Forges: sees each draft before it is written, by the name of its step, and may return another. */
  readonly edit?: (step: string, draft: LeafDraft) => LeafDraft;
  /** Changes the claims of a token before it is signed. */
  readonly editClaims?: (step: string, claims: AccessTokenClaims) => AccessTokenClaims;
  /** Adds a call that a person approves; default false. */
  readonly approved?: boolean;
  /** Changes what that person signs. */
  readonly editApproval?: SigningEdit;
  /** Groups of the person, as her issuer states them, and the mapping that is in force. */
  readonly entitled?: { readonly groups: readonly string[]; readonly rules: readonly JsonObject[] };
  /** Has policy take the path out of what is sent on; default false. */
  readonly redacting?: boolean;
  /** Adds calls refused by scope and by cap, after policy; default false. */
  readonly afterPolicy?: boolean;
  /** Leaves the transaction open. */
  readonly open?: boolean;
  /** Another key pair for the log: whoever re-signs everything has only that. */
  readonly logName?: string;
}

/** A recorded transaction: person, orchestrator, triage agent, calls to a file server. */
export interface SupportCase {
  readonly log: TestLog;
  readonly txn: string;
  /** Recorded leaves by step name. */
  readonly steps: ReadonlyMap<string, RecordedLeaf>;
  /** Trust in this log at a head its owner has seen. */
  trust(seen?: { readonly size: number; readonly root: string }): TrustFile;
}

interface Presented {
  readonly claims: AccessTokenClaims;
  readonly jws: string;
  readonly tok: string;
  readonly digest: string;
}

const tool = { dataClass: "public", effect: "read", egress: false, name: "read_text_file" };
const registeredTool = { ...tool, untrusted: false };

/** How a call ends, and the registered scope of the tool, where it is among the inputs. */
interface CallOutcome {
  readonly code?: ErrorCode;
  /** Leaf of the approval the call rests on. */
  readonly approval?: string;
  readonly scope?: string;
}

const vipReason = "somebody else looks at VIP tickets";

function policiesOf(code: ErrorCode | undefined): string[] {
  if (code === undefined) return ["read-tickets"];
  if (code === "policy_denied") return ["no-private"];
  return code === "approval_required" ? ["four-eyes"] : [];
}

function approvalInputs(approval: string | undefined): readonly InputAttribute[] {
  const gate = { by: "gate" } as const;
  const requirement = "approver#1";
  if (approval === undefined) return [{ path: "/context/approvals", from: gate, value: [] }];
  return [
    { path: "/approvals", from: gate, value: [{ entry: approval, requirement }] },
    { path: "/context/approvals", from: gate, value: [requirement] },
  ];
}

/** Writes one case, step by step. */
class CaseWriter {
  readonly log: TestLog;
  readonly txn: string;
  readonly steps: Map<string, RecordedLeaf> = new Map();
  readonly logKey: NoteKey;
  readonly witness: NoteKey = new NoteKey("witness.example", "witness");
  readonly idp: JwtKey = new JwtKey();
  readonly #options: CaseOptions;
  readonly #engine: PolicyEngine;
  readonly #tokenKey: JwtKey = new JwtKey();
  readonly #operator: JwtKey = new JwtKey();
  readonly #keys: { readonly orchestrator: JwtKey; readonly triage: JwtKey } = {
    orchestrator: new JwtKey(),
    triage: new JwtKey(),
  };
  readonly #refs: {
    readonly orchestrator: string;
    readonly triage: string;
    readonly files: string;
    readonly operator: string;
  } = {
    orchestrator: newId(),
    triage: newId(),
    files: newId(),
    operator: newId(),
  };
  readonly #instances: { readonly orchestrator: string; readonly triage: string } = {
    orchestrator: newId(),
    triage: newId(),
  };
  readonly #mandate: string = newId();
  readonly #subject: string = newId();
  readonly #signer: ApprovingPerson = new ApprovingPerson("Vera");
  #policy = "";
  #permitted = 0;

  constructor(engine: PolicyEngine, options: CaseOptions) {
    this.#engine = engine;
    this.#options = options;
    this.logKey = new NoteKey(options.logName ?? origin, "log");
    this.log = new TestLog(options.logName ?? origin, this.logKey, this.witness);
    this.txn = `${this.log.writer}.${newId()}`;
  }

  #add(step: string, draft: LeafDraft): RecordedLeaf {
    const asked = operatorTypes.has(draft.type) ? this.#asked(step, draft) : draft;
    const recorded = this.log.add(this.#options.edit?.(step, asked) ?? asked);
    this.steps.set(step, recorded);
    return recorded;
  }

  /** With the operator's signed request, if there is an operator. */
  #asked(step: string, draft: LeafDraft): LeafDraft {
    if (this.#options.operator !== true) return draft;
    const claims = {
      iss: this.#operator.jkt,
      aud: issuer,
      method: "POST",
      path: `/admin/${draft.type}`,
      body_sha256: digestText(step),
      iat: startSeconds,
      jti: newId(),
    };
    const request = this.#operator.sign(
      { alg: "ES256", typ: OPERATOR_REQUEST_TYPE },
      this.#options.editRequest?.(step, claims) ?? claims,
    );
    return { ...draft, proof: { ...draft.proof, request } };
  }

  #enrol(): void {
    const { jkt, jwk } = this.#operator;
    this.#add("operator", {
      type: "operator",
      body: { action: "enrolled", operator: this.#refs.operator, jkt },
      content: { name: "Ada", jwk },
    });
  }

  setting(): void {
    const procedure = this.#engine.procedureDigest;
    const logKey = formatVerifierKey(this.logKey.verifierKey);
    const name = this.logKey.verifierKey.name;
    const { operator } = this.#refs;
    this.#add("genesis", {
      type: "genesis",
      body: { origin_digest: digestText(name), environment: "dev", log_key: digestText(logKey) },
      content: { origin: name, log_key: logKey },
    });
    this.#add("key", {
      type: "key",
      body: { action: "added", purpose: "token", kid: "token-1", jwk: this.#tokenKey.jwk },
    });
    if (this.#options.operator === true) this.#enrol();
    for (const agent of ["orchestrator", "triage"] as const) {
      this.#add(`registry/${agent}`, {
        type: "registry",
        agent: this.#refs[agent],
        body: { action: "created", kind: "agent", ref: this.#refs[agent], version: 1, operator },
        content: { document: { id: agent, owner: "ana", purpose: "tickets", tier: "T1", ceiling } },
      });
    }
    this.#add("registry/files", {
      type: "registry",
      body: { action: "created", kind: "server", ref: this.#refs.files, version: 1, operator },
      content: { document: { id: "files", tools: [registeredTool] } },
    });
    if (this.#options.entitled !== undefined) {
      this.#add("registry/settings", {
        type: "registry",
        body: { action: "changed", kind: "settings", ref: newId(), version: 1, operator },
        content: { document: { entitlements: [...this.#options.entitled.rules] } },
      });
    }
    if (this.#options.approved === true) {
      const [enrolled, passkey] = this.#signer.enrolment(operator);
      this.#add("person", enrolled);
      this.#add("passkey", passkey);
    }
    const bundle = policyBundle(this.#options.furtherPolicies ?? 0, this.#options.redacting);
    const compiled = compilePolicies(this.#engine, bundle);
    if (compiled.kind === "rejected")
      throw new NarrowgateError("policy_invalid", JSON.stringify(compiled.problems));
    this.#policy = compiled.policies.digest;
    this.#add("policy", {
      type: "policy",
      body: { digest: this.#policy, procedure, operator },
      content: { bundle: { files: bundle.files.map((file) => ({ ...file })), schema: bundle.schema } },
    });
  }

  /** What is sealed of groups and the mapping they were compared with. */
  #entitled(): JsonObject {
    const { entitled } = this.#options;
    const entry = this.steps.get("registry/settings")?.id;
    return entitled === undefined || entry === undefined
      ? {}
      : { groups: [...entitled.groups], entitlements: entry };
  }

  mandate(): void {
    const groups = [...(this.#options.entitled?.groups ?? [])];
    const document: MandateDocument = {
      v: 1,
      salt: newId(),
      agent: "orchestrator",
      subject: `${person}#ana`,
      purpose: "answer ticket 7",
      authority: rootAuthority,
      expires: startSeconds + 3600,
      idleSeconds: 900,
    };
    const digest = mandateDigest(sha256, document);
    const assertion = this.idp.sign(
      { alg: "ES256", kid: "idp-1", typ: "JWT" },
      {
        iss: person,
        sub: "ana",
        aud: issuer,
        iat: startSeconds,
        exp: startSeconds + 300,
        nonce: digest,
        groups,
      },
    );
    this.#add("mandate", {
      type: "mandate",
      txn: this.txn,
      agent: this.#refs.orchestrator,
      body: {
        action: "opened",
        mandate: this.#mandate,
        subject: this.#subject,
        basis: "signed_by_subject",
        digest,
        expires: (startSeconds + 3600) * 1000,
        idle_s: 900,
      },
      proof: { subject_assertion: assertion },
      content: { ...this.#entitled(), document },
    });
  }

  #proof(
    agent: "orchestrator" | "triage",
    htu: string,
    more: JsonObject = {},
  ): { readonly dpop: string; readonly use: string } {
    const header = { typ: "dpop+jwt", alg: "ES256", jwk: this.#keys[agent].jwk };
    const jti = newId();
    const dpop = this.#keys[agent].sign(header, {
      jti,
      htm: "POST",
      htu,
      iat: startSeconds,
      nonce: "boot-1",
      ...more,
    });
    return { dpop, use: digestText(`${this.#keys[agent].jkt}.${jti}`) };
  }

  #claims(
    agent: "orchestrator" | "triage",
    parent: Presented | undefined,
    authority: JsonObject,
  ): AccessTokenClaims {
    const jti = newId();
    const actor = { iss: issuer, sub: agent };
    const own: EpochPair[] = [
      [`token:${digestText(jti)}`, 0],
      [`agent:${this.#refs[agent]}`, 0],
      [`instance:${this.#instances[agent]}`, 0],
      [`mandate:${this.#mandate}`, 0],
    ];
    const pairs = new Map([...(parent?.claims.ng.epochs ?? []), ...own]);
    const normal = formatAuthority(parseAuthority(authority));
    const { scope, resource, authorization_details: details } = normal;
    const list = (value: JsonValue | undefined): readonly JsonValue[] => (Array.isArray(value) ? value : []);
    return {
      iss: issuer,
      aud: target,
      sub: `${person}#ana`,
      sub_profile: "user",
      client_id: agent,
      scope: list(scope).join(" "),
      exp: startSeconds + 300,
      iat: startSeconds,
      jti,
      txn: this.txn,
      act: parent?.claims.act === undefined ? actor : { ...actor, act: parent.claims.act },
      cnf: { jkt: this.#keys[agent].jkt },
      authorization_details: list(details).filter((each): each is JsonObject => typeof each === "object"),
      ng: {
        v: 1,
        mandate: this.#mandate,
        instance: this.#instances[agent],
        basis: "signed_by_subject",
        assurance: "enrolled",
        env: "dev",
        reach: list(resource).map(String),
        epochs: [...pairs].sort(([a], [b]) => (a < b ? -1 : 1)),
        ...(parent === undefined ? {} : { parent: { jti: parent.claims.jti, hash: parent.digest } }),
      },
    };
  }

  #inputs(
    step: string,
    agent: "orchestrator" | "triage",
    of: { readonly action: string; readonly resource: JsonObject; readonly more: readonly InputAttribute[] },
  ): readonly InputAttribute[] {
    const gate = { by: "gate" } as const;
    const registered = { by: "derived", entry: this.steps.get(`registry/${agent}`)?.id ?? "" } as const;
    const begun = { by: "derived", entry: this.steps.get("mandate")?.id ?? "" } as const;
    const principal = { id: agent, type: "Agent" };
    const files = { attrs: {}, parents: [], uid: { id: "files", type: "Server" } };
    const context: Record<string, JsonValue> = {
      actor_root: agent,
      actors: [agent],
      assurance: "enrolled",
      basis: "signed_by_subject",
      bodySigned: true,
      depth: 1,
      entitlements: { groups: [...(this.#options.entitled?.groups ?? [])] },
      env: "dev",
      instance: this.#instances[agent],
      intent: { case: "", declared: false, resources: [], tools: [] },
      labels: labelInContext(BOTTOM_LABEL),
      mandate: { age_s: 1, purpose: "answer ticket 7" },
      protocol: step.startsWith("call") ? "mcp" : "oauth",
      scopes: ["files:read"],
      subject: { id: "ana", type: "user" },
      time: { hour_utc: 1, unix_s: startSeconds, weekday_utc: 0 },
      txn: this.txn,
    };
    return [
      { path: "/action", value: { id: of.action, type: "Action" }, from: gate },
      ...Object.entries(context).map(([name, value]) => ({ path: `/context/${name}`, value, from: gate })),
      {
        path: "/entities",
        from: registered,
        value: [
          { attrs: { owner: "ana", purpose: "tickets", tier: "T1" }, parents: [], uid: principal },
          files,
          ...(of.resource.type === "Tool"
            ? [
                {
                  attrs: { ...tool, server: "files" },
                  parents: [{ id: "files", type: "Server" }],
                  uid: of.resource,
                },
              ]
            : []),
        ],
      },
      { path: "/labels/instance", from: begun, value: BOTTOM_LABEL },
      { path: "/labels/transaction", from: begun, value: BOTTOM_LABEL },
      { path: "/principal", value: principal, from: registered },
      { path: "/resource", value: of.resource, from: gate },
      ...of.more,
    ];
  }

  mint(step: string, agent: "orchestrator" | "triage", parent?: Presented): Presented {
    const authority = parent === undefined ? rootAuthority : childAuthority;
    const made = this.#claims(agent, parent, authority);
    const claims = this.#options.editClaims?.(step, made) ?? made;
    const { dpop, use } = this.#proof(agent, `${issuer}/token`);
    const decision = this.#add(step, {
      type: "decision",
      txn: this.txn,
      agent: this.#refs[agent],
      body: {
        action: parent === undefined ? "mint" : "exchange",
        verdict: "permit",
        policy: this.#policy,
        procedure: this.#engine.procedureDigest,
        feed: 0,
        use,
        mandate: this.#mandate,
        instance: this.#instances[agent],
        ...(parent === undefined ? {} : { token: parent.tok }),
      },
      proof: {
        dpop,
        htm: "POST",
        htu: `${issuer}/token`,
        ...(parent === undefined ? {} : { subject_token: parent.jws }),
      },
      inputs: this.#inputs(step, agent, {
        action: parent === undefined ? "mint_token" : "exchange_token",
        resource: { id: "files", type: "Server" },
        more: [],
      }),
      content: { request: { target }, policies: ["mint"], reason: "" },
    });
    return this.#token(`token/${step}`, {
      agent,
      claims,
      decision,
      authority,
      ...(parent === undefined ? {} : { parent }),
    });
  }

  #token(
    step: string,
    made: {
      readonly agent: "orchestrator" | "triage";
      readonly claims: AccessTokenClaims;
      readonly decision: RecordedLeaf;
      readonly authority: JsonObject;
      readonly parent?: Presented;
    },
  ): Presented {
    const { agent, claims, decision, authority, parent } = made;
    const input = signingInput({ alg: "ES256", kid: "token-1", typ: "at+jwt" }, claims);
    const tok = digestText(claims.jti);
    const digest = digestText(input);
    this.#add(step, {
      type: "token",
      txn: this.txn,
      agent: this.#refs[agent],
      body: {
        decision: decision.id,
        token: tok,
        digest,
        mode: parent === undefined ? "root" : "rebind",
        jkt: claims.cnf.jkt,
        expires_s: claims.exp,
        epochs: claims.ng.epochs.map((pair) => [...pair]),
        ...(parent === undefined ? {} : { parent: parent.tok }),
      },
      proof: { signing_input: input },
      content: {
        requested: {},
        granted: {
          scope: claims.scope.split(" "),
          resource: claims.ng.reach,
          authorization_details: claims.authorization_details,
        },
        actor_ceiling: ceiling,
        client_ceiling: ceiling,
        ...(Object.keys(authority).length === 0 ? { requested: {} } : {}),
      },
    });
    return { claims, jws: this.#tokenKey.signInput(input), tok, digest };
  }

  /** One call, decided, forwarded and answered; or refused. */
  call(n: string, token: Presented, path: string, { code, scope, approval }: CallOutcome = {}): void {
    const args = { path };
    const body = JSON.stringify({
      jsonrpc: "2.0",
      id: n,
      method: "tools/call",
      params: { name: "read_text_file", arguments: args },
    });
    const refused = code !== undefined;
    const approved = digestText("definition");
    const { dpop, use } = this.#proof("triage", target, {
      ath: digestText(token.jws),
      body_sha256: digestText(body),
    });
    const decision = this.#add(`call/${n}`, {
      type: "decision",
      txn: this.txn,
      agent: this.#refs.triage,
      body: {
        action: "call",
        verdict: refused ? "refuse" : "permit",
        policy: this.#policy,
        procedure: this.#engine.procedureDigest,
        feed: 0,
        token: token.tok,
        use,
        mandate: this.#mandate,
        instance: this.#instances.triage,
        ...(code === undefined ? {} : { code }),
      },
      proof: {
        token: token.jws,
        dpop,
        htm: "POST",
        htu: target,
      },
      inputs: this.#inputs(`call/${n}`, "triage", {
        action: "call_tool",
        resource: { id: "files/read_text_file", type: "Tool" },
        more: [
          {
            path: "/authority",
            from: { by: "signed", part: "token" },
            value: {
              scope: token.claims.scope.split(" "),
              resource: token.claims.ng.reach,
              authorization_details: token.claims.authorization_details,
            },
          },
          {
            path: "/call",
            from: { by: "derived", entry: this.steps.get("registry/files")?.id ?? "" },
            value: {
              dataClass: "public",
              kind: "tool",
              name: "read_text_file",
              server: "files",
              ...(scope === undefined ? {} : { scope }),
            },
          },
          { path: "/context/args", from: { by: "signed", part: "dpop" }, value: args },
          ...approvalInputs(approval),
          {
            path: "/context/spent",
            from: { by: "gate" },
            value: { amount: 0, calls: this.#permitted, rows: 0 },
          },
          ...this.#labels(),
          { path: "/pin/approved", from: { by: "gate" }, value: approved },
          {
            path: "/pin/current",
            from: { by: "gate" },
            value: code === "tool_changed" ? digestText("another") : approved,
          },
        ],
      }),
      content: {
        request: { method: "tools/call", name: "read_text_file", arguments: args, body },
        policies: policiesOf(code),
        ...(this.#options.redacting === true && code === undefined
          ? { obligations: { redact_arguments: ["/path"] } }
          : {}),
        ...(code === "approval_required" ? { reason: vipReason, requires: ["approver#1"] } : { reason: "" }),
      },
    });
    if (refused) return;
    this.#permitted++;
    this.#effect(n, decision, this.#options.redacting === true ? {} : args);
  }

  #labels(): readonly InputAttribute[] {
    const from = (step: string): InputAttribute["from"] => ({
      by: "derived",
      entry: this.steps.get(step)?.id ?? "",
    });
    return [
      {
        path: "/labels/declared",
        from: from("registry/files"),
        value: BOTTOM_LABEL,
      },
    ];
  }

  #effect(n: string, decision: RecordedLeaf, args: JsonObject): void {
    const bytes = canonicalBytes({
      id: 1,
      jsonrpc: "2.0",
      method: "tools/call",
      params: { arguments: args, name: "read_text_file" },
    });
    const answer = utf8('{"content":[]}');
    const salts = [newId(), newId()] as const;
    const from = { txn: this.txn, agent: this.#refs.triage };
    this.#add(`dispatch/${n}`, {
      type: "dispatch",
      ...from,
      body: {
        decision: decision.id,
        server: this.#refs.files,
        digest: bytesCommitment(sha256, salts[0], bytes),
      },
      content: { bytes: toBase64url(bytes), bytes_salt: salts[0] },
    });
    this.#add(`outcome/${n}`, {
      type: "outcome",
      ...from,
      body: {
        decision: decision.id,
        status: "ok",
        held_ms: 2,
        digest: bytesCommitment(sha256, salts[1], answer),
      },
      content: { bytes: toBase64url(answer), bytes_salt: salts[1] },
    });
  }

  /** A call waits for a person, who signs it, and is sent again. */
  approvedCall(token: Presented): void {
    const path = "/tickets/vip/1";
    this.call("waits", token, path, { code: "approval_required" });
    const asked = askFor(this.#vipAction(path), {
      reason: vipReason,
      policy: this.#policy,
      notAfterMs: (startSeconds + 900) * 1000,
    });
    const { approval, digest, action, rendered, notAfterMs } = asked;
    const from = { txn: this.txn, agent: this.#refs.triage };
    this.#add("requested", {
      type: "approval",
      ...from,
      body: {
        action: "requested",
        approval,
        kind: "call",
        digest,
        requires: ["approver#1"],
        decision: this.steps.get("call/waits")?.id ?? "",
        not_after: notAfterMs,
      },
      content: { action, rendered: rendered.map((row) => ({ ...row })) },
    });
    const signed = this.#signer.approve(asked, this.#options.editApproval);
    const given = this.#add("approved", { type: "approval", ...from, ...signed });
    this.call("approved", token, path, { approval: given.id });
  }

  #vipAction(path: string): ApprovedAction {
    return {
      v: 1,
      nonce: newId(),
      txn: this.txn,
      mandate: this.#mandate,
      subject: "ana",
      actors: ["triage"],
      agent: "triage",
      server: "files",
      kind: "tool",
      name: tool.name,
      arguments: { path },
      pin: digestText("definition"),
      data_class: "public",
      effect: "read",
      egress: false,
    };
  }

  /** The triage agent is revoked; what comes after must not rest on it. */
  revoke(): void {
    this.#add("revocation", {
      type: "revocation",
      body: {
        feed: 1,
        kind: "agent",
        id: this.#refs.triage,
        epoch: 1,
        by: "operator",
        operator: this.#refs.operator,
      },
      content: { reason: "drill" },
    });
  }

  /** The triage agent calls on all the same, and is refused before anything else is asked. */
  callRevoked({ tok, jws }: Presented): void {
    this.#add("call/revoked", {
      type: "decision",
      txn: this.txn,
      agent: this.#refs.triage,
      body: {
        action: "call",
        verdict: "refuse",
        code: "revoked",
        policy: this.#policy,
        procedure: this.#engine.procedureDigest,
        feed: 1,
        token: tok,
        mandate: this.#mandate,
        instance: this.#instances.triage,
      },
      proof: { token: jws, htm: "POST", htu: target },
      content: { request: { method: "tools/call", name: tool.name }, policies: [], reason: "" },
    });
  }

  close(entries: number): void {
    this.#add("closing", { type: "closing", txn: this.txn, body: { entries } });
  }
}

/**
 * Records a whole support case with real keys, real proofs and real policies: an ID token for the mandate, a root token,
 * a rebind, calls, one refusal each by policy, pin and authority, a revocation and what it refuses, the closing.
 */
export function recordSupportCase(engine: PolicyEngine, options: CaseOptions = {}): SupportCase {
  const writer = new CaseWriter(engine, options);
  const { calls = 2, distinct = false } = options;
  writer.setting();
  const before = writer.log.size;
  writer.mandate();
  const root = writer.mint("mint", "orchestrator");
  const child = writer.mint("exchange", "triage", root);
  for (let n = 0; n < calls; n++) writer.call(String(n), child, distinct ? `/tickets/${n}` : "/tickets/7");
  if (options.approved === true) writer.approvedCall(child);
  writer.call("private", child, "/tickets/private/1", { code: "policy_denied" });
  writer.call("changed", child, "/tickets/7", { code: "tool_changed" });
  writer.call("outside", child, "/etc/passwd", { code: "authority_exceeded" });
  if (options.afterPolicy === true) {
    writer.call("unscoped", child, "/tickets/7", { code: "insufficient_scope", scope: "files:write" });
    writer.call("scope", child, "/tickets/7", { code: "insufficient_scope" });
    writer.call("spent", child, "/tickets/7", { code: "cap_spent", scope: "files:read" });
  }
  writer.revoke();
  writer.callRevoked(child);
  // The revocation is of no transaction.
  if (options.open !== true) writer.close(writer.log.size - before - 1);
  const { log, logKey, witness, idp, steps, txn } = writer;
  const trust = (seen = { size: 0, root: digestText("") }): TrustFile => ({
    format: "narrowgate-trust/1",
    logs: [{ origin: logKey.verifierKey.name, key: formatVerifierKey(logKey.verifierKey), ...seen }],
    witnesses: { keys: [formatVerifierKey(witness.verifierKey)], threshold: 1 },
    issuers: [{ issuer: person, jwks: { keys: [{ ...idp.jwk, kid: "idp-1", alg: "ES256" }] } }],
    approvals: approvalPlace,
    procedures: [engine.procedureDigest],
  });
  return { log, txn, steps, trust };
}
