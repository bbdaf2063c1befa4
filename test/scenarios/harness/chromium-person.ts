import type { Role } from "@narrowgate/contracts";
import type { Browser, BrowserContext, Page } from "playwright-core";
import type { TestInstance } from "./test-instance.ts";
import { addAuthenticator } from "./virtual-authenticator.ts";

const OPERATOR = { operator: "b3BlcmF0b3ItMDAwMDAwMQ", jws: "signed.by.test" };

/** A person at a real browser, in a profile of her own whose virtual authenticator holds her passkey. */
export interface ChromiumPerson {
  readonly context: BrowserContext;
  readonly page: Page;
}

/** How she looks at it. */
interface Look {
  readonly width?: number;
  readonly dark?: boolean;
}

/** Lets somebody who was invited make a passkey with her code; she is signed in nowhere yet. */
export async function passkeyAtChromium(
  browser: Browser,
  gate: TestInstance,
  code: string,
  look: Look = {},
): Promise<ChromiumPerson> {
  const context: BrowserContext = await browser.newContext({
    viewport: { width: look.width ?? 1100, height: 800 },
    colorScheme: look.dark === true ? "dark" : "light",
  });
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  await addAuthenticator(context, page);
  await page.goto(`${gate.config.approvals?.origin}/people/enrol#${code}`);
  await page.getByRole("button", { name: "Make a passkey" }).click();
  await page.getByText("your passkey is ready").waitFor();
  return { context, page };
}

/** Enrols a person and lets her make a passkey; she is signed in nowhere yet. */
export async function enrolAtChromium(
  browser: Browser,
  gate: TestInstance,
  name: string,
  look: Look & { readonly roles?: readonly Role[] } = {},
): Promise<ChromiumPerson> {
  const { people } = gate.instance();
  const invited = await people.invite({ name, roles: look.roles ?? ["approver"], identities: [] }, OPERATOR);
  return passkeyAtChromium(browser, gate, invited.code, look);
}

/** Signs in on the page a request led to, and waits to be asked for this agent. */
export async function signInToConsent(page: Page, agent: string): Promise<void> {
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
  await page.getByRole("heading", { name: `May ${agent} act for you?` }).waitFor();
}
