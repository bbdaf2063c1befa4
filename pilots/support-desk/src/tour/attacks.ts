import {
  type AgentSession,
  acceptHandOff,
  callTool,
  generateAgentKey,
  sendWithProof,
  signProof,
  type TokenClient,
} from "@narrowgate/agent";
import { isNarrowgateError, utf8 } from "@narrowgate/kernel";
import type { Shown } from "./tell.ts";

const EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token";

/** What an attempt came to: the code it was refused with, or that it went through. */
export async function outcomeOf(attempt: () => Promise<unknown>): Promise<string> {
  try {
    await attempt();
    return "went through";
  } catch (error) {
    return isNarrowgateError(error) ? error.code : String(error);
  }
}

/** An attack that must be refused with one of these codes. */
export async function refusedWith(
  claim: string,
  codes: readonly string[],
  attempt: () => Promise<unknown>,
  check?: string,
): Promise<Shown> {
  const seen = await outcomeOf(attempt);
  return {
    claim,
    held: codes.includes(seen),
    seen: `refused: ${seen}`,
    ...(check === undefined ? {} : { check }),
  };
}

const LIST = JSON.stringify({
  jsonrpc: "2.0",
  id: "stolen",
  method: "tools/call",
  params: {
    name: "list_directory",
    arguments: { path: "tickets" },
    _meta: {
      "io.modelcontextprotocol/protocolVersion": "2026-07-28",
      "io.modelcontextprotocol/clientCapabilities": {},
    },
  },
});
const HEADERS = {
  accept: "application/json, text/event-stream",
  "content-type": "application/json",
  "mcp-method": "tools/call",
  "mcp-name": "list_directory",
  "mcp-protocol-version": "2026-07-28",
};

async function statusAndCode(response: Response): Promise<string> {
  const text = await response.text();
  const code = /"code":"([a-z_]+)"/.exec(text)?.[1] ?? "no code";
  return `${response.status} ${code}`;
}

/** A thief has the token, but not the key; then token and a proof that was used. */
export async function theft(
  issuer: string,
  owner: TokenClient,
  session: AgentSession,
): Promise<readonly Shown[]> {
  const url = `${issuer}/mcp/files`;
  const token = await session.token(url);
  const thief = await generateAgentKey();
  const asThief = await sendWithProof(
    { key: thief, method: "POST", url, headers: HEADERS, body: LIST, accessToken: token },
    new Map(),
    fetch,
  );
  const thiefSaw = await statusAndCode(asThief);
  const bearer = await statusAndCode(
    await fetch(url, {
      method: "POST",
      headers: { ...HEADERS, authorization: `Bearer ${token}` },
      body: LIST,
    }),
  );
  const nonce = owner.nonces.get(new URL(issuer).origin);
  const dpop = await signProof(
    owner.options.key,
    { method: "POST", url, accessToken: token, nonce, body: utf8(LIST) },
    Date.now(),
  );
  const send = () =>
    fetch(url, { method: "POST", headers: { ...HEADERS, authorization: `DPoP ${token}`, dpop }, body: LIST });
  const firstUse = await send();
  await firstUse.body?.cancel();
  const replay = await statusAndCode(await send());
  return [
    {
      claim: "a stolen token is worthless without its key",
      held: thiefSaw.startsWith("401"),
      seen: `refused: ${thiefSaw}`,
    },
    {
      claim: "a bound token sent as bearer is refused",
      held: bearer.startsWith("401"),
      seen: `refused: ${bearer}`,
    },
    {
      claim: "a stolen proof works no second time",
      held: firstUse.status === 200 && replay.startsWith("401"),
      seen: `first use ${firstUse.status}, then refused: ${replay}`,
    },
  ];
}

/** Authority cannot be widened, and a chain cannot be spliced. */
export async function escalation(
  issuer: string,
  orchestrator: AgentSession,
  agents: { triage: TokenClient; refund: TokenClient },
): Promise<readonly Shown[]> {
  const files = `${issuer}/mcp/files`;
  const read = {
    type: "mcp_tool",
    server: "files",
    tools: ["read_text_file"],
    constraints: { "/path": { equals: "tickets/T-1001.md" } },
    data_class: "confidential",
  };
  const narrow = await orchestrator.delegate("desk-triage", { scope: ["files:read"], details: [read] });
  const forTriage = await orchestrator.delegate("desk-triage", { scope: ["files:read"], details: [read] });
  const triage = acceptHandOff(agents.triage, narrow);
  const token = await triage.token(files);
  const widened = (): Promise<unknown> =>
    agents.triage.request({
      grant_type: EXCHANGE,
      subject_token: token,
      subject_token_type: ACCESS_TOKEN,
      resource: files,
      authorization_details: JSON.stringify([{ ...read, constraints: {} }]),
    });
  const other = (): Promise<unknown> =>
    callTool(triage, files, "read_text_file", { path: "tickets/T-1002.md" });
  const write = (): Promise<unknown> =>
    callTool(triage, files, "write_file", { path: "outbox/x.json", content: "x" });
  return [
    await refusedWith("triage cannot widen what it was handed", ["invalid_authorization_details"], widened),
    await refusedWith(
      "a chain cannot be spliced: refund presents the hand-off made for triage",
      ["chain_invalid"],
      () => acceptHandOff(agents.refund, forTriage).token(files),
    ),
    await refusedWith("a hand-off works once", ["replayed"], () =>
      acceptHandOff(agents.triage, narrow).token(files),
    ),
    await refusedWith(
      "triage reads the one ticket it was handed, and no other",
      ["authority_exceeded"],
      other,
    ),
    await refusedWith(
      "a tool outside its authority is refused",
      ["authority_exceeded", "insufficient_scope"],
      write,
    ),
  ];
}
