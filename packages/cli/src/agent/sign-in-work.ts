import {
  beginSignIn,
  closeMandate,
  createTokenClient,
  generateAgentKey,
  type TokenClient,
} from "@narrowgate/agent";
import { isNarrowgateError, NarrowgateError } from "@narrowgate/kernel";
import { openBrowserReturn, RETURN_ADDRESS } from "../bridge/browser-return.ts";
import type { Call, OptionSpec } from "../command.ts";
import { openInBrowser } from "../instance/open-in-browser.ts";
import { checkAgentId } from "../places/agent-key-file.ts";
import { cleanText } from "../terminal/clean-text.ts";
import { findIssuer, ISSUER_OPTIONS } from "./find-issuer.ts";
import { fetchFromIssuer } from "./reach-issuer.ts";
import type { Work } from "./work.ts";

/** How long an answer is waited for: as long as the page is good. */
const WAIT_MS = 600_000;

/** Options of a sign-in. */
export const SIGN_IN_OPTIONS: readonly OptionSpec[] = [
  {
    name: "sign-in",
    help: `let a person allow it in her browser: the mandate is hers, the key is made for this run (the agent's registration needs a consent binding with ${RETURN_ADDRESS})`,
  },
  {
    name: "browser",
    value: "PROGRAM",
    help: "with --sign-in: opens the address, in place of the system's own; none only prints it",
  },
  ...ISSUER_OPTIONS,
];

function checkOptions(call: Call, wanted: readonly string[]): void {
  const [unfit] = ["mandate", "tool", "resource"].filter((name) => call.list(name).length > 0);
  if (unfit !== undefined)
    throw new NarrowgateError(
      "usage",
      `--${unfit} does not go with --sign-in: the mandate is what the person allows`,
    );
  if (wanted.length === 0)
    throw new NarrowgateError("usage", "with --sign-in, name the servers with --server");
}

/** What an end comes to when the person was faster. */
const OVER: readonly string[] = ["mandate_unknown", "mandate_closed", "revoked"];

async function endQuietly(client: TokenClient, mandate: string): Promise<void> {
  try {
    await closeMandate(client, mandate);
  } catch (error) {
    if (!isNarrowgateError(error) || !OVER.includes(error.code)) throw error;
  }
}

/** The provider's word for an agent whose bindings let nobody come back here says nothing to who typed this. */
function explained(error: unknown, agent: string): unknown {
  const isAboutBinding =
    isNarrowgateError(error) && /response_type is not|redirect_uri/.test(error.publicMessage);
  if (!isAboutBinding) return error;
  return new NarrowgateError(
    error.code,
    `${agent} has no consent binding that leads back here; add {method: consent, redirect_uris: [${RETURN_ADDRESS}]} to its bindings in the registry file, and apply it`,
    { cause: error },
  );
}

function interruption(): AbortSignal {
  const told = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => told.abort());
  return told.signal;
}

/**
 * Has a person allow the work in a browser, under a key that lives in this process alone.
 * @param wanted - ids of servers, at least one
 * @param stop - ends the wait; a signal to this process by default
 * @throws `consent_refused`; `usage`; with the code of any refusal
 */
export async function signInWork(
  call: Call,
  wanted: readonly string[],
  stop: AbortSignal = interruption(),
): Promise<Work> {
  checkOptions(call, wanted);
  const agent = checkAgentId(call.text("agent") ?? "");
  const issuer = await findIssuer(call);
  const key = await generateAgentKey();
  const authenticate = () => Promise.resolve({ client_id: agent });
  const client = createTokenClient({ issuer, agent, key, fetch: fetchFromIssuer, authenticate });
  const place = await openBrowserReturn();
  try {
    const [purpose, about] = [call.text("purpose"), call.text("case")];
    const pending = await beginSignIn(client, {
      resources: wanted.map((server) => `${issuer}/mcp/${server}`),
      redirectUri: place.redirectUri,
      ...(purpose === undefined ? {} : { purpose }),
      ...(about === undefined ? {} : { case: about }),
    }).catch((error: unknown) => {
      throw explained(error, agent);
    });
    call.terminal.note(`${cleanText(agent)} asks to act for you; allow it in your browser:\n${pending.url}`);
    const program = call.text("browser");
    if (program !== "none") openInBrowser(pending.url, program);
    const returned = await place.answer(
      pending.isAnswer,
      AbortSignal.any([stop, AbortSignal.timeout(WAIT_MS)]),
    );
    const { session, mandate } = await pending.finish(returned);
    call.terminal.note("allowed; it ends when this does, or when you take it back");
    return { issuer, servers: wanted, session, end: () => endQuietly(client, mandate) };
  } finally {
    await place.close();
  }
}
