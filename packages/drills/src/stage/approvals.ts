import type { Admin } from "../wire/admin.ts";
import type { Agent } from "../wire/agent.ts";
import type { Answer } from "../wire/http.ts";
import { listAt, textAt } from "../wire/reading.ts";

/** One payment as an agent asks for it. */
export interface Payment {
  readonly amount_minor: number;
  readonly currency: string;
  readonly to: string;
  /** Tells effects apart. */
  readonly mark: string;
}

/** Asks for a payment. */
export function pay(
  agent: Agent,
  token: string,
  args: Payment | Readonly<Record<string, unknown>>,
): Promise<Answer> {
  return agent.call({ server: "drill-pay", tool: "pay", args, token });
}

/** Handles of the requests that wait of a transaction, newest last. */
export async function waitingOf(admin: Admin, txn: string): Promise<readonly string[]> {
  const { body } = await admin.read("/approvals");
  const waiting = listAt(body, "approvals").filter((one) => textAt(one, "txn") === txn);
  return waiting.map((one) => textAt(one, "url").split("#")[1] ?? "");
}

/** How many requests wait at all. */
export async function waitingInAll(admin: Admin): Promise<number> {
  return listAt((await admin.read("/approvals")).body, "approvals").length;
}
