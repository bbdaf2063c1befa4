// LONG: one table of lies, each beside the rule it breaks.

import { exactSet, type LeafDraft, type ProofBundle, parseProofBundle } from "@narrowgate/contracts";
import { type JsonObject, type JsonValue, parseStrictJson, toBase64url } from "@narrowgate/kernel";
import { createNodeEngine } from "@narrowgate/policy/node";
import {
  type CaseOptions,
  digestText,
  newId,
  recordSupportCase,
  type SupportCase,
  sealBundle,
} from "@narrowgate/testkit/bundle";
import { beforeAll, describe, expect, test } from "vitest";
import { nodeCrypto } from "./crypto.node.ts";
import { webCrypto } from "./crypto.web.ts";
import type { Report } from "./report.ts";
import { formatReport, tellStory } from "./story/format-report.ts";
import { verifyBundle } from "./verify-bundle.ts";

const engine = createNodeEngine();
const crypto = nodeCrypto();

let honest: SupportCase;
let bytes: Uint8Array;

function verify(file: Uint8Array, from: SupportCase = honest): Promise<Report> {
  return verifyBundle(file, { crypto, engine, trust: from.trust() });
}

function parse(file: Uint8Array): ProofBundle {
  return parseProofBundle(parseStrictJson(file.subarray(0, -1), { maxBytes: 64 * 1024 * 1024 }));
}

/** The honest bundle with a change, sealed again: what somebody without any key can do. */
function changed(change: (bundle: ProofBundle) => Partial<ProofBundle>): Uint8Array {
  const { seal: _, ...bundle } = parse(bytes);
  return sealBundle({ ...bundle, ...change(parse(bytes)) });
}

function rulesOf({ failures }: Report): readonly string[] {
  return [...new Set(failures.map(({ rule }) => rule))];
}

/** A case in which one draft is another, all signed by the real keys: what a lying operator can do. */
async function forged(
  step: string,
  change: (draft: LeafDraft) => LeafDraft,
  more: CaseOptions = {},
): Promise<Report> {
  const lie = recordSupportCase(engine, {
    ...more,
    edit: (name, draft) => (name === step ? change(draft) : draft),
  });
  return verify(await lie.log.export(lie.txn), lie);
}

function withBody(body: JsonObject): (draft: LeafDraft) => LeafDraft {
  return (draft) => ({ ...draft, body: { ...draft.body, ...body } });
}

function withContent(content: JsonObject): (draft: LeafDraft) => LeafDraft {
  return (draft) => ({ ...draft, content: { ...draft.content, ...content } });
}

function withInput(path: string, value: JsonValue): (draft: LeafDraft) => LeafDraft {
  return (draft) => ({
    ...draft,
    inputs: (draft.inputs ?? []).map((input) => (input.path === path ? { ...input, value } : input)),
  });
}

beforeAll(async () => {
  honest = recordSupportCase(engine);
  bytes = await honest.log.export(honest.txn);
});

describe("an honest bundle", () => {
  test("is verified, every decision recomputed and every hop and dispatch proven", async () => {
    const report = await verify(bytes);
    expect(report.failures).toEqual([]);
    expect(report.verdict).toBe("verified");
    expect(report.decisions).toEqual({ recomputed: 7, refusedBeforePolicy: 1, notRecomputed: 0 });
    // 5 decisions on calls, 2 on tokens: principal and entities of each; the call of 5.
    expect(report.provenance.derived).toBe(38);
    expect(report.counts).toEqual({ proven: 13, signed: 1, claimed: 3, erased: 0, missing: 0 });
    expect(report.witnesses.map(({ name }) => name)).toEqual(["witness.example"]);
  });

  test("is verified by WebCrypto just so", async () => {
    const web = webCrypto(globalThis.crypto.subtle);
    const report = await verifyBundle(bytes, { crypto: web, engine, trust: honest.trust() });
    const { timings: _, ...rest } = report;
    const { timings: __, ...expected } = await verify(bytes);
    expect(rest).toEqual(expected);
  });

  test("is self-consistent without a trust file, and says no more", async () => {
    const report = await verifyBundle(bytes, { crypto, engine });
    expect(report.failures).toEqual([]);
    expect(report.verdict).toBe("self-consistent");
    expect(formatReport(report)).toContain("no trust file was given");
  });

  test("is unwitnessed where the trust file asks for no witness", async () => {
    const trust = { ...honest.trust(), witnesses: { keys: [], threshold: 0 } };
    const report = await verifyBundle(bytes, { crypto, engine, trust });
    expect(report.verdict).toBe("verified, unwitnessed");
    expect(formatReport(report)).toContain("the operator could have rewritten this");
  });

  test("is verified against the head its reader has seen, by proof or on the word of its witnesses", async () => {
    const seen = { size: 9, root: toBase64url(await honest.log.root(9)) };
    const linked = await honest.log.export(honest.txn, { earlier: [9] });
    const trust = honest.trust(seen);
    expect((await verifyBundle(linked, { crypto, engine, trust })).verdict).toBe("verified");
    const unlinked = await verifyBundle(bytes, { crypto, engine, trust });
    expect([unlinked.verdict, unlinked.notes.length]).toEqual(["verified", 1]);
    expect(unlinked.notes[0]).toContain("that rests on the witnesses");
    const unwitnessed = { ...trust, witnesses: { keys: [], threshold: 0 } };
    expect(rulesOf(await verifyBundle(bytes, { crypto, engine, trust: unwitnessed }))).toEqual(["E-24"]);
    const forked = honest.trust({ size: 9, root: digestText("another history") });
    expect(rulesOf(await verifyBundle(linked, { crypto, engine, trust: forked }))).toEqual(["E-24"]);
  });

  test("that is still open is not verified, and says how far it is", async () => {
    const open = recordSupportCase(engine, { open: true });
    const file = await open.log.export(open.txn);
    const report = await verify(file, open);
    expect([report.verdict, report.upToHere]).toEqual(["open", "verified"]);
    expect(report.notes.join()).toContain("not closed");
    expect(formatReport(report)).toContain(
      "up to here everything is verified, but the transaction may have gone on",
    );
    const untrusting = await verifyBundle(file, { crypto, engine });
    expect([untrusting.verdict, untrusting.upToHere]).toEqual(["open", "self-consistent"]);
    expect(formatReport(untrusting)).toContain("no trust file was given");
  });

  test("does not recompute under a procedure the trust file does not name", async () => {
    const trust = { ...honest.trust(), procedures: [] };
    const report = await verifyBundle(bytes, { crypto, engine, trust });
    expect(report.decisions).toEqual({ recomputed: 0, refusedBeforePolicy: 1, notRecomputed: 7 });
    expect(report.notes.join()).toContain("not in the trust file");
  });

  test("does not take an assertion as signed when the trust file names no key of its issuer", async () => {
    const report = await verifyBundle(bytes, { crypto, engine, trust: { ...honest.trust(), issuers: [] } });
    expect(report.counts.signed).toBe(0);
    expect(report.verdict).toBe("verified");
  });

  test("claims the refusals whose grounds are in no log, and no more than that", async () => {
    const own = recordSupportCase(engine, { afterPolicy: true });
    const report = await verify(await own.log.export(own.txn), own);
    expect(report.decisions).toEqual({ recomputed: 8, refusedBeforePolicy: 1, notRecomputed: 2 });
    const lineOf = (step: string) => report.story.find(({ entry }) => entry === own.steps.get(step)?.id);
    expect(lineOf("call/unscoped")?.status).toBe("proven");
    for (const step of ["call/scope", "call/spent"]) {
      expect(lineOf(step)?.status).toBe("claimed");
      expect(lineOf(step)?.text.join(" ")).toContain("as claimed by the gate)");
    }
  });

  test("tells who asked, through which chain, under which policy, to what effect", async () => {
    const story = tellStory(await verify(bytes));
    expect(story).toContain("https://idp.example#ana asked orchestrator (signed) to: answer ticket 7");
    expect(story).toContain("#ana -> orchestrator -> triage may files:read");
    expect(story).toContain(
      '{"path":"/tickets/7"} permitted by policy read-tickets (arguments signed by the agent\'s key)',
    );
    expect(story).toContain("refused (policy_denied) by policy no-private");
    expect(tellStory(await verify(bytes), { colour: true })).toContain("\u001b[32m[proven]");
  });
});

describe("what is not disclosed", () => {
  test("is missing, and never proven", async () => {
    const file = changed(({ entries, txn }) => {
      const closed = entries.map(({ openings: _, ...entry }) => entry);
      const leaves = closed.map(({ leaf }) => ({ leaf, openings: {} }));
      const { needed } = exactSet({ leaves, txn, erasures: [] });
      return { entries: closed.filter(({ leaf }) => needed.has(leaf.id)) };
    });
    // Without its genesis a log is found by the trust file alone.
    const report = await verify(file);
    expect(report.verdict).toBe("verified");
    expect(report.decisions.recomputed).toBe(0);
    expect(report.counts.signed).toBe(0);
    expect(
      report.story
        .filter(({ kind }) => ["token", "decision", "mandate", "dispatch"].includes(kind))
        .map(({ status }) => status),
    ).toEqual([...Array.from({ length: 12 }, () => "missing"), "claimed"]);
  });

  test("is erased where a later erasure leaf covers it", async () => {
    const own = recordSupportCase(engine);
    const { id: entry = "" } = own.steps.get("dispatch/0") ?? {};
    const { id: erasure } = own.log.add({
      type: "erasure",
      txn: own.txn,
      body: { txn: own.txn, parts: ["content"], rule: "retention.30d", operator: newId() },
    });
    const options = {
      erased: [{ entry, part: "content" as const, erasure }],
      change: (each: ProofBundle["entries"][number]) =>
        each.leaf.id === entry ? { leaf: each.leaf, inclusion: each.inclusion } : each,
    };
    const report = await verify(await own.log.export(own.txn, options), own);
    expect(report.failures).toEqual([]);
    expect(report.story.find((line) => line.entry === entry)?.status).toBe("erased");
    const lie = {
      ...options,
      erased: [{ ...options.erased[0], entry, part: "content" as const, erasure: entry }],
    };
    expect(rulesOf(await verify(await own.log.export(own.txn, lie), own))).toEqual(["E-23"]);
  });
});

describe("arguments that policy takes away", () => {
  /** The case with the content of its calls erased, as a retention rule leaves it. */
  async function withoutContent(own: SupportCase): Promise<Report> {
    const { txn } = own;
    const { id: erasure } = own.log.add({
      type: "erasure",
      txn,
      body: { txn, parts: ["content"], rule: "retention.30d", operator: newId() },
    });
    const calls = ["call/0", "call/1"].map((step) => own.steps.get(step)?.id ?? "");
    const erased = calls.map((entry) => ({ entry, part: "content" as const, erasure }));
    const change = (each: ProofBundle["entries"][number]): typeof each => {
      const { content: _, ...openings } = each.openings ?? {};
      return calls.includes(each.leaf.id) ? { ...each, openings } : each;
    };
    return verify(await own.log.export(txn, { erased, change }), own);
  }
  const dispatches = ({ story }: Report): readonly string[] =>
    story.filter(({ kind }) => kind === "dispatch").map(({ status }) => status);

  test("are not in what was sent, and that is proven by the policies where the record of it is erased", async () => {
    const own = recordSupportCase(engine, { redacting: true });
    const whole = await verify(await own.log.export(own.txn), own);
    expect([whole.verdict, ...dispatches(whole)]).toEqual(["verified", "proven", "proven"]);
    const erased = await withoutContent(own);
    expect(erased.failures).toEqual([]);
    expect(dispatches(erased)).toEqual(["proven", "proven"]);
  });

  test("are claimed to be away where the decision cannot be made again either", async () => {
    const own = recordSupportCase(engine, { redacting: true });
    const { procedures: _, ...trust } = own.trust();
    const bare = { ...own, trust: () => ({ ...trust, procedures: [] }) };
    const report = await withoutContent(bare);
    expect(report.failures).toEqual([]);
    expect(dispatches(report)).toEqual(["claimed", "claimed"]);
  });
});

describe("a bundle changed by somebody without keys fails", () => {
  const withoutEntry = (step: string) => () =>
    changed(({ entries }) => ({
      entries: entries.filter(({ leaf }) => leaf.id !== honest.steps.get(step)?.id),
    }));

  const cases: Record<string, readonly [rule: string, make: () => Uint8Array | Promise<Uint8Array>]> = {
    "a leaf of the transaction dropped": ["E-22", withoutEntry("call/private")],
    "the decision of an effect dropped": ["E-11", withoutEntry("call/0")],
    "the policies dropped": ["E-16", withoutEntry("policy")],
    "the signing key dropped": ["E-19", withoutEntry("key")],
    "a source of inputs dropped": ["E-9", withoutEntry("registry/triage")],
    "openings of two calls swapped": [
      "E-7",
      () =>
        changed(({ entries }) => {
          const at = (step: string): number =>
            entries.findIndex(({ leaf }) => leaf.id === honest.steps.get(step)?.id);
          const [first, second] = [entries[at("call/0")]?.openings, entries[at("call/1")]?.openings];
          const other = new Map([
            [at("call/0"), second],
            [at("call/1"), first],
          ]);
          return {
            entries: entries.map((entry, i) => ({
              ...entry,
              ...(other.get(i) && { openings: other.get(i) ?? {} }),
            })),
          };
        }),
    ],
    "a verdict turned round": [
      "E-22",
      () =>
        changed(({ entries }) => ({
          entries: entries.map((entry) => {
            const { leaf } = entry;
            if (leaf.type !== "decision" || leaf.body.code !== "policy_denied") return entry;
            const { code: _, ...body } = leaf.body;
            return { ...entry, leaf: { ...leaf, body: { ...body, verdict: "permit" } } };
          }),
        })),
    ],
    "an inclusion proof of another leaf": [
      "E-22",
      () =>
        changed(({ entries }) => ({
          entries: entries.map((entry, i) =>
            i === 3 ? { ...entry, inclusion: entries[4]?.inclusion ?? [] } : entry,
          ),
        })),
    ],
    "the checkpoint of a shorter log": [
      "E-22",
      async () => {
        const checkpoint = await honest.log.checkpoint(12);
        return changed(() => ({ checkpoint }));
      },
    ],
    "an unsigned checkpoint": [
      "E-24",
      () => changed(({ checkpoint }) => ({ checkpoint: checkpoint.split("\u2014")[0] ?? "" })),
    ],
    "no witness": [
      "E-24",
      () => changed(({ checkpoint }) => ({ checkpoint: checkpoint.split("\u2014 witness")[0] ?? "" })),
    ],
    "an earlier head with somebody else's signature": [
      "E-24",
      async () => {
        const earlier = [{ checkpoint: await honest.log.checkpoint(honest.log.size), consistency: [] }];
        return changed(() => ({ earlier }));
      },
    ],
    "a release claimed beside it": ["E-21", () => changed(() => ({ release: "A".repeat(43) }))],
    "a release claimed in place of it": [
      "E-22",
      () => {
        const { seal: _, txn: __, ...bundle } = parse(bytes);
        return sealBundle({ ...bundle, release: "A".repeat(43) });
      },
    ],
    "another transaction claimed": [
      "E-22",
      () => changed(({ txn = "" }) => ({ txn: `${txn.split(".")[0]}.${newId()}` })),
    ],
  };

  test.each(Object.entries(cases))("%s", async (_, [rule, make]) => {
    const report = await verify(await make());
    expect(report.verdict).toBe("failed");
    expect(rulesOf(report)).toContain(rule);
  });

  test("everything signed again with new keys", async () => {
    const forgery = recordSupportCase(engine);
    const file = await forgery.log.export(forgery.txn);
    expect((await verify(file, forgery)).verdict).toBe("verified");
    expect(rulesOf(await verify(file, honest))).toContain("E-24");
  });

  test("a log of another origin", async () => {
    const other = recordSupportCase(engine, { logName: "other.example/log/main" });
    expect(rulesOf(await verify(await other.log.export(other.txn), honest))).toContain("E-24");
  });

  test("an older head than its reader has seen", async () => {
    const trust = honest.trust({ size: honest.log.size, root: toBase64url(await honest.log.root()) });
    const old = await honest.log.export(honest.txn, { size: 15 });
    expect((await verifyBundle(bytes, { crypto, engine, trust })).verdict).toBe("verified");
    expect(rulesOf(await verifyBundle(old, { crypto, engine, trust }))).toContain("E-24");
  });

  test("what is no bundle at all", async () => {
    const noise = [
      new Uint8Array(0),
      new TextEncoder().encode("{}\n"),
      new TextEncoder().encode("[]"),
      bytes.subarray(0, 1000),
    ];
    for (const file of noise) expect((await verify(file)).failures[0]?.rule).toBe("E-21");
  });

  test("white space, or a seal that does not fit", async () => {
    const text = new TextDecoder().decode(bytes);
    const encode = (s: string): Uint8Array => new TextEncoder().encode(s);
    const otherSeal = text.replace(/"seal":"(.)/, (_, first) => `"seal":"${first === "A" ? "B" : "A"}`);
    for (const file of [`${text}\n`, ` ${text}`, text.trimEnd(), otherSeal]) {
      expect(rulesOf(await verify(encode(file)))).toEqual(["E-21"]);
    }
  });
});

describe("a bundle whose operator lied, and signed it all, fails", () => {
  const cases: Record<
    string,
    readonly [rule: string, step: string, change: (draft: LeafDraft) => LeafDraft]
  > = {
    "a refusal recorded for what policy permits": [
      "E-16",
      "call/0",
      withBody({ verdict: "refuse", code: "policy_denied" }),
    ],
    "a scope withheld that the token has": [
      "E-16",
      "call/unscoped",
      withInput("/call", {
        dataClass: "public",
        kind: "tool",
        name: "read_text_file",
        server: "files",
        scope: "",
      }),
    ],
    "a permit without the scope it needs": [
      "E-16",
      "call/0",
      withInput("/call", {
        dataClass: "public",
        kind: "tool",
        name: "read_text_file",
        server: "files",
        scope: "files:read files:write",
      }),
    ],
    "a cap blamed for what policy forbids": ["E-16", "call/private", withBody({ code: "cap_spent" })],
    "a scope blamed for what policy forbids": [
      "E-16",
      "call/private",
      withBody({ code: "insufficient_scope" }),
    ],
    "policies named in a refusal by cap": ["E-16", "call/spent", withContent({ policies: ["read-tickets"] })],
    "another data class than the registered one": [
      "E-28",
      "call/0",
      withInput("/call", { dataClass: "internal", kind: "tool", name: "read_text_file", server: "files" }),
    ],
    "labels that are not the join of what is carried": [
      "E-29",
      "call/0",
      withInput("/context/labels", { data_class: "restricted", rank: 3, untrusted: true }),
    ],
    "a transaction that carries more than its leaves say": [
      "E-29",
      "call/0",
      withInput("/labels/transaction", { class: "restricted", untrusted: true }),
    ],
    "an instance that carries less than it was shown": [
      "E-29",
      "call/0",
      withInput("/labels/declared", { class: "restricted", untrusted: true }),
    ],
    "calls that are counted short": [
      "E-30",
      "call/1",
      withInput("/context/spent", { amount: 0, calls: 0, rows: 0 }),
    ],
    "an intent the mandate does not declare": [
      "E-28",
      "call/0",
      withInput("/context/intent", { case: "7", declared: true, resources: [], tools: [] }),
    ],
    "a tool that is not registered": [
      "E-28",
      "call/0",
      withInput("/call", { dataClass: "public", kind: "tool", name: "erase", server: "files" }),
    ],
    "an agent of a lower tier": [
      "E-28",
      "call/0",
      withInput("/entities", [
        {
          attrs: { owner: "ana", purpose: "tickets", tier: "T3" },
          parents: [],
          uid: { id: "triage", type: "Agent" },
        },
      ]),
    ],
    "a milder effect": [
      "E-28",
      "call/0",
      withInput("/entities", [
        {
          attrs: { dataClass: "public", effect: "write", egress: false, name: "read_text_file" },
          parents: [],
          uid: { id: "files/read_text_file", type: "Tool" },
        },
      ]),
    ],
    "another agent than the leaf's": [
      "E-28",
      "call/0",
      withInput("/principal", { id: "orchestrator", type: "Agent" }),
    ],
    "another purpose than the mandate's": [
      "E-28",
      "call/0",
      withInput("/context/mandate", { age_s: 1, purpose: "anything" }),
    ],
    "another basis than the mandate's": ["E-28", "call/0", withInput("/context/basis", "operator")],
    "another transaction": ["E-28", "call/0", withInput("/context/txn", newId())],
    "a code swapped": ["E-16", "call/private", withBody({ code: "tool_changed" })],
    "other policy ids": ["E-16", "call/0", withContent({ policies: ["another"] })],
    "policies that are not those of the digest": ["E-16", "policy", withBody({ digest: digestText("x") })],
    "a wider granted authority on record than in the token": [
      "E-18",
      "token/exchange",
      withContent({
        granted: {
          scope: ["files:read", "files:write"],
          resource: ["https://gate.example/mcp/files"],
          authorization_details: [],
        },
      }),
    ],
    "a narrower ceiling than the token obeys": [
      "E-18",
      "token/exchange",
      withContent({
        actor_ceiling: {
          scope: ["files:read"],
          resource: ["https://gate.example/mcp/files"],
          authorization_details: [],
        },
      }),
    ],
    "ceilings that are not the registered ones": [
      "E-18",
      "registry/triage",
      withContent({
        document: { id: "triage", ceiling: { scope: [], resource: [], authorization_details: [] } },
      }),
    ],
    "a mint decided for another parent": ["E-18", "exchange", withBody({ token: digestText("x") })],
    "a parent that is not the parent": ["E-18", "token/exchange", withBody({ parent: digestText("x") })],
    "a continuation that is a rebind": ["E-18", "token/exchange", withBody({ mode: "continuation" })],
    "another key bound to the token": ["E-18", "token/exchange", withBody({ jkt: digestText("x") })],
    "another signing input": [
      "E-18",
      "token/mint",
      (draft) => ({ ...draft, proof: { signing_input: "e30.e30" } }),
    ],
    "bytes other than decided": [
      "E-11",
      "dispatch/0",
      (draft) => ({ ...draft, body: { ...draft.body, digest: digestText("x") } }),
    ],
    "a mandate the subject did not sign": [
      "E-26",
      "mandate",
      (draft) => {
        const text = String(draft.proof?.subject_assertion).replace(/[^.]+$/, "A".repeat(86));
        return { ...draft, proof: { subject_assertion: text } };
      },
    ],
    "another mandate document": [
      "E-18",
      "mandate",
      (draft) => ({ ...draft, body: { ...draft.body, digest: digestText("x") } }),
    ],
    "a closing that miscounts": ["E-13", "closing", withBody({ entries: 3 })],
    "another environment's key in force": ["E-19", "key", withBody({ kid: "token-2" })],
    "an outcome without a dispatch": ["E-11", "outcome/0", withBody({ decision: newId() })],
    "a proof for another address": [
      "E-20",
      "call/0",
      (draft) => ({ ...draft, proof: { ...draft.proof, htu: "https://gate.example/mcp/memory" } }),
    ],
    "a proof of another body": ["E-20", "call/0", withContent({ request: { body: "{}" } })],
  };

  test.each(Object.entries(cases))("%s", async (_, [rule, step, change]) => {
    const report = await forged(step, change, { afterPolicy: true });
    expect(report.verdict).toBe("failed");
    expect(rulesOf(report)).toContain(rule);
  });

  test("a refusal that became a permit with its effect", async () => {
    const report = await forged("call/private", (draft) => {
      const { code: _, ...body } = draft.body;
      return { ...draft, body: { ...body, verdict: "permit" } };
    });
    expect(rulesOf(report)).toEqual(["E-16", "E-30"]);
  });

  test("an authority decided on that is wider than the token's", async () => {
    const wide = {
      scope: ["files:read"],
      resource: ["https://gate.example/mcp/files"],
      authorization_details: [{ type: "mcp_tool", server: "files", tools: ["read_text_file"] }],
    };
    const report = await forged("call/outside", (draft) => {
      const { code: _, ...body } = draft.body;
      const inputs =
        draft.inputs?.map((input) => (input.path === "/authority" ? { ...input, value: wide } : input)) ?? [];
      return { ...draft, body: { ...body, verdict: "permit" }, inputs };
    });
    expect(rulesOf(report)).toEqual(["E-9"]);
  });

  const claims: Record<string, CaseOptions["editClaims"]> = {
    "a child wider than its parent": (step, made) =>
      step === "exchange" ? { ...made, scope: "files:read files:write" } : made,
    "a child whose constraint is gone": (step, made) =>
      step === "exchange"
        ? {
            ...made,
            authorization_details: [
              { type: "mcp_tool", server: "files", tools: ["read_text_file"], depth: 1 },
            ],
          }
        : made,
    "a child whose depth did not fall": (step, made) =>
      step === "exchange"
        ? {
            ...made,
            authorization_details: made.authorization_details.map((detail) => ({ ...detail, depth: 2 })),
          }
        : made,
    "a chain cut short": (step, made) =>
      step === "exchange" ? { ...made, act: { iss: made.iss, sub: "triage" } } : made,
    "a chain spliced": (step, made) =>
      step === "exchange"
        ? { ...made, act: { iss: made.iss, sub: "triage", act: { iss: made.iss, sub: "mallory" } } }
        : made,
    "a root with a chain behind it": (step, made) =>
      step === "mint"
        ? { ...made, act: { iss: made.iss, sub: "orchestrator", act: { iss: made.iss, sub: "mallory" } } }
        : made,
    "a child that outlives its parent": (step, made) =>
      step === "exchange" ? { ...made, exp: made.exp + 60 } : made,
    "another subject along the chain": (step, made) => (step === "exchange" ? { ...made, sub: "eve" } : made),
    "another subject than the mandate's": (step, made) => (step === "mint" ? { ...made, sub: "eve" } : made),
    "another agent than the mandate's": (step, made) =>
      step === "mint" ? { ...made, client_id: "triage" } : made,
    "another instance than was decided on": (step, made) =>
      step === "exchange" ? { ...made, ng: { ...made.ng, instance: newId() } } : made,
    "another intent along the chain": (step, made) =>
      step === "exchange" ? { ...made, ng: { ...made.ng, intent: digestText("x") } } : made,
    "a parent hash of another token": (step, made) =>
      step === "exchange" && made.ng.parent !== undefined
        ? { ...made, ng: { ...made.ng, parent: { ...made.ng.parent, hash: digestText("x") } } }
        : made,
  };

  test.each(Object.entries(claims))("%s", async (_, editClaims) => {
    const lie = recordSupportCase(engine, editClaims === undefined ? {} : { editClaims });
    const report = await verify(await lie.log.export(lie.txn), lie);
    expect(rulesOf(report)).toContain("E-18");
  });

  test("a token with an intent that its mandate does not declare", async () => {
    const lie = recordSupportCase(engine, {
      editClaims: (_, made) => ({ ...made, ng: { ...made.ng, intent: digestText("x") } }),
    });
    const report = await verify(await lie.log.export(lie.txn), lie);
    expect(rulesOf(report)).toEqual(["E-33"]);
  });

  test("a permit after the agent was revoked", async () => {
    const revocation: LeafDraft = {
      type: "revocation",
      body: { feed: 1, kind: "all", id: "all", epoch: 1, by: "system" },
    };
    // The key leaf becomes a revocation of everything, and every permit claims a feed that has seen nothing.
    const report = await forged("registry/files", () => revocation);
    expect(rulesOf(report)).toContain("E-14");
  });

  test("one proof accepted twice", async () => {
    const use = digestText("one use");
    const lie = recordSupportCase(engine, {
      edit: (step, draft) => (step === "call/0" || step === "call/1" ? withBody({ use })(draft) : draft),
    });
    expect(rulesOf(await verify(await lie.log.export(lie.txn), lie))).toEqual(["E-20"]);
  });

  test("a leaf behind the closing", async () => {
    const lie = recordSupportCase(engine);
    lie.log.add({
      type: "mandate",
      txn: lie.txn,
      body: {
        action: "closed",
        mandate: newId(),
        subject: newId(),
        basis: "operator",
        digest: digestText("x"),
        expires: 1,
      },
    });
    expect(rulesOf(await verify(await lie.log.export(lie.txn), lie))).toEqual(["E-13"]);
  });
});
