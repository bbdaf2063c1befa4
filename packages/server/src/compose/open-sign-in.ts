import { readFile } from "node:fs/promises";
import type { Config } from "../config/config.ts";
import { createSignInSite, type ProviderSettings, type SignInSite } from "../people/index.ts";
import { createSafeExchange } from "../platform/fetch/index.ts";
import { type RelyingParty, relyingParty } from "../platform/webauthn/index.ts";
import type { Instance } from "./instance.ts";
import { fetchRules } from "./outside-fetcher.ts";
import type { Report } from "./report.ts";

async function settingsOf({ signIn }: Config): Promise<readonly ProviderSettings[]> {
  return Promise.all(
    signIn.map(async ({ clientSecretFile, ...provider }) => {
      if (clientSecretFile === undefined) return provider;
      return { ...provider, clientSecret: (await readFile(clientSecretFile, "utf8")).trim() };
    }),
  );
}

/** Passkeys are made for the approval origin; the console can ask for them where its host name is under the same RP id. */
function consoleParty({ approvals, baseUrl }: Config): RelyingParty | undefined {
  if (approvals === undefined) return undefined;
  try {
    return relyingParty(new URL(baseUrl).origin, "/base_url", approvals.rpId);
  } catch {
    return undefined;
  }
}

/** Signing in to the console. @throws what reading a file of a client secret or a certificate throws */
export async function openSignIn(instance: Instance, report: Report): Promise<SignInSite> {
  const { config, people, clock, evidence } = instance;
  const party = consoleParty(config);
  return createSignInSite({
    people,
    clock,
    evidence,
    origin: new URL(config.baseUrl).origin,
    ...(party === undefined ? {} : { party }),
    providers: await settingsOf(config),
    send: createSafeExchange(await fetchRules(config)),
    allowHttp: config.environment === "dev",
    report: (cause) => report({ kind: "people", detail: "signing in failed", cause }),
  });
}
