import { randomId } from "@narrowgate/kernel";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sha256Base64url } from "../platform/crypto-hash/sha256.ts";
import { newInstance, PROCEDURE, type TestInstance } from "./fixtures/instance.ts";
import type { OpenedEvidence } from "./open-evidence.ts";
import { restate } from "./restate.ts";

let instance: TestInstance;
let lost: OpenedEvidence & { readonly store: Awaited<ReturnType<TestInstance["openStore"]>> };
beforeEach(async () => {
  instance = await newInstance();
  lost = await instance.open();
});
afterEach(async () => {
  await lost.evidence.close();
  await lost.store.close();
  await instance.remove();
});

const operator = randomId();
const registered = (id: string, ref: string) =>
  ({
    type: "registry",
    id,
    body: { kind: "agent", action: "added", ref, version: 1, operator },
    proof: { request: "signed.by.operator" },
    content: { document: { purpose: "sort mail" } },
  }) as const;
const policy = (id: string) =>
  ({
    type: "policy",
    id,
    body: {
      digest: sha256Base64url(id),
      procedure: PROCEDURE,
      operator,
      previous: sha256Base64url("before"),
    },
    content: { bundle: { files: [], schema: {} } },
  }) as const;

const restated = (...rooms: string[]) => restate(lost.store, instance.custody.keyEncryption, rooms);

describe("what is restated", () => {
  it("stands under a new id with the body and content it had, and without what was signed for the old log", async () => {
    const [id, ref] = [randomId(), randomId()];
    const row = { entry: id, name: "mailer" };
    await lost.evidence.record([registered(id, ref)], [{ room: "agents", key: "a", value: row }]).durable;
    const { leaves, rows } = await restated("agents");
    const [leaf] = leaves;
    const { type, body, content } = registered(id, ref);
    expect(leaf).toEqual({ type, id: leaf?.id, body, content });
    expect(leaf?.id).not.toBe(id);
    expect(rows).toEqual([{ room: "agents", key: "a", value: `{"entry":"${leaf?.id}","name":"mailer"}` }]);
  });

  it("names no policies that were in force before, for in the new log none were", async () => {
    const id = randomId();
    await lost.evidence.record([policy(id)], [{ room: "single", key: "policy", value: { entry: id } }])
      .durable;
    const { leaves } = await restated("single");
    const { previous: _, ...body } = policy(id).body;
    expect(leaves.map((leaf) => leaf.body)).toEqual([body]);
  });

  it("is one leaf for all rows that name it, in the order of the old log", async () => {
    const [first, second] = [randomId(), randomId()];
    await lost.evidence.record(
      [registered(first, randomId()), registered(second, randomId())],
      [
        { room: "agents", key: "a", value: { entry: second } },
        { room: "agents", key: "b", value: { entry: first } },
        { room: "servers", key: "c", value: { entry: second } },
      ],
    ).durable;
    const { leaves, rows } = await restated("agents", "servers");
    const [older, newer] = leaves.map(({ id }) => id);
    expect(leaves).toHaveLength(2);
    expect(rows.map(({ key, value }) => [key, JSON.parse(value ?? "null").entry])).toEqual([
      ["a", newer],
      ["b", older],
      ["c", newer],
    ]);
  });

  it("keeps the agent it is about", async () => {
    const [id, agent] = [randomId(), randomId()];
    const draft = { ...registered(id, agent), agent };
    await lost.evidence.record([draft], [{ room: "agents", key: "a", value: { entry: id } }]).durable;
    expect((await restated("agents")).leaves).toEqual([expect.objectContaining({ agent })]);
  });

  it("leaves rows alone that rest on no leaf", async () => {
    const values = { list: ["a"], n: 1, object: { entry: 7 }, t: "text" };
    const changes = Object.entries(values).map(([key, value]) => ({ room: "notes", key, value }));
    await lost.evidence.record([registered(randomId(), randomId())], changes).durable;
    const { leaves, rows } = await restated("notes");
    expect(leaves).toEqual([]);
    expect(rows).toEqual(changes.map((change) => ({ ...change, value: JSON.stringify(change.value) })));
  });

  it("is only what stands in the rooms that are carried over", async () => {
    const id = randomId();
    await lost.evidence.record(
      [registered(id, randomId())],
      [{ room: "agents", key: "a", value: { entry: id } }],
    ).durable;
    expect(await restated("servers")).toEqual({ leaves: [], rows: [] });
  });
});

describe("a row whose leaf cannot be had", () => {
  it("is an error, and no row without its leaf", async () => {
    const row = { room: "agents", key: "a", value: { entry: randomId() } };
    await lost.evidence.record([registered(randomId(), randomId())], [row]).durable;
    await expect(restated("agents")).rejects.toMatchObject({ code: "verification_failed" });
  });
});
