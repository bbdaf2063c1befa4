import { readdir, readFile, stat } from "node:fs/promises";
import { formatTrustFile } from "@narrowgate/contracts";
import { createNodeEngine } from "@narrowgate/testkit/pages";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Route } from "../src/routing/route.ts";
import { ConsoleVisits, type Served } from "./console-visits.ts";
import { picturesFolder, takePicture } from "./picture.ts";
import { sampleAssurance } from "./sample-assurance.ts";
import { violating } from "./sample-evaluation.ts";
import { busyHouse } from "./sample-house.ts";
import { samplePolicies } from "./sample-policies.ts";
import { openRelease } from "./sample-releases.ts";
import { sampleAgent, samplePeople, samplePerson, sampleSummary } from "./sample-roll.ts";
import { sampleRun } from "./sample-run.ts";
import { type SampleTransaction, sampleTransaction } from "./sample-transactions.ts";

const MAX_PICTURE_BYTES = 150_000;
const engine = createNodeEngine();

/** How a page comes to be in its picture. */
interface Shown {
  /** As the documentation writes it. */
  readonly address: string;
  /** Where the browser goes; absent: the address as it is. */
  readonly path?: () => string;
  readonly served?: () => Served;
  /** Waits for what the picture is about, and brings it into sight. */
  readonly ready: (page: Page) => Promise<unknown>;
  /** Whether nobody has to sign in with a code. */
  readonly isOpen?: boolean;
  /** Whether its times are of the moment: what is too old is told from what is not. */
  readonly isOfNow?: boolean;
}

let visits: ConsoleVisits;
let sample: SampleTransaction;
let policies: Awaited<ReturnType<typeof samplePolicies>>;

beforeAll(async () => {
  [visits, sample, policies] = await Promise.all([
    ConsoleVisits.open(),
    sampleTransaction(engine),
    samplePolicies(engine),
  ]);
});
afterEach(() => visits.leave());
afterAll(() => visits?.close());

const transactions = [
  sampleSummary("agent-001", "answer ticket 7", 2),
  sampleSummary("agent-001", "refund ticket 9", 0),
];
const agents = Array.from({ length: 6 }, (_, n) => sampleAgent(n));
const text = (words: string) => (page: Page) => page.getByText(words).first().waitFor();

/** Under the trust file of the sample, so that the verdict is the whole one; opened at what was refused. */
async function explained(page: Page): Promise<void> {
  await page.getByTestId("verdict").waitFor();
  await page.getByLabel("Trust file", { exact: true }).setInputFiles({
    name: "trust.json",
    mimeType: "application/json",
    buffer: Buffer.from(formatTrustFile(sample.recorded.trust())),
  });
  await page
    .getByTestId("verdict")
    .filter({ hasText: /verified$/ })
    .waitFor();
  await page.evaluate(() => scrollTo(0, 0));
}

/** Until policies are compiled, compared and analysed. */
async function checked(page: Page): Promise<void> {
  await page.getByText("Checked in this browser.").waitFor();
}

/** One for each page, so that a page without a picture is an error of types. */
const gallery: Readonly<Record<Exclude<Route["page"], "unknown">, Shown>> = {
  home: { address: "/", served: () => ({ house: busyHouse }), ready: text("wait in all") },
  inbox: { address: "/inbox", served: () => ({ house: busyHouse }), ready: text("payments: tool refund") },
  transactions: {
    address: "/transactions",
    served: () => ({ transactions: [sample] }),
    ready: text("answer ticket 7"),
  },
  transaction: {
    address: "/txn/{id}",
    path: () => `/txn/${sample.summary.id}`,
    served: () => ({ transactions: [sample] }),
    ready: explained,
  },
  agents: { address: "/agents", served: () => ({ roll: { agents } }), ready: text("agent-005") },
  agent: {
    address: "/agents/{id}",
    path: () => "/agents/agent-001",
    served: () => ({ roll: { agents, transactions } }),
    ready: text("refund ticket 9"),
  },
  policies: { address: "/policies", served: () => ({ policies }), ready: text("Versions") },
  "policy-version": {
    address: "/policies/{version}",
    path: () => "/policies/2",
    served: () => ({ policies }),
    ready: checked,
  },
  "policy-editor": {
    address: "/policies/editor",
    served: () => ({ policies }),
    ready: checked,
  },
  people: {
    address: "/people",
    served: () => ({ roll: { people: samplePeople.slice(0, 1) } }),
    ready: (page) => page.getByText("1 agent acts").click(),
  },
  readiness: {
    address: "/readiness",
    served: () => ({ assurance: sampleAssurance }),
    isOfNow: true,
    ready: text("2 block"),
  },
  "agent-readiness": {
    address: "/agents/{id}/readiness",
    path: () => "/agents/refunds/readiness",
    served: () => ({ assurance: sampleAssurance }),
    isOfNow: true,
    ready: text("keep a release back"),
  },
  drills: {
    address: "/drills",
    served: () => ({ assurance: { ...sampleAssurance, run: sampleRun } }),
    isOfNow: true,
    ready: text("DR-10 is under way"),
  },
  releases: {
    address: "/releases",
    served: () => ({ assurance: sampleAssurance }),
    isOfNow: true,
    ready: text("waits for signatures"),
  },
  release: {
    address: "/releases/{id}",
    path: () => `/releases/${openRelease.id}`,
    served: () => ({ assurance: sampleAssurance }),
    isOfNow: true,
    ready: (page) => page.getByRole("heading", { name: "Four signatures" }).scrollIntoViewIfNeeded(),
  },
  audit: {
    address: "/audit",
    served: () => ({ house: busyHouse, assurance: sampleAssurance }),
    isOfNow: true,
    ready: text("release signed"),
  },
  entry: {
    address: "/entries/{id}",
    path: () => `/entries/${violating.id}.${violating.index}`,
    served: () => ({ assurance: sampleAssurance }),
    isOfNow: true,
    ready: text("Read it where it happened"),
  },
  consents: {
    address: "/consents",
    served: () => ({ person: samplePerson }),
    ready: text("Tidy the inbox"),
    isOpen: true,
  },
  verify: { address: "/verify", ready: text("Trust file"), isOpen: true },
};

/** Pictures that are of no address of their own: where one signs in, further down a page, and on the approval origin. */
const others = ["sign-in", "approval", "transaction-story"];

describe("the picture of a page", () => {
  test.each(Object.entries(gallery))("is taken of what a reader is to see: %s", async (name, shown) => {
    const { address, path = () => address, served = () => ({}), ready, isOpen = false, isOfNow } = shown;
    const { page, troubles } = isOpen
      ? await visits.visit(path(), served())
      : await visits.signedIn(path(), served());
    await ready(page);
    await takePicture(page, name, isOfNow);
    expect(troubles.all).toEqual([]);
  });

  test("is taken of the sign-in as well", async () => {
    const { page } = await visits.visit("/", {});
    await page.getByLabel("Code").waitFor();
    await takePicture(page, "sign-in");
  });
});

describe("the page about the console in the documentation", () => {
  test("names each page with its address, and shows its picture", async () => {
    const words = await readFile(new URL("../../../docs/pages.md", import.meta.url), "utf8");
    for (const [name, { address }] of Object.entries(gallery)) {
      expect(words).toContain(`\`${address}\``);
      expect(words).toContain(`(images/${name}.png)`);
    }
    for (const name of others) expect(words).toContain(`(images/${name}.png)`);
  });

  test("has all its pictures, each of them small, and no picture is left over", async () => {
    // Those of the reviewer's walk are held to their own page, by the walk.
    const files = (await readdir(picturesFolder)).filter((file) => !file.startsWith("walk-"));
    expect(files.sort()).toEqual([...Object.keys(gallery), ...others].map((name) => `${name}.png`).sort());
    for (const file of files) {
      const { size } = await stat(`${picturesFolder}${file}`);
      expect(size, file).toBeLessThan(MAX_PICTURE_BYTES);
    }
  });
});
