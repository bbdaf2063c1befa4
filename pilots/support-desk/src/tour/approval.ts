import { type AgentSession, acceptHandOff, callTool } from "@narrowgate/agent";
import type { Page } from "playwright-core";
import { openBrowser } from "../../../../packages/console/e2e/open-browser.ts";
import { outcomeOf, refusedWith } from "./attacks.ts";
import type { TourEnvironment } from "./environment.ts";
import { type DeskAgents, must } from "./people-and-agents.ts";
import type { Shown } from "./tell.ts";

/** What the chapter stands on. */
export interface ApprovalScene {
  readonly env: TourEnvironment;
  readonly agents: DeskAgents;
  readonly session: AgentSession;
}

/** A real browser with a virtual authenticator: what stands in for a person's device, and is labelled so in evidence. */
async function approversPage(): Promise<{ page: Page; close(): Promise<void> }> {
  const browser = await openBrowser();
  const context = await browser.newContext({ viewport: { width: 390, height: 844 } });
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send("WebAuthn.enable");
  await session.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return { page, close: () => browser.close() };
}

/** An operator invites her; she makes a passkey on the page for it. */
async function enrol(env: TourEnvironment, page: Page): Promise<void> {
  const invited = must(await env.cli(["people", "invite", "Vera Lind", "--role", "approver"]), "inviting");
  await page.goto(String(invited["address"]));
  await page.getByLabel("Code").fill(String(invited["code"]));
  await page.getByRole("button", { name: "Make a passkey" }).click();
  await page.getByText("your passkey is ready").waitFor();
}

/** Address of the one call that waits. */
async function waiting(env: TourEnvironment): Promise<string> {
  const { approvals } = must(await env.cli(["approval", "list"]), "listing approvals");
  const [first] = Array.isArray(approvals) ? approvals : [];
  return typeof first === "object" && first !== null && "url" in first ? String(first.url) : "";
}

/** A refund waits for a person; her signature lets exactly this one through, once. */
export async function approvalChapter({ env, agents, session }: ApprovalScene): Promise<readonly Shown[]> {
  const toRefund = await session.delegate("desk-refund", {
    scope: ["payments:write"],
    details: [
      {
        type: "mcp_tool",
        server: "payments",
        tools: ["refund"],
        constraints: { "/currency": { equals: "EUR" }, "/amount_minor": { min: 1, max: 20_000 } },
        data_class: "public",
      },
    ],
  });
  const refund = acceptHandOff(agents.refund, toRefund);
  const pay = (amount: number): Promise<unknown> =>
    callTool(refund, `${env.baseUrl}/mcp/payments`, "refund", {
      ticket: "T-1007",
      amount_minor: amount,
      currency: "EUR",
    });
  const waits = await refusedWith(
    "a refund waits for a person",
    ["approval_required"],
    () => pay(7900),
    "npm run -s narrowgate -- approval list",
  );
  const { page, close } = await approversPage();
  try {
    await enrol(env, page);
    await page.goto(await waiting(env));
    await page.getByRole("button", { name: "Approve" }).click();
    await page.getByText("The agent can make this call once.").waitFor();
  } finally {
    await close();
  }
  const other = await refusedWith(
    "her signature is for these bytes: one cent more waits again",
    ["approval_required"],
    () => pay(7901),
  );
  const paid = await outcomeOf(() => pay(7900));
  return [
    waits,
    other,
    {
      claim: "it goes through with her passkey's signature (a virtual authenticator in a real browser)",
      held: paid === "went through",
      seen: paid === "went through" ? "payments: done (simulated supplier)" : `refused: ${paid}`,
    },
    await refusedWith("and once: the same call waits again", ["approval_required"], () => pay(7900)),
  ];
}
