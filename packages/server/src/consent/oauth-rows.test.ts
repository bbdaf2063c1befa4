import { manualClock } from "@narrowgate/kernel";
import { beforeEach, describe, expect, it } from "vitest";
import { MemoryEvidence } from "../../test/admin/memory-evidence.ts";
import { OAUTH_ROOM, OauthRows } from "./oauth-rows.ts";
import { inTurn, undoTurn } from "./token-turn.ts";

const KIND = "RefreshToken";
const payload = { grantId: "consent", jti: "the-secret" };

let evidence: MemoryEvidence;
let rows: OauthRows;
const clock = manualClock(1_795_000_000_000);
const open = async (): Promise<OauthRows> => {
  const opened = new OauthRows({ clock, evidence, state: evidence });
  await opened.load();
  return opened;
};
const stored = () => evidence.scan(OAUTH_ROOM);

beforeEach(async () => {
  evidence = new MemoryEvidence();
  rows = await open();
});

describe("rows", () => {
  it("are found again after a restart, without the secret at rest", async () => {
    await rows.put(KIND, "the-secret", payload, 60);
    expect(JSON.stringify(await stored())).not.toContain("the-secret");
    expect((await open()).find(KIND, "the-secret")).toEqual(payload);
    expect((await open()).find(KIND, "another")).toBeUndefined();
  });

  it("that live minutes are not written at all", async () => {
    await rows.put("AuthorizationCode", "code", payload, 60);
    expect(await stored()).toEqual([]);
    expect(rows.find("AuthorizationCode", "code")).toMatchObject({ grantId: "consent" });
  });

  it("are over at their time, and swept from disk", async () => {
    await rows.put(KIND, "a", payload, 60);
    clock.advance(60_000);
    expect(rows.find(KIND, "a")).toBeUndefined();
    await rows.sweep();
    expect(await stored()).toEqual([]);
  });
});

describe("what may be used once", () => {
  it("is used by one of two at once", async () => {
    await rows.put(KIND, "a", payload, 60);
    const both = await Promise.all([rows.consume(KIND, "a"), rows.consume(KIND, "a")]);
    expect(both).toEqual(["first", "again"]);
    expect(await (await open()).consume(KIND, "a")).toBe("again");
  });

  it("is given back by a turn that came to nothing, and nothing of it was written", async () => {
    await rows.put(KIND, "a", payload, 60);
    const before = JSON.stringify(await stored());
    await inTurn("key", async (turn) => {
      await rows.consume(KIND, "a");
      await rows.put(KIND, "b", payload, 60);
      expect(turn.changes).toHaveLength(2);
      undoTurn(turn);
    });
    expect(JSON.stringify(await stored())).toBe(before);
    expect([rows.find(KIND, "a")?.["consumed"], rows.find(KIND, "b")]).toEqual([undefined, undefined]);
  });

  it("does not come back when it was dropped meanwhile", async () => {
    await rows.put(KIND, "a", payload, 60);
    await inTurn("key", async (turn) => {
      await rows.consume(KIND, "a");
      await rows.dropOfConsent(KIND, "consent");
      undoTurn(turn);
    });
    expect(rows.find(KIND, "a")).toBeUndefined();
    expect(await stored()).toEqual([]);
  });
});
