import {
  type ConsoleServer,
  type ServedAssurance,
  type ServedHouse,
  type ServedPerson,
  type ServedPolicies,
  type ServedRoll,
  type ServedTransaction,
  startConsoleServer,
} from "@narrowgate/testkit/pages";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { type BuiltConsole, buildConsole } from "./build-console.ts";
import { openBrowser } from "./open-browser.ts";
import { type PageTroubles, watchPage } from "./watch-page.ts";

/** A page in a browser profile of its own, at a server of its own. */
export interface Visit {
  readonly page: Page;
  readonly server: ConsoleServer;
  readonly troubles: PageTroubles;
}

/** What is served. */
export interface Served {
  readonly transactions?: readonly ServedTransaction[];
  readonly house?: ServedHouse;
  readonly policies?: ServedPolicies;
  readonly roll?: ServedRoll;
  readonly assurance?: ServedAssurance;
  readonly person?: ServedPerson;
}

/** How somebody looks at it. */
export interface Look {
  /** In pixels. */
  readonly width?: number;
  readonly dark?: boolean;
}

/** Types a code and waits until the pages are there. */
export async function signIn({ page, server }: Pick<Visit, "page" | "server">): Promise<void> {
  await page.getByLabel("Code").fill(server.issueCode());
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("button", { name: "Sign out" }).waitFor();
}

/** How far things stick out of a page to the side, in pixels. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

/** One browser and one build of the console, visited again and again. */
export class ConsoleVisits {
  readonly #browser: Browser;
  readonly #built: BuiltConsole;
  readonly #contexts: BrowserContext[] = [];
  readonly #servers: ConsoleServer[] = [];

  private constructor(browser: Browser, built: BuiltConsole) {
    this.#browser = browser;
    this.#built = built;
  }

  static async open(): Promise<ConsoleVisits> {
    const [browser, built] = await Promise.all([openBrowser(), buildConsole()]);
    return new ConsoleVisits(browser, built);
  }

  /** A fresh browser profile at a fresh server. */
  async visit(path: string, served: Served, look: Look = {}): Promise<Visit> {
    const server = await startConsoleServer({
      distDirectory: this.#built.directory,
      transactions: [],
      ...served,
    });
    this.#servers.push(server);
    const context = await this.#browser.newContext({
      viewport: { width: look.width ?? 1100, height: 800 },
      colorScheme: look.dark === true ? "dark" : "light",
    });
    this.#contexts.push(context);
    context.setDefaultTimeout(20_000);
    const page = await context.newPage();
    const troubles = watchPage(page);
    await page.goto(`${server.url}${path}`);
    return { page, server, troubles };
  }

  /** The same, signed in. */
  async signedIn(path: string, served: Served, look: Look = {}): Promise<Visit> {
    const made = await this.visit(path, served, look);
    await signIn(made);
    return made;
  }

  /** Ends all visits. */
  async leave(): Promise<void> {
    await Promise.all(this.#contexts.splice(0).map((context) => context.close()));
    await Promise.all(this.#servers.splice(0).map((server) => server.close()));
  }

  async close(): Promise<void> {
    await this.#browser.close();
    await this.#built.remove();
  }
}
