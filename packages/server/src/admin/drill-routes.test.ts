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
