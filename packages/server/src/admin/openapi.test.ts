import { readFileSync } from "node:fs";
import { utf8 } from "@narrowgate/kernel";
import { expect, test } from "vitest";
import { type HttpAnswer, openAdmin, send } from "../../test/admin/admin-world.ts";
import { agentDocument, filesServer, liveTool } from "../../test/admin/registry-world.ts";
import { answerMismatches, describedOperations, member, mismatches } from "../../test/openapi-mismatches.ts";
import { ADMIN_ROUTES } from "./routes.ts";

const page = new URL("../../../../docs/reference/admin-openapi.json", import.meta.url);
const description = JSON.parse(readFileSync(page, "utf8"));

function operation(method: string, path: string): unknown {
  return member(description, "paths", path, method.toLowerCase());
}

test("describes each route, and nothing that is none", () => {
  expect([...describedOperations(description)].sort()).toEqual(
    ADMIN_ROUTES.map(({ method, path }) => `${method} ${path}`).sort(),
  );
});

test.each(ADMIN_ROUTES.map((route) => [`${route.method} ${route.path}`, route] as const))(
  "%s: parameters and signature are those of the route",
  (_, { method, path, access, query = [] }) => {
    const described = member(operation(method, path), "parameters");
    const parameters: readonly unknown[] = Array.isArray(described) ? described : [];
    const named = (where: string) =>
      parameters.filter((one) => member(one, "in") === where).map((one) => member(one, "name"));
    expect(named("path")).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
    expect(named("query")).toEqual([...query]);
    const schemes = { public: [{}], signed: [{ operatorSignature: [] }] };
    const either = [{ socket: [] }, { operatorSignature: [] }];
    const expected = access === "public" || access === "signed" ? schemes[access] : either;
    expect(member(operation(method, path), "security")).toEqual(expected);
  },
);

test("every reference leads somewhere, and every operation has a name of its own", () => {
  const refs = [...JSON.stringify(description).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(
    ([, path = ""]) => path,
  );
  for (const path of refs) expect(member(description, ...path.split("/")), path).toBeDefined();
  const names = ADMIN_ROUTES.map(({ method, path }) => member(operation(method, path), "operationId"));
  expect(new Set(names).size).toBe(names.length);
});

test("answers have the members that are described", async () => {
  const { signed, enrol, socket, live, operators } = await openAdmin();
  const wrong: string[] = [];
  const check = async (method: string, path: string, body?: object, target = path): Promise<HttpAnswer> => {
    const plain = body === undefined ? undefined : JSON.parse(JSON.stringify(body));
    const answer = await signed(method, target, plain);
    wrong.push(...answerMismatches(description, { method, path }, answer));
    return answer;
  };
  const first = { method: "POST", path: "/operators" };
  wrong.push(...answerMismatches(description, first, await enrol()));
  for (const path of ["/status", "/operators"]) await check("GET", path);
  const asked = { name: "Grace", roles: ["approver"], identities: ["https://idp.example#grace"] };
  const invited = await check("POST", "/people", asked);
  const { ref } = Object(invited.json["person"]);
  await check("GET", "/people");
  for (const method of ["GET", "POST"])
    await check(method, "/people/{ref}", method === "GET" ? undefined : { roles: [] }, `/people/${ref}`);
  await check("POST", "/people/{ref}/codes", undefined, `/people/${ref}/codes`);
  await check("DELETE", "/people/{ref}", undefined, `/people/${ref}`);
  const issuer = { issuer: "https://idp.example", uses: ["subject"], jwks_uri: "https://idp.example/keys" };
  const document = { issuers: [issuer], servers: [filesServer], agents: [agentDocument("triage")] };
  const tool = liveTool("read_text_file", "Reads");
  live.set("files", [tool]);
  await check("POST", "/registry/plan", { document });
  const text = '@id("p") permit (principal, action, resource);';
  await check("POST", "/registry/apply", { document, files: [{ name: "a.cedar", text }], pins: "learn" });
  const pins = "/registry/servers/{id}/pins";
  await check("POST", pins, {}, "/registry/servers/files/pins");
  live.set("files", [liveTool("read_text_file", "Reads more")]);
  const { digest } = liveTool("read_text_file", "Reads more");
  const approve = [{ kind: "tool", name: "read_text_file", digest }];
  await check("POST", pins, { approve }, "/registry/servers/files/pins");
  for (const path of ["/registry/agents", "/registry/servers", "/registry/issuers"]) await check("GET", path);
  await check("POST", "/agents/{id}/join-codes", undefined, "/agents/triage/join-codes");
  await check("GET", "/agents/{id}/instances", undefined, "/agents/triage/instances");
  for (const verb of ["suspend", "activate"]) {
    await check("POST", `/agents/{id}/${verb}`, { reason: "x" }, `/agents/triage/${verb}`);
  }
  await check("POST", "/contain/{id}", { reason: "x" }, "/contain/triage");
  await check("POST", "/agents/{id}/retire", { reason: "x" }, "/agents/triage/retire");
  const salt = "AAAAAAAAAAAAAAAAAAAAAA";
  const authority = { scope: [], resource: [], authorization_details: [] };
  const mandate = {
    v: 1,
    salt,
    agent: "triage",
    subject: "x#y",
    purpose: "p",
    authority,
    expires: 1,
    idleSeconds: 1,
  };
  const opened = await check("POST", "/mandates", { document: mandate });
  await check("GET", "/mandates");
  await check("POST", "/mandates/{id}/close", undefined, `/mandates/${String(opened.json["id"])}/close`);
  await check("POST", "/revocations", { kind: "all", id: "all", reason: "x" });
  await check("GET", "/transactions");
  await check("GET", "/approvals");
  await check("GET", "/witnesses");
  for (const path of ["/controls", "/waivers", "/releases", "/drills"]) await check("GET", path);
  await check("POST", "/waivers", {});
  for (const verb of ["agree", "end"])
    await check("POST", `/waivers/{id}/${verb}`, undefined, `/waivers/x/${verb}`);
  await check("POST", "/witnesses", { url: "http://127.0.0.1:9", key: "k" });
  await check("POST", "/witnesses/remove", { name: "w" });
  const refused = await signed("DELETE", `/operators/${operators.list()[0]?.ref ?? ""}`);
  wrong.push(...mismatches(description, { $ref: "#/components/schemas/Error" }, refused.json));
  const plan = await signed("POST", "/registry/plan", {
    document: { agents: [agentDocument("a", { deputy: "Ada Lovelace" })] },
  });
  wrong.push(...mismatches(description, { $ref: "#/components/schemas/Error" }, plan.json));
  expect(wrong).toEqual([]);
  expect((await send(socket, { method: "GET", path: "/openapi.json", body: utf8("") })).json).toEqual(
    description,
  );
});
