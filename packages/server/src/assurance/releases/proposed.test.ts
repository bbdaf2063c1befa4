import type { ControlResult, ReleaseManifest } from "@narrowgate/contracts";
import { beforeEach, describe, expect, test } from "vitest";
import {
  bodyOf,
  freshlyKept,
  type Kept,
  type ReleaseWorld,
  releaseWorld,
  signed,
} from "../../../test/releases/release-world.ts";
import { rowsOf } from "./proposal.ts";

let kept: Kept;
let world: ReleaseWorld;
beforeEach(async () => {
  kept = freshlyKept();
  world = await releaseWorld(kept);
});

const stated = { agent: "refunds", attested: [], declared: {} };
const actions = (): unknown[] => world.log.of("release").map((leaf) => bodyOf(leaf)["action"]);

function result(control: string, verdict: ControlResult["verdict"]): ControlResult {
  return {
    control,
    verdict,
    population: { count: 1, of: "calls" },
    decided: 1,
    window: { from: 0, to: 1 },
    max_age_s: 60,
    vantage: [],
    violations: [],
    violations_in_all: 0,
    evidence: [],
    drills: [],
    parameters: {},
  };
}

/** Values of what the four are shown under a label. */
function shown(id: string, label: string): readonly string[] {
  return rowsOf(world.releases.proposal(id))
    .filter((row) => row.label === label)
    .map(({ value }) => value);
}

describe("a proposal", () => {
  test("is of an agent that is there, and nothing is on record otherwise", async () => {
    await expect(world.releases.propose({ ...stated, agent: "another" }, signed)).rejects.toMatchObject({
      code: "not_found",
    });
    expect(actions()).toEqual([]);
  });

  test("is put to nobody where nobody can sign, nor shown there", async () => {
    const { id, handle } = await world.propose();
    const nowhere = await releaseWorld({ ...kept, other: { place: undefined } });
    await expect(nowhere.releases.propose(stated, signed)).rejects.toMatchObject({
      code: "conflict",
      publicMessage: expect.stringMatching(/^nobody can sign here/),
    });
    expect(actions()).toEqual(["proposed"]);
    expect(nowhere.releases.describe(handle)).toBeUndefined();
    expect(nowhere.releases.show(id)).not.toHaveProperty("url");
    const answer = { handle, credential: world.four.pam.id, signed: {} };
    await expect(nowhere.releases.sign(answer)).rejects.toMatchObject({ code: "approval_invalid" });
  });

  test("is found by an address that nobody guesses, another each time", async () => {
    const handles = [(await world.propose()).handle, (await world.propose()).handle];
    expect(new Set(handles).size).toBe(2);
    for (const handle of handles) expect(Buffer.from(handle, "base64url")).toHaveLength(32);
  });

  test("rests on an evaluation of what is proposed", async () => {
    world.foundAs = (found) => ({ ...found, release: "A".repeat(43) });
    await expect(world.propose()).rejects.toMatchObject({ code: "release_drifted" });
    expect(actions()).toEqual([]);
  });

  test("is not made of what changed while it was evaluated", async () => {
    world.foundAs = (found) => {
      world.change((of) => Object.assign(of, { agent: { ...of.agent, purpose: "pays out" } }));
      return found;
    };
    await expect(world.propose()).rejects.toMatchObject({ code: "release_drifted" });
    expect(actions()).toEqual([]);
  });

  test("says who answers for the agent by the time it is put to the four", async () => {
    world.foundAs = (found) => {
      world.change((of) => Object.assign(of, { agent: { ...of.agent, owner: "mailto:new@example.test" } }));
      return found;
    };
    const { id } = await world.propose();
    expect(world.releases.proposal(id).deployment.owner).toBe("mailto:new@example.test");
  });

  test("is compared with what is in force, and with nothing where nothing is", async () => {
    const first = await world.promoted();
    expect(world.releases.proposal(first)).not.toHaveProperty("before");
    const { id } = await world.propose();
    const { before, diff } = world.releases.proposal(id);
    expect(before).toEqual(world.releases.proposal(first).manifest);
    expect(diff).toEqual([]);
  });

  test("knows the names of the policies of both sides, and of no others", async () => {
    const namesOf = (id: string): readonly string[] =>
      Object.keys(world.releases.proposal(id).policyNames ?? {});
    const policiesOf = (id: string): ReleaseManifest["policies"] =>
      world.releases.proposal(id).manifest.policies;
    const generation = (n: number): void =>
      world.change((of) =>
        Object.assign(of, { policies: [`permit(principal, action, resource) when { ${n} > 0 };`] }),
      );
    const first = await world.promoted();
    generation(1);
    const second = await world.promoted();
    generation(2);
    const third = await world.promoted();
    expect(namesOf(second).toSorted()).toEqual([...policiesOf(first), ...policiesOf(second)].toSorted());
    expect(namesOf(third).toSorted()).toEqual([...policiesOf(second), ...policiesOf(third)].toSorted());
  });

  test("takes the place of the one that was open, which is said on record with who did it", async () => {
    const first = await world.propose();
    const { id } = await world.propose();
    expect(actions()).toEqual(["proposed", "withdrawn", "proposed"]);
    expect(bodyOf(world.log.of("release")[1])).toMatchObject({
      proposal: first.id,
      operator: signed.operator,
    });
    expect(world.releases.list().map(({ state }) => state)).toEqual(
      expect.arrayContaining(["open", "withdrawn"]),
    );
    world = await world.restart();
    expect([first.id, id].map((one) => world.releases.show(one)["state"])).toEqual(["withdrawn", "open"]);
  });

  test("is on record with what is proposed, until when, and what it rests on", async () => {
    const { id } = await world.propose();
    const proposal = world.releases.proposal(id);
    const { manifest, deployment, diff, notAfterMs, readiness } = proposal;
    expect(notAfterMs).toBe(world.clock.nowMs() + 7 * 24 * 3_600_000);
    const { draft } = world.log.of("release")[0] ?? expect.unreachable();
    expect(draft).toEqual({
      type: "release",
      agent: world.registered.agent.ref,
      body: {
        action: "proposed",
        proposal: id,
        ...Object.fromEntries(["release", "deployment"].map((name) => [name, world.releases.show(id)[name]])),
        profile: expect.any(String),
        readiness,
        operator: signed.operator,
        not_after: notAfterMs,
      },
      proof: { request: signed.jws },
      content: { manifest, deployment, diff },
    });
  });

  test("names its author by her name, or by her reference where she has none", async () => {
    const nameless = await releaseWorld({ ...kept, other: { operatorName: () => undefined } });
    const names = [];
    for (const { releases } of [world, nameless])
      names.push((await releases.propose(stated, signed))["author"]);
    expect(names).toEqual(["Olga", signed.operator]);
  });
});

describe("what the four are shown", () => {
  test("is which agent it is and whose, where it would run, and what is signed by name and by digest", async () => {
    const { id } = await world.propose();
    const { release, deployment } = world.releases.show(id);
    const wanted = {
      Agent: "refunds, tier T2",
      Purpose: "pays back",
      "Owner and deputy": "mailto:owner@example.test, mailto:deputy@example.test",
      Environment: "prod at https://gate.example.test",
      Release: release,
      Deployment: deployment,
      "Proposed by": "Olga",
      Profile: "foundation 1",
    };
    expect(Object.keys(wanted).map((label) => shown(id, label))).toEqual(
      Object.values(wanted).map((value) => [value]),
    );
  });

  test("is what was found: how much passed, what was not established, what blocks, and what was waived", async () => {
    const verdicts = {
      "POL-01": "pass",
      "POL-02": "pass",
      "TSC-05": "not_established",
      "TSC-06": "fail",
      "TSC-07": "not_established",
    } as const;
    const results = Object.entries(verdicts).map(([control, verdict]) => result(control, verdict));
    world.blocking = ["REL-01", "TSC-06"];
    world.waivedUntil = world.clock.nowMs() + 3_600_000;
    world.foundAs = (found) => ({ ...found, results });
    const { id } = await world.propose();
    expect(shown(id, "Readiness")).toEqual(["not ready"]);
    expect(shown(id, "Controls passed")).toEqual(["2"]);
    expect(shown(id, "Not established")).toEqual(["TSC-05, TSC-07"]);
    expect(shown(id, "Blocking")).toEqual(["TSC-06"]);
    expect(shown(id, "Waived")).toEqual(["TSC-05"]);
  });

  test("is that nothing blocks, is waived or not established, where that is so", async () => {
    const { id } = await world.propose();
    expect(shown(id, "Readiness")).toEqual(["ready, but for the signatures"]);
    for (const label of ["Blocking", "Waived", "Not established"]) expect(shown(id, label)).toEqual(["none"]);
    expect(shown(id, "Declared, not enforced: model")).toEqual(["none"]);
  });

  test("is each difference, and that there is none where there is none", async () => {
    await world.promoted();
    const same = await world.propose();
    expect(shown(same.id, "Difference")).toEqual(["none"]);
    world.change((of) => {
      of.agent = { ...of.agent, purpose: "pays out" };
      of.server = { ...of.server, tools: of.server.tools.slice(1) };
    });
    const { id } = await world.propose();
    expect(shown(id, "Difference")).toEqual([]);
    const rows = rowsOf(world.releases.proposal(id)).filter(({ label }) => label.includes(": "));
    expect(rows.map(({ label }) => label)).toEqual([
      "Declared, not enforced: model",
      "agent: changed",
      "tools: removed",
    ]);
    expect(rows[2]?.value).toMatch(/^payments\/tool\/refund: \{.*\} -> nothing$/);
  });

  test("is a policy by its digest where it has no name", async () => {
    const { id } = await world.propose();
    const { policyNames: _, ...unnamed } = world.releases.proposal(id);
    const [digest = ""] = unnamed.manifest.policies;
    const row = rowsOf(unnamed).find(({ label }) => label === "policies: added");
    expect(row?.value).toBe(`${digest}: nothing -> "${digest}"`);
  });

  test("is over by the millisecond its time is, for a reader of the list as well", async () => {
    const { handle } = await world.propose();
    const state = () => world.releases.list()[0]?.["state"];
    world.clock.advance(7 * 24 * 3_600_000 - 1);
    expect([state(), world.releases.describe(handle)?.state]).toEqual(["open", "open"]);
    expect(world.releases.list()[0]).toHaveProperty("url");
    world.clock.advance(1);
    expect([state(), world.releases.describe(handle)?.state]).toEqual(["expired", "expired"]);
    expect(world.releases.list()[0]).not.toHaveProperty("url");
  });

  test("is the evaluation on which it came into force, once it did", async () => {
    const { id, handle } = await world.propose();
    await world.signAll(handle);
    expect(world.releases.show(id)).not.toHaveProperty("promoted_on");
    await world.releases.promote(id, signed);
    expect(world.releases.show(id)).toMatchObject({ promoted_on: world.keptOf.at(-1) });
    expect(world.releases.describe(handle)).toEqual({ state: "active" });
  });
});
