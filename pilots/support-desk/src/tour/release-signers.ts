import type { JsonObject } from "@narrowgate/kernel";
import type { Browser, Page } from "playwright-core";
import type { TourEnvironment } from "./environment.ts";
import { enrolPerson, openPasskeyPage } from "./passkey-page.ts";
import { must } from "./people-and-agents.ts";

const FOUR = [
  { name: "Ines Roth", role: "iam" },
  { name: "Paul Amar", role: "pam" },
  { name: "Sena Okoye", role: "security" },
  { name: "Cora Weiss", role: "compliance" },
] as const;

/** The four who sign releases, each with a browser of her own and a passkey in it. */
export interface Signers {
  /** All four open the address, read, and sign. */
  sign(address: string): Promise<void>;
}

async function signAs(page: Page, role: string, address: string): Promise<void> {
  // Another fragment alone would load nothing anew.
  await page.goto("about:blank");
  await page.goto(address);
  const choice = page.getByRole("radio", { name: role, exact: true });
  await page.getByRole("button", { name: "Sign with my passkey" }).waitFor();
  if (await choice.isVisible()) await choice.check();
  await page.getByRole("button", { name: "Sign with my passkey" }).click();
  await page.getByText(/^You signed\./).waitFor();
}

/** Invites four people, one for each role; each makes a passkey. */
export async function enrolSigners(env: TourEnvironment, browser: Browser): Promise<Signers> {
  const pages: { readonly page: Page; readonly role: string }[] = [];
  for (const one of FOUR) {
    const page = await openPasskeyPage(browser);
    await enrolPerson(env, page, one);
    pages.push({ page, role: one.role });
  }
  return {
    async sign(address) {
      for (const { page, role } of pages) await signAs(page, role, address);
    },
  };
}

/**
 * Proposes an agent as it stands.
 * @param more - what is declared, or what was tested elsewhere
 * @returns what the CLI says of the release
 */
export async function propose(
  env: TourEnvironment,
  agent: string,
  more: readonly string[],
): Promise<JsonObject> {
  return must(await env.cli(["release", "propose", agent, ...more]), "proposing the release");
}
