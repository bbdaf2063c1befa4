import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { NarrowgateError, parseStrictJson } from "@narrowgate/kernel";
import { asObject, textAt } from "../admin/read-answer.ts";
import type { Call } from "../command.ts";
import { sendBounded } from "./send-bounded.ts";

const MAX_TOKEN_CHARS = 16_384;

function checked(text: string): string {
  const token = text.trim();
  if (token === "" || token.length > MAX_TOKEN_CHARS)
    throw new NarrowgateError("usage", "the identity of the job is empty, or too long for a token");
  return token;
}

/** GitHub Actions: the runner gives a job that has `id-token: write` an address and a token to ask for its identity with. */
async function fromGitHub(address: string, bearer: string, audience: string): Promise<string> {
  if (!URL.canParse(address))
    throw new NarrowgateError("usage", "ACTIONS_ID_TOKEN_REQUEST_URL is no address");
  const url = new URL(address);
  url.searchParams.set("audience", audience);
  const { status, text } = await sendBounded(url.href, { headers: { authorization: `Bearer ${bearer}` } });
  if (status !== 200)
    throw new NarrowgateError("fetch_failed", `the platform gave no identity for this job (${status})`);
  return checked(textAt(asObject(parseStrictJson(text)), "value"));
}

/**
 * The identity of the job that runs us: a token of its platform for one audience, made now; nothing is stored.
 * @throws `usage` when the platform offers none, `fetch_failed`
 */
export async function jobIdentity(call: Call, audience: string): Promise<string> {
  const file = call.text("identity-file");
  if (file !== undefined) return checked(await readFile(resolve(call.directory, file), "utf8"));
  const { ACTIONS_ID_TOKEN_REQUEST_URL: address, ACTIONS_ID_TOKEN_REQUEST_TOKEN: bearer } = call.env;
  if (address === undefined || bearer === undefined)
    throw new NarrowgateError(
      "usage",
      "this job has no identity: on GitHub give it `permissions: id-token: write`; elsewhere name --identity-file",
    );
  return fromGitHub(address, bearer, audience);
}
