import type { Browser, BrowserContext, Page } from "playwright-core";
import { type PageTroubles, watchPage } from "../../../packages/console/e2e/watch-page.ts";
import type { Somebody } from "./browser.ts";

/** A real browser at a page of the console. */
export interface ConsoleVisit {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly troubles: PageTroubles;
}

/** Opens a page with the session somebody has. The caller closes the context. @param width - in pixels */
export async function consoleAs(
  browser: Browser,
  { browser: walked }: Somebody,
  url: string,
  width = 1100,
): Promise<ConsoleVisit> {
  const context = await browser.newContext({ viewport: { width, height: 800 } });
  context.setDefaultTimeout(20_000);
  const cookies = walked.cookies("/").split("; ");
  await context.addCookies(
    cookies.map((pair) => {
      const [name = "", value = ""] = pair.split("=", 2);
      return { name, value, url: new URL(url).origin };
    }),
  );
  const page = await context.newPage();
  const troubles = watchPage(page);
  await page.goto(url);
  return { context, page, troubles };
}
