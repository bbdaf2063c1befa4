import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { BrowserContext, Locator, Page } from "playwright-core";
import { openBrowser } from "../../packages/console/e2e/open-browser.ts";
import { watchPage } from "../../packages/console/e2e/watch-page.ts";
import type { LoadApi } from "../load/load-process.ts";
import { type Asked, startAsked } from "../processes/child.ts";
import { type Line, median, type RowResult, show } from "../results.ts";
import type { Scale } from "../scale.ts";
import type { NarrowgateApi } from "../servers/narrowgate.ts";
import { measureCalls } from "./exchange-load.ts";

const AGENTS = 100_000;
const TRANSACTIONS = 1_000_000;
const STEPS = 20;
/** Calls of the transaction that is opened. */
const CALLS = 50;
const MOST_MS = 1000;
const WAIT_MS = 60_000;
const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** A page, and what stands on it once somebody can work with it. */
interface Place {
  readonly what: string;
  readonly path: string;
  readonly ready: (page: Page) => Locator;
  /** Comes later, while the page can be worked with. */
  readonly isBeside?: boolean;
}

const row = (page: Page): Locator => page.locator("tbody tr").first();
const text =
  (words: string | RegExp) =>
  (page: Page): Locator =>
    page.getByText(words).first();

function placesOf(transaction: string): readonly Place[] {
  const path = `/txn/${transaction}`;
  return [
    { what: "home", path: "/", ready: text("Published") },
    { what: "inbox", path: "/inbox", ready: text("Nothing waits for a person.") },
    { what: "agents", path: "/agents", ready: row },
    { what: "an agent", path: "/agents/agent-0", ready: row },
    { what: "transactions", path: "/transactions", ready: row },
    { what: "a transaction", path, ready: text(/decisions permitted/) },
    {
      what: `the verdict on ${CALLS} calls, computed in the browser`,
      path,
      ready: text(/^Checked: /),
      isBeside: true,
    },
    { what: "people", path: "/people", ready: row },
  ];
}

/** Milliseconds from asking for a page until all of it stands there and its script answers. */
async function visit(context: BrowserContext, issuer: string, { path, ready, what }: Place): Promise<number> {
  const page = await context.newPage();
  const troubles = watchPage(page);
  try {
    await page.goto(`${issuer}${path}`, { waitUntil: "commit" });
    await ready(page).waitFor({ state: "attached" });
    await page.getByText("Loading…").first().waitFor({ state: "hidden" });
    const ms = await page.evaluate(() => performance.now());
    if (troubles.all.length > 0) throw new Error(`${what}: ${troubles.all.join("; ")}`);
    return ms;
  } finally {
    await page.close();
  }
}

function cookiesFor(
  url: string,
  header: string,
): readonly { readonly name: string; readonly value: string; readonly url: string }[] {
  return header.split("; ").map((pair) => {
    const at = pair.indexOf("=");
    return { name: pair.slice(0, at), value: pair.slice(at + 1), url };
  });
}

/** Registers agents, makes one transaction by calls and the others by the room that keeps them. */
async function fill(
  gate: Asked<NarrowgateApi>,
  sizes: { readonly agents: number; readonly transactions: number },
): Promise<string> {
  const load = await startAsked<LoadApi>("load/load-process.ts");
  try {
    const ready = await gate.ask("setUp", { agents: 1, servers: [{ id: "echo" }] });
    const [mandate = ""] = ready.mandates;
    const count = sizes.transactions / STEPS;
    for (let step = 0; step < STEPS; step++) await gate.ask("writeTransactions", { mandate, count });
    await gate.ask("addAgents", { from: 1, to: sizes.agents });
    await measureCalls(gate, load, ready, CALLS);
    return await gate.ask("transactionOf", { mandate });
  } finally {
    await load.stop();
  }
}

function lineOf(place: Place, samples: readonly number[], sizes: string): Line {
  const ms = median(samples);
  return {
    what: `console, ${place.what}`,
    ours: `slowest of ${samples.length}: ${show(Math.max(...samples))} ms`,
    against: sizes,
    figure: `${show(ms)} ms`,
    ...(place.isBeside === true ? {} : { target: `under ${MOST_MS} ms`, reached: ms < MOST_MS }),
  };
}

/** How long pages take in a real browser, in a house with many agents and transactions. */
export async function consolePages({ quick, rounds }: Scale): Promise<RowResult> {
  // The server sends the console as it was built last.
  await promisify(execFile)("npm", ["run", "build", "--silent", "-w", "packages/console"], { cwd: ROOT });
  const gate = await startAsked<NarrowgateApi>("servers/narrowgate.ts", true);
  const browser = await openBrowser();
  try {
    const share = quick ? 10 : 1;
    const [agents, transactions] = [AGENTS / share, TRANSACTIONS / share];
    const id = await fill(gate, { agents, transactions });
    const { issuer } = await gate.ask("tokenTarget", { server: "echo" });
    const context = await browser.newContext();
    context.setDefaultTimeout(WAIT_MS);
    await context.addCookies([...cookiesFor(issuer, await gate.ask("signInReader"))]);
    const sizes = `${show(agents)} agents, ${show(transactions)} transactions`;
    const lines: Line[] = [];
    const raw: Record<string, readonly number[]> = {};
    for (const place of placesOf(id)) {
      const samples: number[] = [];
      // The first visit fills the browser's cache, as the first page of a day does.
      await visit(context, issuer, place);
      for (let round = 0; round < rounds; round++) samples.push(await visit(context, issuer, place));
      lines.push(lineOf(place, samples, sizes));
      raw[place.what] = samples;
    }
    return { row: "console", lines, raw };
  } finally {
    await browser.close();
    await gate.stop();
  }
}
