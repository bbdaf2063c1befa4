import type { Browser } from "playwright-core";
import type { TourEnvironment } from "./environment.ts";
import { enrolPerson, openPasskeyPage } from "./passkey-page.ts";

/** Owner and deputy, by the names that the registry file has. */
const BEHIND = ["dana@desk.example", "lee@desk.example"] as const;

/** Enrols the two people behind the agent, each with a passkey: an agent answers to somebody who is known here. */
export async function enrolPeopleBehind(env: TourEnvironment, browser: Browser): Promise<void> {
  for (const name of BEHIND) {
    const page = await openPasskeyPage(browser);
    await enrolPerson(env, page, { name, role: "owner" });
    await page.context().close();
  }
}
