import type { ApprovalStatement, LeafDraft } from "@narrowgate/contracts";
import type { JsonObject } from "@narrowgate/kernel";
import { createNodeEngine } from "@narrowgate/policy/node";
import { type CaseOptions, recordSupportCase } from "@narrowgate/testkit/bundle";
import { describe, expect, test } from "vitest";
import { nodeCrypto } from "../crypto.node.ts";
import type { Report } from "../report.ts";
import { verifyBundle } from "../verify-bundle.ts";

const engine = createNodeEngine();

async function verify(options: CaseOptions = {}, isTrusted = true): Promise<Report> {
  const recorded = recordSupportCase(engine, { approved: true, ...options });
  const { approvals, ...trust } = recorded.trust();
  return verifyBundle(await recorded.log.export(recorded.txn), {
    trust: isTrusted && approvals !== undefined ? { ...trust, approvals } : trust,
    crypto: nodeCrypto(),
    engine,
  });
}

const lineOf = (report: Report, text: string) =>
  report.story.find((line) => line.kind === "approval" && line.text.join(" ").includes(text));

describe("an approved call", () => {
  test("is proven: this passkey signed this statement there, and the call is the one it is about", async () => {
    const report = await verify();
    expect(report.failures).toEqual([]);
    expect(report.verdict).toBe("verified");
    const line = lineOf(report, "approved");
    expect(line).toMatchObject({ status: "signed", by: "passkey of Vera" });
    expect(line?.text.join(" ")).toContain("virtual authenticator");
  });

  test("is claimed where the trust file names no approval origin, and the report says so", async () => {
    const report = await verify({}, false);
    expect(report.verdict).toBe("verified");
    expect(lineOf(report, "approved")).toMatchObject({ status: "claimed" });
    expect(report.notes.join(" ")).toContain("approval origin");
  });
});

const draftOf =
  (wanted: string, change: (draft: LeafDraft) => LeafDraft) =>
  (step: string, draft: LeafDraft): LeafDraft =>
    step === wanted ? change(draft) : draft;
const body = (more: JsonObject) => (draft: LeafDraft) => ({ ...draft, body: { ...draft.body, ...more } });
const input = (path: string, value: JsonObject) => (draft: LeafDraft) => ({
  ...draft,
  inputs: draft.inputs?.map((one) => (one.path === path ? { ...one, value } : one)) ?? [],
});
const content = (change: (content: JsonObject) => JsonObject) => (draft: LeafDraft) => ({
  ...draft,
  content: change(draft.content ?? {}),
});
const signing = (statement: (before: ApprovalStatement) => ApprovalStatement): CaseOptions => ({
  editApproval: { statement },
});
const digest = "cuwaiQnO1pmItxXfc-u3Ea7phw0hvO3y-Tyy68A5Jkg";

const forgeries: Readonly<Record<string, CaseOptions>> = {
  "a refusal that counts as approval": signing((before) => ({ ...before, kind: "refuse" })),
  "a statement about another action": signing((before) => ({ ...before, action: digest })),
  "a statement about another approval": signing((before) => ({ ...before, id: "A".repeat(22) })),
  "a statement for another role": signing((before) => ({ ...before, role: "security" })),
  "a statement for another signature of the role": signing((before) => ({ ...before, slot: 2 })),
  "a statement that ends later": signing((before) => ({ ...before, not_after: before.not_after + 1 })),
  "a statement about other rows": signing((before) => ({ ...before, rendered: digest })),
  "a statement that says less was read before": signing((before) => ({
    ...before,
    labels: { class: "restricted", untrusted: true },
  })),
  "a ceremony of a sign-in": { editApproval: { clientData: (data) => ({ ...data, challenge: digest }) } },
  "a ceremony at another origin": {
    editApproval: { clientData: (data) => ({ ...data, origin: "https://evil.example" }) },
  },
  "a ceremony inside another page": {
    editApproval: { clientData: (data) => ({ ...data, crossOrigin: true }) },
  },
  "a registration": { editApproval: { clientData: (data) => ({ ...data, type: "webauthn.create" }) } },
  "a person who was not verified": { editApproval: { flags: 0x01 } },
  "a passkey that was never enrolled": { edit: draftOf("passkey", body({ credential: digest })) },
  "a passkey of another person": { edit: draftOf("passkey", body({ person: "A".repeat(22) })) },
  "a passkey whose key was swapped": {
    edit: draftOf(
      "passkey",
      content((before) => ({ ...before, jwk: recordedKey() })),
    ),
  },
  "a person without the role": { edit: draftOf("person", body({ roles: ["auditor"] })) },
  "an approval by the subject": {
    edit: draftOf(
      "person",
      content(() => ({ name: "ana" })),
    ),
  },
  "an approval after its end": { edit: draftOf("requested", body({ not_after: 1 })) },
  "one argument that changed": {
    edit: draftOf(
      "requested",
      content((before) => ({ ...before, action: { ...Object(before["action"]), arguments: {} } })),
    ),
  },
  "a call with other arguments": {
    edit: draftOf("call/approved", input("/context/args", { path: "/tickets/vip/2" })),
  },
  "a request that names another decision": { edit: draftOf("requested", body({ decision: "A".repeat(22) })) },
  "a request for other signatures than policy requires": {
    edit: draftOf("requested", body({ requires: ["approver#1", "approver#2"] })),
  },
  "a statement under other policies": signing((before) => ({ ...before, policy: digest })),
  "an approval of which nothing signed is kept": {
    edit: draftOf("approved", ({ proof: _, ...draft }) => draft),
  },
  "an approval by the deputy, written otherwise": {
    edit: draftOf(
      "registry/triage",
      content((before) => ({
        ...before,
        document: { ...Object(before["document"]), deputy: "mailto:VERA" },
      })),
    ),
  },
  "a statement about a call that counts for something else": {
    edit: (step, draft) =>
      step === "requested" || step === "approved" ? body({ kind: "declassify" })(draft) : draft,
  },
  "rows that were never shown": {
    edit: draftOf(
      "requested",
      content((before) => ({ ...before, rendered: [{ label: "Agent", value: "nobody" }] })),
    ),
  },
};

function recordedKey(): JsonObject {
  return {
    crv: "P-256",
    kty: "EC",
    x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
  };
}

describe("a forged approval is caught", () => {
  test.each(Object.entries(forgeries))("%s", async (_, options) => {
    const report = await verify(options);
    expect(report.verdict).toBe("failed");
    expect(report.failures.map(({ rule }) => rule)).toContain("E-31");
  });
});

describe("a label", () => {
  test.each([
    ["with what she signed for a call", ["requested", "approved"]],
    ["with the approval of a call", []],
  ])("does not fall %s", async (_, released) => {
    const recorded = recordSupportCase(engine, {
      approved: true,
      edit: (step, draft) => (released.includes(step) ? body({ kind: "declassify" })(draft) : draft),
    });
    const idOf = (step: string): string => recorded.steps.get(step)?.id ?? "";
    const state = { state: "instance", ref: "A".repeat(22) };
    const strays = [
      { class: "restricted", untrusted: true, because: idOf("call/approved") },
      { class: "public", untrusted: false, because: idOf("approved") },
    ].map((leaf) => recorded.log.add({ type: "label", body: { ...state, ...leaf } }).id);
    const report = await verifyBundle(await recorded.log.export(recorded.txn, { strays }), {
      trust: recorded.trust(),
      crypto: nodeCrypto(),
      engine,
    });
    expect(report.verdict).toBe("failed");
    expect(report.failures.map(({ message }) => message)).toContain("a label falls");
  });
});
