import { callTool, openMandate, openSession } from "@narrowgate/agent";
import { type JsonObject, randomId } from "@narrowgate/kernel";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { accessibilityProblems } from "../../packages/console/e2e/accessibility.ts";
import { openBrowser } from "../../packages/console/e2e/open-browser.ts";
import { takePicture } from "../../packages/console/e2e/picture.ts";
import { somebody, startWithPeople } from "./harness/browser.ts";
import { consoleAs } from "./harness/console-as.ts";
import { EVERYTHING_CHILD } from "./harness/everything-registry.ts";
import { registeredAgent } from "./harness/registered-agent.ts";
import type { TestInstance } from "./harness/test-instance.ts";

const READ = { name: "get-annotated-message", data_class: "confidential", untrusted: true };
const SEND = { name: "echo", data_class: "internal", untrusted: false };
const POLICIES = `
@id("all") @reason("everything, within authority") permit (principal, action, resource);
@id("no-egress-after-reading")
@reason("whoever has read customer data and content of strangers writes to nobody outside")
forbid (principal, action == Action::"call_tool", resource)
when { resource.egress && context.labels.untrusted && context.labels.rank >= 2 };
`;

let browser: Browser;
let gate: TestInstance;

function registry(): JsonObject {
  const tools = [READ.name, SEND.name];
  return {
    agents: [
      registeredAgent("desk-triage", [{ type: "mcp_tool", server: "desk", tools }], {
        purpose: "answers tickets",
      }),
    ],
    servers: [
      {
        id: "desk",
        upstream: EVERYTHING_CHILD,
        tools: [
          { ...READ, effect: "read", egress: false },
          { ...SEND, effect: "write", egress: true },
        ],
      },
    ],
  };
}

beforeAll(async () => {
  [browser, gate] = await Promise.all([openBrowser(), startWithPeople()]);
  await gate.apply(registry());
  await gate.pin("desk");
  await gate.apply(registry(), POLICIES);
}, 120_000);
afterAll(async () => {
  await browser.close();
  await gate.close();
});

test("an auditor reads why a call was refused: what was read before, and the policy that says so", async () => {
  const client = await gate.join("desk-triage");
  const mandate = await openMandate(client, {
    v: 1,
    salt: randomId(),
    agent: "desk-triage",
    subject: "agent:desk-triage",
    purpose: "answer ticket 7",
    authority: gate.instance().registry.agent("desk-triage")?.ceiling ?? {},
    expires: Math.floor(Date.now() / 1000) + 600,
    idleSeconds: 300,
  });
  const session = await openSession(client, mandate);
  const server = `${gate.issuer}/mcp/desk`;
  await callTool(session, server, READ.name, { messageType: "success" });
  await callTool(session, server, SEND.name, { message: "IBAN NL02ABNA0123456789" }).catch(() => undefined);
  const ada = await somebody(gate, "ada", ["auditor"]);
  const txn = gate.instance().mandates.list()[0]?.txn ?? "";
  const { page, troubles } = await consoleAs(browser, ada, `${gate.issuer}/txn/${txn}`);
  await page.getByTestId("verdict").waitFor();
  const refused = page.getByRole("listitem").filter({ hasText: "refused (policy_denied)" });
  expect(await refused.innerText()).toContain("no-egress-after-reading");
  expect(await page.getByText("confidential").first().isVisible()).toBe(true);
  expect(await accessibilityProblems(page)).toEqual([]);
  await page.getByText(`call desk/${READ.name}`).evaluate((part) => part.scrollIntoView());
  await takePicture(page, "transaction-story", true);
  expect(troubles.all).toEqual([]);
});
