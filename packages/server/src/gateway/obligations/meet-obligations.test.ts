import { describe, expect, it } from "vitest";
import { argumentsToSend, resultToShow } from "./meet-obligations.ts";

describe("what leaves", () => {
  it("is without what is to be redacted, and whole otherwise", () => {
    const params = {
      name: "t",
      arguments: { note: "n", to: { iban: "x", name: "y" }, list: [{ a: 1, b: 2 }] },
    };
    expect(argumentsToSend(params, {})).toBe(params);
    const pointers = ["/note", "/to/iban", "/list/*/a", "/absent/deep"];
    expect(argumentsToSend(params, { redact_arguments: pointers })).toEqual({
      name: "t",
      arguments: { to: { name: "y" }, list: [{ b: 2 }] },
    });
  });
});

describe("what is shown", () => {
  const structuredContent = {
    items: [
      { id: 1, email: "a" },
      { id: 2, email: "b" },
      { id: 3, email: "c" },
    ],
  };
  const result = { content: [{ type: "text", text: JSON.stringify(structuredContent) }], structuredContent };

  it("is the result itself where nothing is demanded", () => {
    expect(resultToShow(result, {}, undefined)).toBe(result);
  });

  it("has neither the redacted members nor a text that repeats them", () => {
    const shown = resultToShow(result, { redact_result: ["/structuredContent/items/*/email"] }, undefined);
    expect(JSON.stringify(shown)).not.toContain("email");
    expect(shown?.["structuredContent"]).toEqual({ items: [{ id: 1 }, { id: 2 }, { id: 3 }] });
  });

  it("has no more rows than policy lets through", () => {
    const shown = resultToShow(result, { cap_rows: 2 }, "/structuredContent/items");
    expect(shown?.["structuredContent"]).toEqual({ items: structuredContent.items.slice(0, 2) });
    expect(JSON.stringify(shown?.["content"])).not.toContain('\\"id\\":3');
    expect(resultToShow(result, { cap_rows: 3 }, "/structuredContent/items")).toEqual(result);
  });

  it("is nothing when rows are capped and nobody said where they stand", () => {
    expect(resultToShow(result, { cap_rows: 2 }, undefined)).toBeUndefined();
  });

  it("is nothing when there are no rows where they should stand, but for an error", () => {
    const plain = { content: [{ type: "text", text: "1,2,3" }] };
    expect(resultToShow(plain, { cap_rows: 2 }, "/structuredContent/items")).toBeUndefined();
    const failed = { ...plain, isError: true };
    expect(resultToShow(failed, { cap_rows: 2 }, "/structuredContent/items")).toEqual(failed);
  });

  it("has no more rows than that also where they stand in a list", () => {
    const nested = { content: [], structuredContent: { pages: [{ items: [1, 2, 3] }] } };
    const shown = resultToShow(nested, { cap_rows: 1 }, "/structuredContent/pages/0/items");
    expect(shown?.["structuredContent"]).toEqual({ pages: [{ items: [1] }] });
  });

  it("has no text either when all that it repeats is taken out", () => {
    const shown = resultToShow(result, { redact_result: ["/structuredContent"] }, undefined);
    expect(shown).toEqual({ content: [] });
  });
});
