import { utf8 } from "@narrowgate/kernel";
import { expect, test } from "vitest";
import { openAdmin, send } from "../../test/admin/admin-world.ts";
import { signRequest } from "../../test/admin/operator-key.ts";
import { baseUrl } from "../../test/admin/registry-world.ts";

test("a result of a drill is held below what can be read again at each start", async () => {
  const { socket, key, world, enrol } = await openAdmin();
  await enrol();
  const figures = Object.fromEntries(Array.from({ length: 8193 }, (_, i) => [`p${i}`, i]));
  const body = utf8(JSON.stringify({ format: "narrowgate-drill/1", figures }));
  const request = { method: "POST", path: "/drills", body };
  const jws = signRequest(key, { aud: baseUrl, clock: world.clock, ...request });
  const headers = { "content-type": "application/json", "narrowgate-operator": jws };
  const { status, json } = await send(socket, { ...request, headers });
  expect([status, Reflect.get(Object(json["error"]), "code")]).toEqual([400, "malformed_json"]);
});

test("a report of drills that run is taken signed, and is held to its shape", async () => {
  const { socket, key, world, enrol } = await openAdmin();
  await enrol();
  const ask = async (report: object, isSigned = true) => {
    const body = utf8(JSON.stringify(report));
    const request = { method: "POST", path: "/drills/run", body };
    const jws = signRequest(key, { aud: baseUrl, clock: world.clock, ...request });
    const headers = {
      "content-type": "application/json",
      ...(isSigned ? { "narrowgate-operator": jws } : {}),
    };
    const { status, json } = await send(socket, { ...request, headers });
    return [status, json["stop"] ?? Reflect.get(Object(json["error"]), "code")];
  };
  const report = { run: "A".repeat(22), plan: { event: "plan", drills: [] }, events: [], over: false };
  expect(await ask(report)).toEqual([200, false]);
  expect(await ask(report, false)).toEqual([401, expect.anything()]);
  expect(await ask({ ...report, events: [{ event: "result" }] })).toEqual([400, "malformed_input"]);
});
