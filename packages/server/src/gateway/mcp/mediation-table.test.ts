import { describe, expect, it } from "vitest";
import { mediationPage } from "./mediation-page.ts";
import { mediate, mediationTable } from "./mediation-table.ts";

describe("the mediation table", () => {
  it("is what docs/reference/mediation-table.md says (vitest -u writes it)", async () => {
    await expect(mediationPage()).toMatchFileSnapshot("../../../../../docs/reference/mediation-table.md");
  });

  it("has one row for each message", () => {
    const keys = mediationTable.map(({ direction, kind, method }) => `${direction} ${kind} ${method}`);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it.each(["", "tools/CALL", "tools/call ", "constructor", "__proto__"])("does not know %j", (method) => {
    expect(mediate("client to server", "request", method, "modern")).toBeUndefined();
  });

  it("knows a method only in its direction, kind and era", () => {
    expect(mediate("client to server", "request", "tools/call", "modern")?.treatment).toBe("decided");
    expect(mediate("server to client", "request", "tools/call", "modern")).toBeUndefined();
    expect(mediate("client to server", "notification", "tools/call", "modern")).toBeUndefined();
    expect(mediate("client to server", "request", "initialize", "modern")).toBeUndefined();
    expect(mediate("client to server", "request", "subscriptions/listen", "earlier")).toBeUndefined();
  });
});
