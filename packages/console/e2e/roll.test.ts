import type { AgentSheet, PersonLine } from "@narrowgate/testkit/pages";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { accessibilityProblems, ConsoleVisits, overflow } from "./console-visits.ts";

let visits: ConsoleVisits;

beforeAll(async () => {
  visits = await ConsoleVisits.open();
});
afterEach(() => visits.leave());
afterAll(() => visits?.close());

const looks = [
  ["as it is", {}],
  ["on a telephone", { width: 360 }],
  ["in the dark", { dark: true }],
] as const;

function agent(n: number): AgentSheet {
  return {
    id: `agent-${String(n).padStart(3, "0")}`,
    tier: "T2",
    owner: "ana@example.com",
    deputy: "lee@example.com",
    state: n === 0 ? "suspended" : "active",
    purpose: "answers tickets",
    expires: 1_800_000_000,
    servers: ["files"],
    delegates: ["agent-001"],
    ceiling: [
      {
        type: "mcp_tool",
        server: "files",
        tools: ["read_text_file"],
        constraints: { "/path": { prefix: "/t/" } },
      },
    ],
    instances: [
      {
        ref: "aW5zdGFuY2UtMDAwMDAwMDE",
        name: "",
        method: "join",
        assurance: "low",
        state: "live",
        lastMs: 1,
      },
    ],
  };
}

const people: readonly PersonLine[] = [
  { ref: "a", name: "Grace Hopper", roles: ["approver", "auditor"], passkeys: ["virtual", "unknown"] },
  { ref: "b", name: "<b>Lee</b>", roles: [], passkeys: [] },
];

describe("agents", () => {
  test("are listed fifty at a time, by the server, and lead to their own page by keyboard", async () => {
    const agents = Array.from({ length: 120 }, (_, n) => agent(n));
    const { page, server, troubles } = await visits.signedIn("/agents", { roll: { agents } });
    await page.getByRole("row", { name: /agent-000 T2 ana@example.com suspended/ }).waitFor();
    expect(await page.getByRole("row").count()).toBe(51);
    await page.getByRole("button", { name: "Next" }).press("Enter");
    await page.getByRole("link", { name: "agent-050" }).press("Enter");
    await page.getByRole("heading", { name: "Agent agent-050" }).waitFor();
    await page.getByText("files: read_text_file; /path begins with “/t/”").waitFor();
    await page.getByText("aW5zdGFuY2UtMDAwMDAwMDE").waitFor();
    await page.getByRole("link", { name: "agent-001" }).waitFor();
    expect(server.reads).toEqual([]);
    expect(troubles.all).toEqual([]);
  });

  test.each(looks)("are read %s", async (_, look) => {
    const { page } = await visits.signedIn("/agents", { roll: { agents: [agent(1)] } }, look);
    await page.getByRole("link", { name: "agent-001" }).waitFor();
    expect(await overflow(page)).toBe(0);
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.getByRole("link", { name: "agent-001" }).click();
    await page.getByText("answers tickets").waitFor();
    expect(await overflow(page)).toBe(0);
    expect(await accessibilityProblems(page)).toEqual([]);
  });

  test("are said to be none, or none of that name", async () => {
    const { page } = await visits.signedIn("/agents", {});
    await page.getByText("narrowgate apply -f narrowgate.yaml").waitFor();
    const { page: other } = await visits.signedIn("/agents/nobody", {});
    await other.getByRole("alert").filter({ hasText: "there is no such agent" }).waitFor();
  });
});

describe("people", () => {
  test.each(looks)("are read %s, with roles and passkeys", async (_, look) => {
    const { page, troubles } = await visits.signedIn("/people", { roll: { people } }, look);
    const row = page.getByRole("row").filter({ hasText: "Grace Hopper" });
    await row.waitFor();
    expect(await row.getByRole("cell").allInnerTexts()).toEqual([
      "approver, auditor",
      "2",
      "virtual, unknown",
    ]);
    await page.getByText("<b>Lee</b>").waitFor();
    expect(await overflow(page)).toBe(0);
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(troubles.all).toEqual([]);
  });

  test("are said to be none", async () => {
    const { page } = await visits.signedIn("/people", {});
    await page.getByText("narrowgate people invite NAME --role approver").waitFor();
  });
});
