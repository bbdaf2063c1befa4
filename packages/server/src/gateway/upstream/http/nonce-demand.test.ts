import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type HttpEnd, type HttpPeer, openPeer } from "./post-message.ts";

/** Lets a request in that shows the nonce of the moment; each refusal may make another one due. */
let server: Server;
let peer: HttpPeer;
let due: string;
let demand: Record<string, string>;
let shown: (string | undefined)[];
let changes: boolean;

beforeEach(async () => {
  [due, shown, changes] = ["n1", [], false];
  demand = { "www-authenticate": 'DPoP error="use_dpop_nonce", algs="ES256"' };
  server = createServer((req, res) => {
    const sent = req.headers["dpop"];
    shown.push(typeof sent === "string" ? sent : undefined);
    if (sent === due) {
      res.writeHead(202, { "dpop-nonce": `${due}+` }).end();
      return;
    }
    const named = due;
    if (changes) due = `${due}'`;
    res.writeHead(401, { ...demand, ...(named === "" ? {} : { "dpop-nonce": named }) }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  peer = openPeer(`http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`);
});
afterEach(async () => {
  peer.close();
  await new Promise((resolve) => server.close(resolve));
});

function send(): Promise<HttpEnd> {
  const headers = (): Record<string, string> => ({ DPoP: peer.nonce() ?? "none" });
  return peer.exchange({
    method: "POST",
    headers: headers(),
    renew: async () => headers(),
    body: Buffer.from("{}"),
    limits: { timeoutMs: 5_000, messageBytes: 1_024, messages: 1 },
    onMessage: () => true,
  });
}

describe("an upstream that wants a nonce in proofs", () => {
  it("gets it in one more request, and the newest one from then on", async () => {
    expect(await send()).toMatchObject({ kind: "ended", status: 202 });
    due = "n1+";
    expect(await send()).toMatchObject({ status: 202 });
    expect(shown).toEqual(["none", "n1", "n1+"]);
  });

  it("gets no third request, whatever it wants then", async () => {
    changes = true;
    expect(await send()).toMatchObject({ kind: "ended", status: 401 });
    expect(shown).toEqual(["none", "n1"]);
  });

  it.each([
    ["no nonce", 'DPoP error="use_dpop_nonce"', ""],
    ["another fault", 'DPoP error="invalid_token"', "n1"],
    ["what is no nonce", 'DPoP error="use_dpop_nonce"', "two words"],
  ])("gets no second request for %s", async (_, challenge, nonce) => {
    [due, demand] = [nonce, { "www-authenticate": challenge }];
    expect(await send()).toMatchObject({ status: 401 });
    expect(shown).toEqual(["none"]);
  });
});
