import { type Agent, type ToolCall, tokenOf } from "../wire/agent.ts";
import type { Sandbox } from "./sandbox.ts";
import { LEAD } from "./scene.ts";
import type { Upstreams } from "./upstreams.ts";

/** Whom a drill attacks, and with which of its calls: an agent of the driver's own, or the pilot where one is carried. */
export interface Target {
  /** Id of the agent. */
  readonly agent: string;
  readonly isPilot: boolean;
  readonly server: string;
  readonly tool: string;
  /** What its ceiling says of that tool. */
  readonly detail: Readonly<Record<string, unknown>>;
  /** Arguments that it may call the tool with, by which the call can be told from others. */
  args(mark: string): Readonly<Record<string, unknown>>;
  /** Opens a mandate under which such a call goes through. @returns its id */
  mandate(sandbox: Sandbox): Promise<string>;
}

/** The driver's own agent, reading a note. */
export const OWN_TARGET: Target = {
  agent: LEAD,
  isPilot: false,
  server: "drill-files",
  tool: "read_note",
  detail: {
    type: "mcp_tool",
    server: "drill-files",
    tools: ["read_note"],
    data_class: "confidential",
    constraints: { "/path": { prefix: "notes/" } },
  },
  args: (mark) => ({ path: `notes/${mark}` }),
  mandate: (sandbox) => sandbox.mandate(LEAD),
};

/** A token of the target under a mandate of its own; empty where none was given. */
export async function tokenFor(target: Target, sandbox: Sandbox, agent: Agent): Promise<string> {
  return tokenOf(await agent.mint(target.server, { mandate: await target.mandate(sandbox) }));
}

/** The target's call. */
export function callOf({ server, tool, args }: Target, mark: string, token: string): ToolCall {
  return { server, tool, args: args(mark), token };
}

/** When the server behind the gate saw calls with this mark. @param from - how many effects there were before */
export function tookEffect(
  { effects }: Upstreams,
  { server, tool }: Target,
  mark: string,
  from = 0,
): readonly number[] {
  return effects
    .slice(from)
    .filter((one) => one.server === server && one.tool === tool && JSON.stringify(one.args).includes(mark))
    .map(({ atMs }) => atMs);
}
