import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildReport, catalogue, formatHtml } from "../../packages/assurance/src/index.ts";
import { factsOf } from "../../packages/assurance/test/report-facts.ts";
import { accessibilityProblems } from "../../packages/console/e2e/accessibility.ts";
import { openBrowser } from "../../packages/console/e2e/open-browser.ts";

const html = formatHtml(buildReport(catalogue, factsOf()));

describe("the page of a readiness report, in a browser", () => {
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    browser = await openBrowser();
    page = await browser.newPage();
    await page.setContent(html);
  });
  afterAll(() => browser?.close());

  it.each(["light", "dark"] as const)(
    "breaks no rule of accessibility in its %s colours",
    async (colorScheme) => {
      await page.emulateMedia({ colorScheme });
      expect(await accessibilityProblems(page)).toEqual([]);
    },
  );

  it("fits a narrow screen: what is wide scrolls by itself", async () => {
    await page.setViewportSize({ width: 400, height: 800 });
    const wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
    expect(wide).toBeLessThanOrEqual(0);
    await page.setViewportSize({ width: 1200, height: 900 });
  });

  it("is reached by keyboard from its first link on, and shows what a control rests on when asked", async () => {
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Skip to the report");
    await page.locator("#DEL-01 > summary").click();
    expect(await page.locator("#DEL-01").innerText()).toContain("Who could forge it");
  });

  it("prints whole, without what is for the screen alone", async () => {
    await page.emulateMedia({ media: "print" });
    expect(await page.locator("nav").isVisible()).toBe(false);
    const pdf = await page.pdf({ format: "A4" });
    expect(pdf.subarray(0, 5).toString()).toBe("%PDF-");
    expect(await page.locator("#EVD-01 dl").isVisible()).toBe(true);
  });
});
