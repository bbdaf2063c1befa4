import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { accessibilityProblems } from "./accessibility.ts";
import { openBrowser } from "./open-browser.ts";

let browser: Browser;

beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser?.close());

async function rulesBroken(body: string): Promise<readonly string[]> {
  const page = await browser.newPage();
  await page.setContent(
    `<!doctype html><html lang="en"><title>x</title><main><h1>x</h1>${body}</main></html>`,
  );
  const problems = await accessibilityProblems(page);
  await page.close();
  return problems.map((problem) => problem.split(":", 1)[0] ?? "");
}

test.each([
  ["a picture without words", '<img src="data:," >', "img_alt_valid"],
  ["text one can hardly see", '<p style="color:#ccc">pale</p>', "text_contrast_sufficient"],
  ["a field without a name", "<input>", "input_label_exists"],
  ["a button without a name", "<button></button>", "input_label_exists"],
])("the check finds %s", async (_, body, rule) => {
  expect(await rulesBroken(body)).toContain(rule);
});

test("the check finds nothing in a page that is as it should be, nor in what is folded away", async () => {
  expect(await rulesBroken("<p>plain</p>")).toEqual([]);
  expect(
    await rulesBroken("<details><summary>more</summary><label for=a>A</label><input id=a></details>"),
  ).toEqual([]);
});
