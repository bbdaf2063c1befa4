import { RELEASE_ROLES, type ReleaseRole } from "@narrowgate/contracts";
import type { Browser } from "playwright-core";
import { textAt } from "../../../packages/cli/src/admin/read-answer.ts";
import { type ChromiumPerson, passkeyAtChromium } from "./chromium-person.ts";
import type { ReleaseInstance } from "./release-instances.ts";

/** Four people, each at a browser of her own with her passkey. */
export type FourSigners = ReadonlyMap<ReleaseRole, ChromiumPerson>;

/** Has an operator invite them, one for each role, and lets each make her passkey. */
export async function enrolFour(
  browser: Browser,
  { gate, operators }: ReleaseInstance,
): Promise<FourSigners> {
  const four = new Map<ReleaseRole, ChromiumPerson>();
  for (const role of RELEASE_ROLES) {
    const body = { name: `${role} person`, roles: [role], identities: [] };
    const code = textAt(await operators.first.send("POST", "/people", body), "code");
    four.set(role, await passkeyAtChromium(browser, gate, code));
  }
  return four;
}

/** Signs on the page of a release, as a person does. @returns what the page then says */
export async function signAtPage({ page }: ChromiumPerson, url: string, role: ReleaseRole): Promise<string> {
  await page.goto(url);
  await page.getByRole("heading", { name: "What would run, and what changes" }).waitFor();
  const choice = page.locator(`input[name=role][value=${role}]`);
  if (await choice.isVisible()) await choice.check();
  await page.getByRole("button", { name: "Sign with my passkey" }).click();
  await page.getByText(/^You signed|^Nothing was signed/).waitFor();
  return page.locator("#said").innerText();
}

/** All four sign. */
export async function signByFour(four: FourSigners, url: string): Promise<void> {
  for (const [role, person] of four) {
    const said = await signAtPage(person, url, role);
    if (!said.startsWith("You signed")) throw new RangeError(said);
  }
}
