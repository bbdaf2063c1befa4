import type { AgentKey } from "./agent-key.ts";
import { type FetchLike, sendWithProof } from "./dpop-fetch.ts";
import { readJsonAnswer, refusalOf } from "./token-client.ts";

/**
 * Binds a key made here to an agent, with the one-time join code an operator gave. The code travels in the body only.
 * @throws `join_code_invalid`, `agent_inactive`
 */
export async function enrol(input: {
  readonly issuer: string;
  readonly agent: string;
  readonly code: string;
  readonly key: AgentKey;
  /** The key lies where other processes of the same OS user can read it; evidence and policy are told so. */
  readonly isSameUserKey?: boolean;
  readonly fetch?: FetchLike;
}): Promise<void> {
  const body = JSON.stringify({
    agent: input.agent,
    code: input.code,
    ...(input.isSameUserKey === true ? { same_user_key: true } : {}),
  });
  const response = await sendWithProof(
    {
      key: input.key,
      method: "POST",
      url: `${input.issuer}/enrol`,
      headers: { "content-type": "application/json" },
      body,
    },
    new Map(),
    input.fetch ?? ((url, init) => fetch(url, init)),
  );
  if (!response.ok) throw refusalOf(await readJsonAnswer(response));
  await response.body?.cancel();
}
