import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { MandateRecord } from "@narrowgate/contracts";
import {
  canonicalBytes,
  type JsonObject,
  type JsonValue,
  NarrowgateError,
  randomId,
  utf8,
} from "@narrowgate/kernel";
import { onTestFinished } from "vitest";
import { createAdminApi } from "../../src/admin/admin-api.ts";
import type { LiveOperation } from "../../src/admin/ports/registry-port.ts";
import type { SignedRequest } from "../../src/admin/ports/signed-request.ts";
import type { AdminPorts } from "../../src/admin/ports.ts";
import { type Operators, openOperators } from "../../src/operators/operators.ts";
import { openPeople, type People } from "../../src/people/index.ts";
import { type Listening, listenTcp, listenUnix } from "../../src/platform/http/listen.ts";
import { noAssurance } from "./assurance-ports.ts";
import { newOperatorKey, type OperatorKey, signRequest } from "./operator-key.ts";
import { baseUrl, openWorld, type World } from "./registry-world.ts";

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body as JSON; empty when it is none. */
  readonly json: JsonObject;
}

interface Sending {
  readonly method: string;
  readonly path: string;
  readonly body?: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

type Where = { readonly socketPath: string } | { readonly host: string; readonly port: number };

export function send(where: Where, { method, path, body, headers = {} }: Sending): Promise<HttpAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>();
  const length = body === undefined ? {} : { "content-length": String(body.length) };
  const sent = httpRequest({ ...where, method, path, headers: { ...length, ...headers } }, (response) => {
    const chunks: Buffer[] = [];
    response.on("data", (chunk: Buffer) => chunks.push(chunk));
    response.on("error", reject);
    response.on("end", () => {
      const text = Buffer.concat(chunks).toString("utf8");
      const isJson = response.headers["content-type"] === "application/json";
      resolve({
        status: response.statusCode ?? 0,
        headers: response.headers,
        text,
        json: isJson ? JSON.parse(text) : {},
      });
    });
  });
  sent.on("error", reject);
  sent.end(body);
  return promise;
}

export interface AdminWorld {
  readonly world: World;
  readonly operators: Operators;
  readonly people: People;
  readonly key: OperatorKey;
  readonly socketPath: string;
  readonly socket: Where;
  readonly tcp: Where;
  /** What upstream servers state, by server. */
  readonly live: Map<string, readonly LiveOperation[]>;
  readonly mandates: MandateRecord[];
  readonly failures: string[];
  /** Refused requests that went on record. */
  readonly refusals: string[];
  /** Sends a request signed by `key` over the socket. */
  signed(method: string, path: string, body?: JsonValue, key?: OperatorKey): Promise<HttpAnswer>;
  /** Enrols the first operator, `key`. */
  enrol(): Promise<HttpAnswer>;
}

const description = new URL("../../../../docs/reference/admin-openapi.json", import.meta.url);
const bundle = utf8('{"format":"narrowgate-proof/1"}\n');

function evidencePort({ evidence }: World): AdminPorts["evidence"] {
  const read = async (
    what: string,
    range: { readonly from: number; readonly count: number },
    { operator, jws }: SignedRequest,
  ): Promise<void> => {
    const body = { auditor: operator, ...range, what };
    await evidence.record([{ type: "read", body, proof: { request: jws } }]).durable;
  };
  const known = (id: string): void => {
    if (id !== "known") throw new NarrowgateError("not_found", "there is no such transaction");
  };
  return {
    transactions: async () => ({ transactions: [] }),
    async transaction(id, reader) {
      known(id);
      await read("openings", { from: 3, count: 2 }, reader);
      return { id };
    },
    async bundle(id, reader) {
      known(id);
      await read("openings", { from: 3, count: 2 }, reader);
      return bundle;
    },
    checkpoint: async () => "gate.example/log/x\n1\nhash\n",
    async entries({ index, width }, reader) {
      await read("entries", { from: index * 256, count: width }, reader);
      return utf8("leaves");
    },
    quietRanges: async () => [],
  };
}

function portsOf(
  world: World,
  operators: Operators,
  more: Pick<AdminWorld, "live" | "mandates" | "failures" | "refusals" | "people">,
): AdminPorts {
  const { registry, containment } = world;
  return {
    origin: baseUrl,
    status: () => ({ environment: "dev" }),
    openApi: () => JSON.parse(readFileSync(description, "utf8")),
    operators,
    people: more.people,
    enrolAddress: "http://localhost:7421/people/enrol",
    registry,
    async liveDefinitions(server) {
      const upstream = registry.server(server)?.upstream;
      const isExchanged = upstream?.transport === "http" && upstream.auth === "exchanged";
      if (isExchanged && registry.policy().state !== "in_force")
        throw new NarrowgateError("policy_missing", "no token is made before policies are in force");
      return more.live.get(server) ?? [];
    },
    createJoinCode: async () => ({ code: "ABCD-EFGH", expiresAtMs: 1 }),
    mandates: {
      list: () => more.mandates,
      async open({ document }) {
        const stamps = {
          id: randomId(),
          txn: `${randomId()}.${randomId()}`,
          entry: randomId(),
          subjectRef: randomId(),
        };
        const mandate: MandateRecord = {
          ...stamps,
          document,
          digest: randomId(32),
          basis: "operator",
          state: "open",
          openedAtMs: 1,
        };
        more.mandates.push(mandate);
        return mandate;
      },
      async close(id) {
        more.mandates.splice(
          more.mandates.findIndex((mandate) => mandate.id === id),
          1,
        );
      },
    },
    revoke: (target, { operator, jws }) =>
      containment.revoke({ ...target, by: "operator", operator, proof: jws }),
    refOf: async () => undefined,
    instances: (agent) => [
      {
        ref: "r",
        agent,
        name: "",
        method: "enrolment",
        assurance: "declared",
        jkt: "j",
        state: "live",
        firstMs: 1,
        lastMs: 2,
      },
    ],
    witnesses: {
      list: () => [
        { url: "http://127.0.0.1:9", key: "k", name: "w", source: "operator", last: "unasked", behind: 0 },
      ],
      add: async () => undefined,
      remove: async () => ({ url: "http://127.0.0.1:9", key: "k" }),
    },
    declassify: async () => ({
      id: "CCCCCCCCCCCCCCCCCCCCCC",
      requires: ["security#1"],
      notAfterMs: 1_795_000_000_000,
      url: "http://localhost/approve#x",
    }),
    waitingCalls: () => [
      {
        id: "AAAAAAAAAAAAAAAAAAAAAA",
        txn: "AAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAA",
        agent: "triage",
        subject: "https://idp.example#ada",
        purpose: "resolve ticket T-1001",
        server: "payments",
        operation: "tool refund",
        effect: "irreversible",
        requires: ["approver#1"],
        missing: ["approver#1"],
        askedAtMs: 0,
        notAfterMs: 1,
        url: "https://approve.example/approve#handle",
      },
    ],
    issueViewerCode: () => ({ code: "ABCD-EFGH", expiresAtMs: 0 }),
    policies: {
      versions: async () => ({ versions: [] }),
      async version() {
        throw new NarrowgateError("not_found", "there is no such version");
      },
      decisions: async () => ({ decisions: [], undisclosed: 0 }),
      shadow: () => ({ state: "off" }),
      putShadow: () => undefined,
      endShadow: () => undefined,
    },
    overlays: {
      list: () => [],
      async put({ text, reason, forMs }) {
        return { id: "A".repeat(22), state: "in_force", text, reason, by: "ada", put_at: 0, until: forMs };
      },
      async lift() {
        throw new NarrowgateError("not_found", "there is no such overlay");
      },
    },
    evidence: evidencePort(world),
    ...noAssurance(),
    recordRefusal: ({ code, method, path }) => more.refusals.push(`${method} ${path} ${code}`),
    report: ({ path, cause }) => more.failures.push(`${path} ${String(cause)}`),
  };
}

async function doors(
  ports: AdminPorts,
  folder: string,
): Promise<{ readonly socketPath: string; readonly port: number }> {
  const api = createAdminApi(ports);
  const socketPath = join(folder, "admin.sock");
  const up: Listening[] = [
    await listenUnix((request, response) => void api.handle(request, response, "socket"), socketPath),
    await listenTcp((request, response) => void api.handle(request, response, "origin"), {
      host: "127.0.0.1",
      port: 0,
    }),
  ];
  onTestFinished(async () => {
    await Promise.all(up.map((one) => one.close(100)));
    rmSync(folder, { recursive: true, force: true });
  });
  return { socketPath, port: up[1]?.port ?? 0 };
}

/**
 * The admin API on a real Unix socket and a real TCP port, over a real registry and real operators.
 * @param opened - the registry; a new one where it is left out
 */
export async function openAdmin(opened?: World): Promise<AdminWorld> {
  const world = opened ?? (await openWorld());
  const { evidence, clock } = world;
  const operators = await openOperators({ clock, evidence, state: evidence, origin: baseUrl });
  const more = {
    live: new Map<string, readonly LiveOperation[]>(),
    mandates: [],
    failures: [],
    refusals: [],
    people: await openPeople({ clock, evidence, state: evidence }),
  };
  const { socketPath, port } = await doors(
    portsOf(world, operators, more),
    mkdtempSync(join(tmpdir(), "ng-")),
  );
  const key = newOperatorKey();
  const socket = { socketPath };
  const signed: AdminWorld["signed"] = (method, path, body, by = key) => {
    const bytes = body === undefined ? new Uint8Array() : utf8(JSON.stringify(body));
    const jws = signRequest(by, { aud: baseUrl, clock, method, path, body: bytes });
    const type = body === undefined ? {} : { "content-type": "application/json" };
    return send(socket, { method, path, body: bytes, headers: { "narrowgate-operator": jws, ...type } });
  };
  const enrol = (): Promise<HttpAnswer> => {
    const part = { name: "Ada", jwk: key.jwk, code: operators.offerFirst()?.shown ?? "" };
    const request = { method: "POST", path: "/operators", body: canonicalBytes(part) };
    const body = { ...part, signature: signRequest(key, { aud: baseUrl, clock, ...request }) };
    const headers = { "content-type": "application/json" };
    return send(socket, { method: "POST", path: "/operators", headers, body: utf8(JSON.stringify(body)) });
  };
  return {
    world,
    operators,
    key,
    socketPath,
    socket,
    tcp: { host: "127.0.0.1", port },
    ...more,
    signed,
    enrol,
  };
}
