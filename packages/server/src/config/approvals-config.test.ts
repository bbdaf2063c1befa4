import { describe, expect, it } from "vitest";
import { readApprovalsConfig } from "./approvals-config.ts";

const gate = {
  environment: "dev",
  baseUrl: "http://localhost:8420",
  listen: { host: "127.0.0.1", port: 8420 },
};
const place = { origin: "https://approve.gate.example", listen: { host: "0.0.0.0", port: 8443 } };

describe("where people approve", () => {
  it("is beside a gate on loopback in dev, and nowhere else by itself", () => {
    expect(readApprovalsConfig(undefined, gate)).toEqual({
      origin: "http://localhost:8421",
      rpId: "localhost",
      listen: { host: "127.0.0.1", port: 8421 },
      lifeSeconds: 900,
      webhooks: [],
      isAssumed: true,
    });
    for (const other of [
      { environment: "prod" },
      { environment: "staging" },
      { baseUrl: "https://localhost:8420" },
      { baseUrl: "http://gate.internal:8420" },
      { listen: { host: "127.0.0.1", port: 0 } },
      { listen: { host: "127.0.0.1", port: 65_535 } },
    ])
      expect(readApprovalsConfig(undefined, { ...gate, ...other })).toBeUndefined();
  });

  it("is an origin of its own, with an RP id that fits", () => {
    const named = { ...place, rp_id: "gate.example", life_seconds: 60 };
    expect(readApprovalsConfig(named, gate)).toMatchObject({
      rpId: "gate.example",
      lifeSeconds: 60,
      isAssumed: false,
    });
    expect(readApprovalsConfig(place, gate)).toMatchObject({
      rpId: "approve.gate.example",
      lifeSeconds: 900,
    });
  });

  it.each([
    ["the gate's own origin", { ...place, origin: "http://localhost:8420" }],
    ["an address", { ...place, origin: "https://127.0.0.1" }],
    ["plain http abroad", { ...place, origin: "http://approve.gate.example" }],
    ["a path", { ...place, origin: "https://approve.gate.example/a" }],
    ["an RP id of somebody else", { ...place, rp_id: "example.org" }],
    ["a top-level RP id", { ...place, rp_id: "example" }],
    [
      "a webhook without a scheme we speak",
      { ...place, webhooks: [{ url: "ftp://x", secret_variable: "S" }] },
    ],
    ["a webhook with its secret in the file", { ...place, webhooks: [{ url: "https://x", secret: "s" }] }],
    ["a life too short", { ...place, life_seconds: 59 }],
    ["an unknown member", { ...place, cookies: true }],
  ])("is not %s", (_, value) => {
    expect(() => readApprovalsConfig(value, gate)).toThrow(
      expect.objectContaining({ code: "malformed_input" }),
    );
  });
});
