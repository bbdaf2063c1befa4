import type { BrowserContext, Page } from "playwright-core";

/**
 * Gives a page the virtual authenticator of Chromium: it keeps passkeys, and presses the button by itself.
 * @param isVerified - whether it says that it knows the person
 */
export async function addAuthenticator(
  context: BrowserContext,
  page: Page,
  isVerified = true,
): Promise<void> {
  const session = await context.newCDPSession(page);
  await session.send("WebAuthn.enable");
  await session.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: isVerified,
      automaticPresenceSimulation: true,
    },
  });
}
