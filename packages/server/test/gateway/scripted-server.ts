import { fileURLToPath } from "node:url";
import type { ServerRecord } from "@narrowgate/contracts";
import { type Composed, type ComposeOptions, compose, operation } from "./composed-gateway.ts";
import { modern, send } from "./governed-fetch.ts";

const script = fileURLToPath(new URL("children/scripted.mjs", import.meta.url));

/** The scripted child, registered with the tools a test needs. */
export function scripted(tools: readonly string[], over: Partial<ServerRecord> = {}): Partial<ServerRecord> {
  return {
    id: "scripted",
    upstream: { transport: "stdio", command: ["node", script], isolation: "none" },
    tools: tools.map((name) => operation(name)),
    ...over,
  };
}

/** A gate in front of the scripted child, with its definitions approved. */
export async function composeScripted(
  tools: readonly string[],
  options: Omit<ComposeOptions, "servers"> & { readonly over?: Partial<ServerRecord> } = {},
): Promise<Composed> {
  const gate = await compose({ ...options, servers: [scripted(tools, options.over)] });
  await gate.approve("scripted");
  return gate;
}

/** What came back of a call, whatever it was. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
export type Answer = { readonly status: number; readonly headers: Headers; readonly body: any };

/** One call by a modern client. */
export async function call(
  gate: Composed,
  name: string,
  args: Record<string, unknown> = {},
  over: { token?: string; signBody?: boolean } = {},
): Promise<Answer> {
  const token = over.token ?? gate.token("scripted");
  const request = modern("tools/call", { name, arguments: args });
  const response = await send(gate, "scripted", { token, ...request, ...over });
  return { status: response.status, headers: response.headers, body: JSON.parse(await response.text()) };
}

/** Text of a successful call, or the code of its refusal. */
export function outcomeOf({ body }: Answer): string {
  const denial = body.result?._meta ?? body.error?.data;
  return denial?.code ?? body.result?.content?.[0]?.text ?? JSON.stringify(body);
}
