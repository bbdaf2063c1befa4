import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";

/** Where the pictures of the documentation lie. */
export const picturesFolder: string = fileURLToPath(new URL("../../../docs/images/", import.meta.url));

/** What differs from one run to the next, and what stands in its place, so that a picture changes with its page alone. */
const ids = [/(?<![\w-])(?:[\w-]{22}\.[\w-]{22}|[\w-]{43}|[\w-]{22})(?![\w-])/, "id"] as const;
const times = [/\d{1,2} [A-Z][a-z]+ 20\d\d, \d\d:\d\d:\d\d UTC/, "18 Nov 2026, 11:06:40 UTC"] as const;
const machineTimes = [/20\d\d-\d\d-\d\dT[\d:.]+Z/, "2026-11-18T11:06:40.000Z"] as const;
const ages = [/\b\d+ (?:second|minute)s? ago/, "1 minute ago"] as const;
const ports = [/localhost:\d+/, "localhost:7420"] as const;

/** Runs in the page. */
function replaceTexts(rules: readonly (readonly [source: string, text: string])[]): void {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = texts.nextNode(); node !== null; node = texts.nextNode())
    for (const [source, text] of rules)
      node.nodeValue = (node.nodeValue ?? "").replace(new RegExp(source, "g"), (found) =>
        text === "id" ? found.replace(/[\w-]/g, "x") : text,
      );
}

/**
 * Takes the picture of a page for the documentation, when `npm run screenshot` asks for pictures; else only makes sure that
 * one could be taken. What is in sight is shown.
 * @param name - of the file, without its ending
 * @param isLive - whether the page is of a real instance, whose times and ports are of the moment
 */
export async function takePicture(page: Page, name: string, isLive = false): Promise<void> {
  const rules = isLive ? [ids, times, machineTimes, ages, ports] : [ids];
  await page.evaluate(
    replaceTexts,
    rules.map(([pattern, text]) => [pattern.source, text] as const),
  );
  const still = { animations: "disabled", caret: "hide" } as const;
  if (process.env["NARROWGATE_PICTURES"] === undefined) {
    await page.screenshot(still);
    return;
  }
  await mkdir(picturesFolder, { recursive: true });
  await page.screenshot({ ...still, path: `${picturesFolder}${name}.png` });
}
