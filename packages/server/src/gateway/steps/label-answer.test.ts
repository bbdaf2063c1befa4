import { type ResponseRule, responseRuleDigest } from "@narrowgate/contracts";
import type { JsonObject } from "@narrowgate/kernel";
import { beforeEach, describe, expect, it } from "vitest";
import { decided } from "../../../test/gateway/step-stages.ts";
import { type StepWorld, serverOf, stepWorld } from "../../../test/gateway/step-world.ts";
import { nodeSha256 } from "../../platform/crypto-hash/sha256.ts";
import type { UpstreamReply } from "../upstream/upstream.ts";
import { commitDecision } from "./commit-decision.ts";
import { forwardCall } from "./forward-call.ts";
import { labelAnswer, rulesOfCall } from "./label-answer.ts";
import { settleCall } from "./settle-call.ts";

const secret: ResponseRule = {
  tool: "read",
  when: { pattern: "secret" },
  label: { dataClass: "restricted" },
};
const strange: ResponseRule = { when: { pattern: "strange" }, label: { untrusted: true } };
const listed = { method: "tools/list", operation: { treatment: "listed", list: "tools" } } as const;

let world: StepWorld;
const setRules = (responseRules: readonly ResponseRule[]): void => {
  world.servers.set("files", { ...serverOf(world), responseRules });
};
beforeEach(async () => {
  world = await stepWorld();
  setRules([secret, strange]);
});

async function forwarded(reply: UpstreamReply, options: Parameters<typeof decided>[2] = {}) {
  const committed = await commitDecision(world.room)(decided(world, {}, options).stage);
  if ("kind" in committed) throw new TypeError(committed.code);
  return { committed, reply, revoked: false };
}
const result = (text: string): UpstreamReply => ({ kind: "result", result: { text } });
const digestOf = (rule: ResponseRule) => responseRuleDigest(nodeSha256, "files", rule);

describe("the rules of a call", () => {
  it("are those of its server that are about its operation; a list has none", async () => {
    expect(rulesOfCall((await forwarded(result(""))).committed)).toEqual([secret, strange]);
    const other = { operation: { name: "write" } };
    expect(rulesOfCall((await forwarded(result(""), other)).committed)).toEqual([strange]);
    expect(rulesOfCall((await forwarded(result(""), listed)).committed)).toEqual([]);
  });
});

describe("what rules add to an answer", () => {
  const labels = async (...given: Parameters<typeof forwarded>) => labelAnswer(await forwarded(...given));

  it("is the label of each that applies, with its digest", async () => {
    expect(await labels(result("plain"))).toEqual([]);
    expect(await labels(result("secret"))).toEqual([
      { label: { class: "restricted", untrusted: false }, rule: digestOf(secret) },
    ]);
    expect(await labels(result("a strange secret"))).toEqual([
      { label: { class: "restricted", untrusted: false }, rule: digestOf(secret) },
      { label: { class: "public", untrusted: true }, rule: digestOf(strange) },
    ]);
  });

  it("is looked for in errors too, and there is none where nothing came back", async () => {
    expect(await labels({ kind: "error", error: { code: 1, message: "secret" } })).toHaveLength(1);
    expect(await labels({ kind: "cancelled" })).toEqual([]);
    expect(await labels({ kind: "failed", code: "upstream_timeout" })).toEqual([]);
  });

  it("is the most there is where nobody could look, and nothing where nobody was to", async () => {
    const large = result("y".repeat(140_000));
    expect(await labels(large)).toEqual([{ label: { class: "restricted", untrusted: true } }]);
    expect(await labels(large, listed)).toEqual([]);
    setRules([]);
    expect(await labels(large)).toEqual([]);
  });
});

describe("an answer that raises a label", () => {
  const settle = async (reply: UpstreamReply) => {
    const at = await forwarded(reply);
    const before = world.log.leaves.length;
    const release = world.log.stall();
    let isAnswered = false;
    const outcome = settleCall(world.room)(at).then((settled) => {
      isAnswered = true;
      return settled;
    });
    await new Promise((resolve) => setImmediate(resolve));
    const early = isAnswered;
    release();
    const settled = await outcome;
    return { early, settled, leaves: world.log.leaves.slice(before).map(({ draft }) => draft) };
  };

  it("is held until that is durable, and one that raises none is not", async () => {
    const { early, settled, leaves } = await settle(result("secret"));
    expect(early).toBe(false);
    expect(settled).toMatchObject({ kind: "settled" });
    expect(leaves.map(({ type }) => type)).toEqual(["outcome", "label", "label"]);
    expect(leaves[1]?.body).toMatchObject({ class: "restricted", rule: digestOf(secret) });
    expect(await settle(result("plain"))).toMatchObject({ early: true, leaves: [{ type: "outcome" }] });
  });

  it("is withheld once what it rests on is over, and then raises none", async () => {
    const at = await forwarded(result("secret"));
    const plain = await forwarded(result("plain"));
    const before = world.log.of("label").length;
    world.epochs.set(`mandate:${world.mandate.id}`, 1);
    expect(await settleCall(world.room)(at)).toEqual({ kind: "refusal", code: "revoked" });
    expect(world.log.of("outcome")).toHaveLength(1);
    expect(world.log.of("label")).toHaveLength(before);
    expect(await settleCall(world.room)(plain)).toMatchObject({ kind: "settled" });
  });
});

describe("progress of a call whose answer has rules", () => {
  const say = async (params: JsonObject) => {
    const { committed } = await forwarded(result(""), { resolved: { progressToken: "p" } });
    await forwardCall(world.room)(committed);
    world.sent.at(-1)?.options.onProgress?.(params);
    return world.said.at(-1)?.["params"];
  };

  it("comes without words, which nobody has looked at", async () => {
    const sent = { progress: 1, total: 2, message: "secret" };
    expect(await say(sent)).toEqual({ progress: 1, progressToken: "p", total: 2 });
    setRules([]);
    expect(await say(sent)).toEqual({ ...sent, progressToken: "p" });
  });
});
