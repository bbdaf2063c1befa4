import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { canonicalJson } from "@narrowgate/kernel";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createFileCustody } from "../platform/keys/file-custody.ts";
import { type Anchor, AnchorFile, readAnchor } from "./anchor.ts";
import { newInstance, type TestInstance } from "./fixtures/instance.ts";

let instance: TestInstance;
let path: string;
beforeEach(async () => {
  instance = await newInstance();
  path = join(instance.directory, "other-anchor.json");
});
afterEach(() => instance.remove());

const anchor = (size: number, feed = 0): Anchor => ({
  origin: "gate.example/log/1",
  size,
  root: `root of ${size}`,
  feed,
  feedDigest: `digest of ${feed}`,
  epochAll: feed,
});
const key = () => instance.custody.log;
const fileFrom = (written?: Anchor): AnchorFile => new AnchorFile(path, key(), written);

describe("the anchor file", () => {
  it("holds what was written, and is read back", async () => {
    await fileFrom().write(anchor(3, 2));
    expect(await readAnchor(path, key())).toEqual(anchor(3, 2));
  });

  it("never goes back to an older anchor", async () => {
    const file = fileFrom();
    await file.write(anchor(5, 2));
    await file.write(anchor(4, 1));
    await file.write(anchor(5, 1));
    expect(await readAnchor(path, key())).toEqual(anchor(5, 2));
  });

  it("goes on from what it is told is on disk", async () => {
    await fileFrom(anchor(9, 9)).write(anchor(8, 8));
    await expect(readAnchor(path, key())).rejects.toMatchObject({ code: "state_rolled_back" });
  });

  it("is written for a revocation alone, and for a leaf alone", async () => {
    const file = fileFrom();
    await file.write(anchor(5, 1));
    await file.write(anchor(5, 2));
    expect(await readAnchor(path, key())).toEqual(anchor(5, 2));
    await file.write(anchor(6, 2));
    expect(await readAnchor(path, key())).toEqual(anchor(6, 2));
  });

  it("has the newest on disk when any of many writes at once is done, whatever their order", async () => {
    const file = fileFrom();
    const sizes = [3, 7, 1, 6, 2];
    await Promise.all(
      sizes.map(async (size) => {
        await file.write(anchor(size));
        expect((await readAnchor(path, key())).size).toBeGreaterThanOrEqual(size);
      }),
    );
    expect((await readAnchor(path, key())).size).toBe(7);
  });

  it("fails the write whose anchor could not be kept, and takes the next one", async () => {
    const nowhere = new AnchorFile(join(instance.directory, "missing", "anchor.json"), key());
    await expect(nowhere.write(anchor(1))).rejects.toThrow();
    await expect(nowhere.write(anchor(2))).rejects.toThrow();
    const file = fileFrom();
    await file.write(anchor(1));
    expect((await readAnchor(path, key())).size).toBe(1);
  });
});

describe("an anchor that was tampered with", () => {
  const written = async (): Promise<Record<string, unknown>> => {
    await fileFrom().write(anchor(3, 2));
    return JSON.parse(await readFile(path, "utf8"));
  };

  it.each([
    ["origin", "gate.example/log/2"],
    ["size", 2],
    ["root", "root of 2"],
    ["feed", 1],
    ["feed_digest", "digest of 1"],
    ["epoch_all", 1],
    ["format", "narrowgate-anchor/2"],
  ])("in %s is refused", async (member, value) => {
    const sent = await written();
    await writeFile(path, canonicalJson(JSON.parse(JSON.stringify({ ...sent, [member]: value }))));
    await expect(readAnchor(path, key())).rejects.toMatchObject({
      code: "state_rolled_back",
      detail: expect.stringContaining("not signed"),
    });
  });

  it.each([
    ["without a member", ({ root: _, ...rest }: Record<string, unknown>) => rest],
    ["with one more", (sent: Record<string, unknown>) => ({ ...sent, more: 1 })],
    ["with a signature that is none", (sent: Record<string, unknown>) => ({ ...sent, signature: 7 })],
  ])("%s is refused", async (_name, change) => {
    const sent = await written();
    await writeFile(path, JSON.stringify(change(sent)));
    await expect(readAnchor(path, key())).rejects.toMatchObject({
      code: "state_rolled_back",
      detail: expect.stringContaining("malformed"),
    });
  });

  it("by whoever signs with a key of their own is refused", async () => {
    const other = await createFileCustody(join(instance.directory, "other-keys"));
    await new AnchorFile(path, other.log).write(anchor(3));
    await expect(readAnchor(path, key())).rejects.toMatchObject({ code: "state_rolled_back" });
  });
});
