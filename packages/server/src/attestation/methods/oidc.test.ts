import type { WorkloadBinding } from "@narrowgate/contracts";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type IssuerServer, startIssuerServer } from "../../../test/attestation/issuer-server.ts";
import { type IssuerKey, newIssuerKey, newWorkloadKey, signToken } from "../../../test/attestation/keys.ts";
import { agent, ISSUER, newRoom, type TestRoom } from "../../../test/attestation/room.ts";
import { createSafeFetch } from "../../platform/fetch/index.ts";
import { PLATFORM_IDLE_MS } from "../instances/instance-table.ts";

let cluster: IssuerServer;
let key: IssuerKey;
let room: TestRoom;

beforeAll(async () => {
  cluster = await startIssuerServer();
  key = await newIssuerKey("RS256");
  cluster.publish("/.well-known/openid-configuration", {
    issuer: cluster.url,
    jwks_uri: `${cluster.url}/keys`,
  });
  cluster.publish("/keys", { keys: [key.publicJwk] });
});
afterAll(() => cluster.close());

beforeEach(async () => {
  room = await newRoom(createSafeFetch({ allowedHosts: ["127.0.0.1"], allowHttpOnLoopback: true }));
  room.registry
    .trust(cluster.url)
    .put(agent("reader", [podRule("reader")]), agent("writer", [podRule("writer")]));
});
afterEach(() => room.close());

function podRule(account: string): WorkloadBinding {
  return {
    method: "oidc",
    issuer: cluster.url,
    claims: { "kubernetes.io/namespace": "agents", "kubernetes.io/serviceaccount/uid": [`uid-${account}`] },
  };
}

function nowS(): number {
  return Math.floor(room.clock.nowMs() / 1000);
}

const times = () => ({ iat: nowS(), nbf: nowS(), exp: nowS() + 3600 });

function podClaims(account: string, pod: string) {
  return {
    iss: cluster.url,
    aud: [ISSUER],
    sub: `system:serviceaccount:agents:${account}`,
    ...times(),
    "kubernetes.io": {
      namespace: "agents",
      serviceaccount: { name: account, uid: `uid-${account}` },
      pod: { name: `${account}-x`, uid: pod },
    },
  };
}

function runClaims(more: object = {}) {
  return {
    iss: cluster.url,
    aud: ISSUER,
    sub: "repo:acme/app:ref:refs/heads/main",
    ...times(),
    repository_id: "42",
    event_name: "push",
    run_id: "1001",
    run_attempt: "1",
    ...more,
  };
}

const encodePart = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

const attest = async (claims: object, jkt: string) =>
  room.attestation.attest({ assertion: await signToken(key, { ...claims }), jkt });

describe("a pod", () => {
  test("becomes the one agent whose rules it meets, bound to the key it proved", async () => {
    const { jkt } = await newWorkloadKey();
    const answer = await attest(podClaims("reader", "pod-1"), jkt);
    expect(answer).toMatchObject({
      kind: "attested",
      instance: { agent: "reader", jkt, assurance: "attested" },
    });
    expect(room.attestation.instance("reader", jkt)).toBeDefined();
    expect(room.attestation.instance("writer", jkt)).toBeUndefined();
    const [leaf] = await room.leaves();
    expect(leaf?.body).toMatchObject({ verdict: "accepted", method: "oidc", jkt });
    expect(leaf?.body).toHaveProperty("platform_instance");
    expect(leaf?.agent?.id).toBe(room.registry.agent("reader")?.ref);
    expect(JSON.stringify(leaf)).not.toContain("pod-1");
  });

  test("is the same instance when it comes again with the same key, and takes the key from its proof", async () => {
    const workload = await newWorkloadKey();
    const first = await attest(podClaims("reader", "pod-1"), workload.jkt);
    room.clock.advance(60_000);
    const header = Buffer.from(JSON.stringify({ typ: "dpop+jwt", alg: "ES256", jwk: workload.jwk }));
    const claims = { jti: "1", htm: "POST", htu: `${ISSUER}/token`, iat: 1 };
    const dpop = `${header.toString("base64url")}.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.AA`;
    const assertion = await signToken(key, podClaims("reader", "pod-1"));
    const ref = first.kind === "attested" ? first.instance.ref : "";
    expect(first).toHaveProperty("instance.jwk", {});
    const stranger = { ...JSON.parse(header.toString()), jwk: (await newWorkloadKey()).jwk };
    const borrowed = [encodePart(stranger), ...dpop.split(".").slice(1)].join(".");
    const other = await room.attestation.attest({ assertion, jkt: workload.jkt, dpop: borrowed });
    expect(other).toHaveProperty("instance.jwk", {});
    const again = await room.attestation.attest({ assertion, jkt: workload.jkt, dpop });
    expect(again).toMatchObject({ kind: "attested", instance: { ref, jwk: workload.jwk } });
    expect(room.attestation.list()).toHaveLength(1);
    expect(await room.leaves()).toHaveLength(3);
  });

  test("binds to no second key, and the attempt is on record", async () => {
    const [first, second] = [await newWorkloadKey(), await newWorkloadKey()];
    await attest(podClaims("reader", "pod-1"), first.jkt);
    expect(await attest(podClaims("reader", "pod-1"), second.jkt)).toMatchObject({ code: "instance_bound" });
    await room.restart();
    expect(await attest(podClaims("reader", "pod-1"), second.jkt)).toMatchObject({ code: "instance_bound" });
    expect((await room.leaves()).map(({ body }) => body)).toMatchObject([
      { verdict: "accepted" },
      { verdict: "refused", code: "instance_bound", jkt: second.jkt },
      { verdict: "refused", code: "instance_bound" },
    ]);
  });

  test("gets exactly one of many keys that ask at the same time", async () => {
    const keys = await Promise.all(Array.from({ length: 8 }, () => newWorkloadKey()));
    const answers = await Promise.all(keys.map(({ jkt }) => attest(podClaims("reader", "pod-1"), jkt)));
    expect(answers.filter(({ kind }) => kind === "attested")).toHaveLength(1);
    expect(answers.filter((answer) => "code" in answer && answer.code === "instance_bound")).toHaveLength(7);
  });

  test("shares its key with no other pod", async () => {
    const { jkt } = await newWorkloadKey();
    await attest(podClaims("reader", "pod-1"), jkt);
    expect(await attest(podClaims("reader", "pod-2"), jkt)).toMatchObject({ code: "instance_bound" });
    expect(await attest(podClaims("writer", "pod-3"), jkt)).toMatchObject({ code: "instance_bound" });
  });

  test("stays dead once its instance was revoked, whatever the key, also long after", async () => {
    const { jkt } = await newWorkloadKey();
    const answer = await attest(podClaims("reader", "pod-1"), jkt);
    const ref = answer.kind === "attested" ? answer.instance.ref : "";
    await room.attestation.revokeInstance(ref, { by: "system", reason: "test" });
    room.clock.advance(PLATFORM_IDLE_MS + 1);
    await attest(podClaims("reader", "pod-2"), (await newWorkloadKey()).jkt);
    const other = await newWorkloadKey();
    for (const shown of [jkt, other.jkt])
      expect(await attest(podClaims("reader", "pod-1"), shown)).toMatchObject({ code: "revoked" });
    expect(await attest(podClaims("reader", "pod-9"), jkt)).toMatchObject({ code: "revoked" });
    await room.restart();
    expect(await attest(podClaims("reader", "pod-1"), other.jkt)).toMatchObject({ code: "revoked" });
  });

  test("is forgotten when nobody used it for a day, and not when somebody did", async () => {
    const [idle, used] = [await newWorkloadKey(), await newWorkloadKey()];
    await attest(podClaims("reader", "pod-1"), idle.jkt);
    await attest(podClaims("reader", "pod-2"), used.jkt);
    room.clock.advance(PLATFORM_IDLE_MS - 1);
    expect(room.attestation.instance("reader", used.jkt)).toBeDefined();
    room.clock.advance(2);
    expect(room.attestation.instance("reader", idle.jkt)).toBeUndefined();
    expect(room.attestation.instance("reader", used.jkt)).toBeDefined();
    await attest(podClaims("reader", "pod-3"), (await newWorkloadKey()).jkt);
    expect(await room.store.scan("instance", { limit: 10 })).toHaveLength(2);
    expect(room.forgotten).toHaveLength(1);
    expect(await room.store.get("forgotten", room.forgotten[0] ?? "")).toBe("true");
  });

  test("ends with its binding, its issuer, or its agent", async () => {
    const { jkt } = await newWorkloadKey();
    await attest(podClaims("reader", "pod-1"), jkt);
    const reader = room.registry.agent("reader");
    if (reader === undefined) return expect.unreachable();
    room.registry.put({ ...reader, bindings: [podRule("other")] });
    expect(room.attestation.instance("reader", jkt)).toBeUndefined();
    room.registry.put(reader);
    expect(room.attestation.instance("reader", jkt)).toBeDefined();
    room.registry.distrust(cluster.url);
    expect(room.attestation.instance("reader", jkt)).toBeUndefined();
    room.registry.trust(cluster.url).put({ ...reader, state: "suspended" });
    expect(await attest(podClaims("reader", "pod-1"), jkt)).toMatchObject({ code: "agent_inactive" });
  });
});

describe("the rules", () => {
  const { jkt } = { jkt: "A".repeat(43) };

  test.each([
    ["another namespace", { "kubernetes.io": { namespace: "other", serviceaccount: { uid: "uid-reader" } } }],
    ["a recreated account", { "kubernetes.io": { namespace: "agents", serviceaccount: { uid: "uid-new" } } }],
    [
      "a claim that is a list",
      { "kubernetes.io": { namespace: ["agents"], serviceaccount: { uid: "uid-reader" } } },
    ],
    [
      "a claim written flat",
      {
        "kubernetes.io": undefined,
        "kubernetes.io/namespace": "agents",
        "kubernetes.io/serviceaccount/uid": "uid-reader",
      },
    ],
    ["no claims", { "kubernetes.io": undefined }],
  ])("let %s be nobody", async (_, more) => {
    expect(await attest({ ...podClaims("reader", "p"), ...more }, jkt)).toMatchObject({
      kind: "refused",
      code: "attestation_failed",
    });
    expect((await room.leaves()).map(({ body }) => body)).toMatchObject([{ verdict: "refused" }]);
  });

  test("let a workload that could be two agents be neither, unless one is retired", async () => {
    const twin = agent("twin", [podRule("reader")], { state: "suspended" });
    room.registry.put(twin);
    expect(await attest(podClaims("reader", "p"), jkt)).toMatchObject({ code: "attestation_failed" });
    room.registry.put({ ...twin, state: "retired" });
    expect(await attest(podClaims("reader", "p"), jkt)).toMatchObject({ kind: "attested" });
  });

  test("hold for their own issuer alone, also when the agent has rules for both", async () => {
    const elsewhere = "https://other-cluster.example";
    const both = [podRule("reader"), { ...podRule("guest"), issuer: elsewhere }];
    room.registry.trust(elsewhere, { jwks: { keys: [] } }).put(agent("reader", both));
    expect(await attest(podClaims("guest", "p"), jkt)).toMatchObject({ code: "attestation_failed" });
    expect(await attest(podClaims("reader", "p"), jkt)).toMatchObject({ kind: "attested" });
  });

  test("hand no bound instance over to another agent", async () => {
    await attest(podClaims("reader", "p"), jkt);
    room.registry.put(agent("reader", []), agent("heir", [podRule("reader")]));
    expect(await attest(podClaims("reader", "p"), jkt)).toMatchObject({ code: "instance_bound" });
  });

  test("refuse a token that names no running instance", async () => {
    const { "kubernetes.io": whole, ...rest } = podClaims("reader", "p");
    const { pod: _, ...unbound } = whole;
    expect(await attest({ ...rest, "kubernetes.io": unbound }, jkt)).toMatchObject({
      code: "attestation_failed",
    });
  });

  test("refuse an expired agent", async () => {
    room.registry.put(agent("reader", [podRule("reader")], { expires: 1 }));
    expect(await attest(podClaims("reader", "p"), jkt)).toMatchObject({ code: "agent_expired" });
  });

  test("take the instance claims the registry names", async () => {
    const rule: WorkloadBinding = {
      method: "oidc",
      issuer: cluster.url,
      claims: { "https:~1~1ci.example~1team": "a" },
    };
    room.registry.put(agent("ci", [rule])).trust(cluster.url, { instanceClaims: ["job", "try"] });
    const claims = (attempt: number) => ({
      ...runClaims({ "https://ci.example/team": "a", job: "j1", try: attempt }),
    });
    const [first, second] = [await newWorkloadKey(), await newWorkloadKey()];
    expect(await attest(claims(1), first.jkt)).toMatchObject({ kind: "attested" });
    expect(await attest(claims(1), second.jkt)).toMatchObject({ code: "instance_bound" });
    expect(await attest(claims(2), second.jkt)).toMatchObject({ kind: "attested" });
  });
});

describe("a workflow run", () => {
  const rule = (claims: Record<string, string | readonly string[]>): WorkloadBinding => ({
    method: "oidc",
    issuer: cluster.url,
    claims: { repository_id: "42", ...claims },
  });

  test("is an instance by run and attempt", async () => {
    room.registry.put(agent("builder", [rule({})]));
    const [first, second] = [await newWorkloadKey(), await newWorkloadKey()];
    expect(await attest(runClaims(), first.jkt)).toMatchObject({
      kind: "attested",
      instance: { agent: "builder" },
    });
    expect(await attest(runClaims(), second.jkt)).toMatchObject({ code: "instance_bound" });
    expect(await attest(runClaims({ run_attempt: "2" }), second.jkt)).toMatchObject({ kind: "attested" });
    expect(await attest(runClaims({ run_attempt: undefined }), second.jkt)).toMatchObject({
      code: "attestation_failed",
    });
  });

  test.each(["pull_request", "pull_request_target", "pull_request_review"])(
    "on %s is refused unless a rule names the event",
    async (event_name) => {
      room.registry.put(agent("builder", [rule({})]));
      const { jkt } = await newWorkloadKey();
      expect(await attest(runClaims({ event_name }), jkt)).toMatchObject({ code: "attestation_failed" });
      room.registry.put(agent("builder", [rule({ event_name: ["push", event_name] })]));
      expect(await attest(runClaims({ event_name }), jkt)).toMatchObject({ kind: "attested" });
    },
  );
});

test("forgeries in the name of a known issuer are recorded at a bounded rate, others not at all", async () => {
  const { jkt } = await newWorkloadKey();
  const forged = await signToken(await newIssuerKey("RS256"), podClaims("reader", "p"), { kid: key.kid });
  for (let i = 0; i < 70; i++) await room.attestation.attest({ assertion: forged, jkt });
  expect(await room.leaves()).toHaveLength(60);
  const stranger = await signToken(key, { ...podClaims("reader", "p"), iss: "https://stranger.example" });
  await room.attestation.attest({ assertion: stranger, jkt });
  await room.attestation.attest({ assertion: "garbage", jkt });
  expect(await room.leaves()).toHaveLength(60);
  // A refusal the issuer did sign for is not crowded out.
  await attest(podClaims("nobody", "p"), jkt);
  expect(await room.leaves()).toHaveLength(61);
});
