import { type ChildProcess, spawn } from "node:child_process";
import { copyFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { randomId } from "@narrowgate/kernel";
import {
  cosignatureType,
  formatVerifierKey,
  makeVerifierKey,
  parseVerifierKey,
  type VerifierKey,
  verifyCheckpoint,
} from "@narrowgate/tlog";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nodeSha256 } from "../../platform/crypto-hash/sha256.ts";
import { logVerifierKey } from "../checkpoints.ts";
import { revocation } from "../fixtures/drafts.ts";
import { newInstance, type TestInstance } from "../fixtures/instance.ts";
import { verifyEd25519 } from "../verify-ed25519.ts";
import { Witnessing, type WitnessRound } from "./witness-round.ts";

const program = fileURLToPath(new URL("./witness-main.ts", import.meta.url));

interface RunningWitness {
  readonly child: ChildProcess;
  readonly ended: Promise<unknown>;
  readonly url: string;
  readonly key: VerifierKey;
}

let instance: TestInstance;
let origin: string;
const running: RunningWitness[] = [];
const servers: Server[] = [];

beforeEach(async () => {
  instance = await newInstance();
  const { evidence, store } = await instance.open();
  ({ origin } = evidence.identity);
  await evidence.close();
  await store.close();
});
afterEach(async () => {
  for (const { child, ended } of running.splice(0)) {
    child.kill("SIGKILL");
    await ended;
  }
  for (const server of servers.splice(0)) server.close();
  await instance.remove();
});

/** Starts the program as an operator would, in a process of its own. */
async function startWitness(name: string): Promise<RunningWitness> {
  const log = formatVerifierKey(logVerifierKey(origin, instance.custody.log));
  const args = ["--state", join(instance.directory, name), "--name", name, "--log", log];
  const child = spawn(process.execPath, ["--conditions=@narrowgate/source", program, ...args], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const ended = new Promise((resolve) => child.once("close", resolve));
  const { promise, resolve } = Promise.withResolvers<string>();
  createInterface({ input: child.stdout }).once("line", resolve);
  const { key, port }: { key: string; port: number } = JSON.parse(await promise);
  const witness = { child, ended, url: `http://127.0.0.1:${port}`, key: parseVerifierKey(nodeSha256, key) };
  running.push(witness);
  return witness;
}

/** Lives through one opening of the log: revokes, publishes, asks the witnesses. */
async function live(
  witnesses: readonly { url: string; key: VerifierKey }[],
): Promise<{ round: WitnessRound; note: string | undefined }> {
  const { evidence, store } = await instance.open();
  const rounds: WitnessRound[] = [];
  const witnessing = new Witnessing({ evidence, witnesses, onRound: (round) => rounds.push(round) });
  await evidence.record([revocation(evidence.feedPosition() + 1, "agent", randomId())]).durable;
  await evidence.freshCheckpoint();
  await witnessing.settled();
  const note = evidence.publisher.witnessed?.note;
  await evidence.close();
  await witnessing.settled();
  await store.close();
  const round = rounds.at(-1);
  return { round: round ?? { size: 0, cosigned: 0, outcomes: [] }, note };
}

function kinds({ outcomes }: WitnessRound): readonly string[] {
  return outcomes.map(({ outcome }) => outcome.kind);
}

async function fakeWitness(status: number, body: string): Promise<{ url: string; key: VerifierKey }> {
  const server = createServer((_, response) => {
    response.writeHead(status);
    response.end(body);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : 0;
  const key = makeVerifierKey(nodeSha256, {
    name: "fake",
    type: cosignatureType,
    publicKey: new Uint8Array(32).fill(7),
  });
  return { url: `http://127.0.0.1:${port}`, key };
}

describe("witnesses", () => {
  it("cosign each head that extends the last, over restarts of both sides", async () => {
    const [one, two] = [await startWitness("w1.example"), await startWitness("w2.example")];
    expect(kinds((await live([one, two])).round)).toEqual(["cosigned", "cosigned"]);
    one.child.kill("SIGKILL");
    await one.ended;
    const again = await startWitness("w1.example");
    expect(formatVerifierKey(again.key)).toBe(formatVerifierKey(one.key));
    const { round, note } = await live([again, two]);
    expect(kinds(round)).toEqual(["cosigned", "cosigned"]);
    const policy = { witnesses: [again.key, two.key], threshold: 2 };
    const key = logVerifierKey(origin, instance.custody.log);
    expect(await verifyCheckpoint(note ?? "", key, policy, verifyEd25519)).toMatchObject({
      kind: "verified",
    });
  });

  it("refuse a fork of the log, even one under its own key", async () => {
    const witness = await startWitness("w1.example");
    await live([]);
    const copy = join(instance.directory, "fork.db");
    const anchor = join(instance.directory, "fork-anchor.json");
    await copyFile(instance.storePath, copy);
    await copyFile(instance.anchorPath, anchor);
    expect(kinds((await live([witness])).round)).toEqual(["cosigned"]);
    // The operator rewrites history: store and anchor go back together, and other leaves follow.
    await copyFile(copy, instance.storePath);
    await copyFile(anchor, instance.anchorPath);
    const { round } = await live([witness]);
    expect(kinds(round)).toEqual(["refused"]);
  });

  it("that are away cost nothing but their cosignature, and take up later what they missed", async () => {
    const witness = await startWitness("w1.example");
    const away = { url: "http://127.0.0.1:1", key: witness.key };
    expect(kinds((await live([away])).round)).toEqual(["unavailable"]);
    expect(kinds((await live([witness])).round)).toEqual(["cosigned"]);
  });

  it.each([
    [200, "— fake AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n", "unavailable"],
    [200, "x".repeat(200_000), "unavailable"],
    [409, "999999\n", "refused"],
    [409, "many\n", "unavailable"],
    [409, "0\n", "unavailable"],
    [500, "", "unavailable"],
    [422, "", "refused"],
  ])("that answer %i with nonsense are not believed", async (status, body, kind) => {
    expect(kinds((await live([await fakeWitness(status, body)])).round)).toEqual([kind]);
  });

  it("that were away are asked again although the log did not grow", async () => {
    let asked = 0;
    const { promise, resolve } = Promise.withResolvers<void>();
    const server = createServer((_, response) => {
      asked += 1;
      if (asked === 2) resolve();
      response.writeHead(503);
      response.end();
    });
    servers.push(server);
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const address = server.address();
    const port = typeof address === "object" ? address?.port : 0;
    const { evidence, store } = await instance.open();
    const { key } = await fakeWitness(503, "");
    const witnesses = [{ url: `http://127.0.0.1:${port}`, key }];
    const witnessing = new Witnessing({ evidence, witnesses, retryMs: 5 });
    await promise;
    await evidence.close();
    await witnessing.settled();
    await store.close();
  });
});
