import { type AgentSession, acceptHandOff, callTool } from "@narrowgate/agent";
import { openBrowser } from "../../../../packages/console/e2e/open-browser.ts";
import { outcomeOf, refusedWith } from "./attacks.ts";
import type { TourEnvironment } from "./environment.ts";
import { enrolPerson, openPasskeyPage } from "./passkey-page.ts";
import { type DeskAgents, must } from "./people-and-agents.ts";
import type { Shown } from "./tell.ts";

/** What the chapter stands on. */
export interface ApprovalScene {
  readonly env: TourEnvironment;
  readonly agents: DeskAgents;
  readonly session: AgentSession;
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
  const browser = await openBrowser();
  try {
    const page = await openPasskeyPage(browser);
    await enrolPerson(env, page, { name: "Vera Lind", role: "approver" });
    await page.goto(await waiting(env));
    await page.getByRole("button", { name: "Approve" }).click();
    await page.getByText("The agent can make this call once.").waitFor();
  } finally {
    await browser.close();
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
