import { writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type EvidenceStory, exportedPack, startEvidenceStory } from "./harness/evidence-story.ts";
import { childEnvironment, NARROWGATE, runChild } from "./harness/run-child.ts";

const UNPLUGGED = `import net from "node:net"; net.Socket.prototype.connect = () => { throw new Error("no network"); };`;
const NO_NETWORK = `data:text/javascript,${encodeURIComponent(UNPLUGGED)}`;

let story: EvidenceStory;
const sensitive: string[] = [];
const others: string[] = [];

/** An auditor's machine: a process of its own, in which every connection fails. */
async function verified(name: string, ...more: readonly string[]) {
  const trust = story.path("trust.json");
  await writeFile(trust, JSON.stringify(await story.trust()));
  const command = [process.execPath, NARROWGATE, "verify", story.path(name), "--trust", trust, ...more];
  const env = { ...childEnvironment(story.gate.directory), NODE_OPTIONS: `--import=${NO_NETWORK}` };
  return runChild(command, { env });
}

beforeAll(async () => {
  story = await startEvidenceStory();
  for (let i = 0; i < 4; i++) others.push(await story.task("data"));
  for (let i = 0; i < 2; i++) sensitive.push(await story.task("post"));
}, 240_000);

afterAll(() => story.close());

describe("an evidence pack", () => {
  it("has a release, every sensitive transaction and a drawn sample, and verifies offline", async () => {
    await exportedPack(story, "evidence.tar", "--sample", "2");
    const told = await verified("evidence.tar");
    expect(told.stderr).not.toContain("Error");
    expect(told.stdout).toContain("evidence pack: verified, unwitnessed");
    expect(told.code).toBe(0);
    const { stdout } = await verified("evidence.tar", "--json");
    const report = JSON.parse(stdout);
    expect(report.end).toMatchObject({ population: 7, sensitive: 2, sampled: 2, transactions: 4 });
  });
});
