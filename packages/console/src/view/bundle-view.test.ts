import { type BundleEntry, type LeafDraft, parseTrustFile } from "@narrowgate/contracts";
import { type CaseOptions, recordSupportCase, type SupportCase } from "@narrowgate/testkit/bundle";
import { createNodeEngine } from "@narrowgate/testkit/pages";
import { verifyBundle } from "@narrowgate/verifier";
import { nodeCrypto } from "@narrowgate/verifier/node";
import { beforeAll, describe, expect, test } from "vitest";
import { type BundleView, viewBundle } from "./bundle-view.ts";
import type { TimelineItem } from "./timeline.ts";
import { visibleText } from "./visible-text.ts";

const engine = createNodeEngine();
const crypto = nodeCrypto();

async function view(bytes: Uint8Array, recorded?: SupportCase): Promise<BundleView> {
  const trust = recorded === undefined ? {} : { trust: parseTrustFile(recorded.trust()) };
  return viewBundle(bytes, await verifyBundle(bytes, { crypto, engine, ...trust }));
}

async function viewOf(options: CaseOptions = {}): Promise<BundleView> {
  const recorded = recordSupportCase(engine, options);
  return view(await recorded.log.export(recorded.txn), recorded);
}

function callTo({ timeline }: BundleView, code: string): TimelineItem | undefined {
  return timeline.find(({ sentence }) => sentence.includes(`refused (${code})`));
}

function factOf(item: TimelineItem | undefined, label: string): string | undefined {
  return item?.facts.find((fact) => fact.label === label)?.value;
}

/** Every opening of these parts left out. */
function without(...parts: readonly ("proof" | "content" | "inputs")[]): (entry: BundleEntry) => BundleEntry {
  return (entry) => {
    const openings = { ...entry.openings };
    for (const part of parts) delete openings[part];
    return { ...entry, openings };
  };
}

describe("a bundle that holds", () => {
  let honest: BundleView;
  beforeAll(async () => {
    honest = await viewOf();
  });

  test("shows who asked, and who signed that", () => {
    expect(honest.report.verdict).toBe("verified");
    expect(honest.asked).toMatchObject({ agent: "orchestrator", status: "signed" });
    expect(honest.asked?.by).toContain("ana");
  });

  test("shows the chain, with the calls of each agent counted from its tokens", () => {
    const first = honest.actors?.children[0];
    const refusedCalls = honest.timeline.filter(
      ({ verdict, sentence }) => verdict === "refuse" && sentence.startsWith("call "),
    );
    expect(first).toMatchObject({ name: "orchestrator", tokens: 1, permits: 0, refusals: 0 });
    expect(first?.grants.join()).not.toContain("data up to internal");
    expect(first?.children[0]?.grants.join()).toContain("/path begins with “/tickets/”; data up to internal");
    expect(first?.children).toMatchObject([
      { name: "triage", tokens: 1, permits: 2, refusals: refusedCalls.length, children: [] },
    ]);
  });

  test("shows of a refusal its tool, arguments, policy, meaning, and where each input comes from", () => {
    const refused = callTo(honest, "policy_denied");
    expect(refused).toMatchObject({ kind: "decision", verdict: "refuse", status: "proven" });
    expect(factOf(refused, "Tool")).toBe("files/read_text_file");
    expect(factOf(refused, "Arguments")).toContain("/tickets/private/1");
    expect(factOf(refused, "Policies that decided")).toBe("no-private");
    expect(factOf(refused, "What it means")).toBe("Policy does not allow this call.");
    const from = new Map(refused?.inputs.map((input) => [input.path, input.from]));
    expect(from.get("/context/args")).toBe("signed, in dpop");
    expect(from.get("/context/env")).toBe("claimed by the gate");
    expect(from.get("/call")).toMatch(/^follows from /);
  });

  test("tells every line of the report once, in its order", () => {
    expect(honest.timeline.map(({ entry }) => entry)).toEqual(honest.report.story.map(({ entry }) => entry));
  });
});

describe("what was read, and who signed", () => {
  async function labelled(because: (recorded: SupportCase) => string): Promise<BundleView> {
    const recorded = recordSupportCase(engine, { open: true });
    const body = {
      state: "transaction",
      ref: recorded.txn,
      class: "confidential",
      untrusted: true,
      because: because(recorded),
    } as const;
    recorded.log.add({ type: "label", txn: recorded.txn, body });
    return view(await recorded.log.export(recorded.txn), recorded);
  }

  test("a label stands beside the event it follows, and is no event of its own", async () => {
    const { timeline, report } = await labelled(({ steps }) => steps.get("call/0")?.id ?? "");
    expect(report.failures.map(({ rule }) => rule)).toEqual([]);
    expect(timeline.filter(({ kind }) => kind === "label")).toEqual([]);
    const carrying = timeline.filter(({ labels }) => labels.length > 0);
    expect(carrying.map(({ kind, labels }) => [kind, labels.map(({ dataClass }) => dataClass)])).toEqual([
      ["decision", ["confidential"]],
    ]);
    expect(carrying[0]?.labels[0]).toMatchObject({ state: "transaction", untrusted: true });
  });

  test("a label that breaks a rule stays an event", async () => {
    const { timeline } = await labelled(() => "AAAAAAAAAAAAAAAAAAAAAA");
    const label = timeline.find(({ kind }) => kind === "label");
    expect(label?.failures.length).toBeGreaterThan(0);
  });

  test("an approval names its signer, her role and her passkey", async () => {
    const { timeline } = await viewOf({ approved: true });
    const signed = timeline.find(({ sentence }) => sentence.includes("approval approved"));
    expect(signed?.facts.map(({ label }) => label)).toEqual([
      "Signed by",
      "Role",
      "Person",
      "Passkey",
      "Action",
    ]);
    expect(factOf(signed, "Role")).toBe("approver");
  });
});

describe("a bundle that withholds", () => {
  test("says that content is missing, and shows no more than there is", async () => {
    const recorded = recordSupportCase(engine);
    const change = without("content", "proof", "inputs");
    const bytes = await recorded.log.export(recorded.txn, { change });
    const { actors, asked, timeline } = await view(bytes, recorded);
    expect(actors).toBeUndefined();
    expect(asked).toMatchObject({ subject: undefined, agent: undefined, purpose: undefined });
    expect(timeline.every(({ inputs }) => inputs.length === 0)).toBe(true);
    expect(timeline.some(({ status }) => status === "missing")).toBe(true);
  });
});

describe("a bundle that does not hold", () => {
  test("carries each fault once, at the entry it is in", async () => {
    const edit = (step: string, draft: LeafDraft): LeafDraft =>
      step === "call/private"
        ? { ...draft, content: { ...draft.content, policies: ["read-tickets"] } }
        : draft;
    const { failures, timeline } = await viewOf({ edit });
    expect(failures.length).toBeGreaterThan(0);
    const faulty = timeline.filter((item) => item.failures.length > 0);
    expect(faulty.map(({ kind }) => kind)).toContain("decision");
    expect(new Set(failures.map((failure) => JSON.stringify(failure))).size).toBe(failures.length);
  });

  test.each([
    ["is empty", new Uint8Array()],
    ["is no JSON", new TextEncoder().encode("not a bundle\n")],
    ["is another document", new TextEncoder().encode('{"format":"narrowgate-trust/1"}\n')],
  ])("has no story when it %s", async (_, bytes) => {
    const { report, timeline, actors, asked } = await view(bytes);
    expect(report.verdict).toBe("failed");
    expect({ timeline, actors, asked }).toEqual({ timeline: [], actors: undefined, asked: undefined });
  });
});

describe("text out of a bundle", () => {
  test("cannot turn, hide or overwrite what stands beside it", () => {
    expect(visibleText("a\u202eb\u200bc\u0007d\u2028e")).toBe("a\ufffdb\ufffdc\ufffdd\ufffde");
    expect(visibleText("two\n\tlines, naïve, 日本, 🙂")).toBe("two\n\tlines, naïve, 日本, 🙂");
  });

  test("has an end", () => {
    expect(visibleText("x".repeat(1_000_000)).length).toBeLessThan(9000);
  });
});

describe("a long story", () => {
  let long: BundleView;
  beforeAll(async () => {
    long = await viewOf({ calls: 40 });
  });

  test("is told by who acted, with every event once and in the order of the log", () => {
    expect(long.hops.map(({ actors }) => actors)).toEqual([
      undefined,
      ["orchestrator"],
      ["orchestrator", "triage"],
    ]);
    const told = long.hops.map(({ rows }) =>
      rows.flatMap((row) => (row.kind === "event" ? [row.item] : row.items)),
    );
    const byPlace = (items: readonly TimelineItem[]) => [...items].sort((a, b) => a.index - b.index);
    for (const items of told) expect(items).toEqual(byPlace(items));
    expect(byPlace(told.flat())).toEqual(byPlace(long.timeline));
    expect(long.hops.map(({ events }) => events)).toEqual(told.map((items) => items.length));
  });

  test("counts what was permitted and refused, and puts away what needs no look", () => {
    const triage = long.hops[2];
    const refused = long.timeline.filter(({ verdict }) => verdict === "refuse");
    expect(triage).toMatchObject({ refusals: refused.length, failed: 0, isOpen: true });
    const seen = triage?.rows.flatMap((row) => (row.kind === "event" ? [row.item] : [])) ?? [];
    expect(refused.every((item) => seen.includes(item))).toBe(true);
    expect(seen.length).toBeLessThan(15);
    expect(long.hops.filter(({ isOpen }) => isOpen)).toHaveLength(1);
    expect(long.trouble).toBe(refused[0]?.entry);
  });
});
