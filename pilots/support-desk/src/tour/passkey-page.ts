import type { Browser, Page } from "playwright-core";
import type { TourEnvironment } from "./environment.ts";
import { must } from "./people-and-agents.ts";

/** A page of a real browser with a virtual authenticator: what stands in for a person's device, and is labelled so in evidence. */
export async function openPasskeyPage(browser: Browser): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 } });
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send("WebAuthn.enable");
  await session.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return page;
}

/** An operator invites a person; she makes a passkey on the page for it. */
export async function enrolPerson(
  env: TourEnvironment,
  page: Page,
  { name, role }: { readonly name: string; readonly role: string },
): Promise<void> {
  const invited = must(await env.cli(["people", "invite", name, "--role", role]), `inviting ${name}`);
  await page.goto(String(invited["address"]));
  await page.getByLabel("Code").fill(String(invited["code"]));
  await page.getByRole("button", { name: "Make a passkey" }).click();
  await page.getByText("your passkey is ready").waitFor();
}
