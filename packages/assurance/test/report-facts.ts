import type { Evaluation, ReadinessFacts } from "@narrowgate/contracts";
import { sha256 } from "@narrowgate/kernel";
import { catalogue } from "../src/catalogue/catalogue.ts";
import { controls } from "../src/controls/all.ts";
import { evaluate } from "../src/fold/evaluate.ts";
import type { World } from "../src/fold/world.ts";
import { type Fixture, fixture, foldFixture } from "../src/self-test/fixture.ts";

/** The facts of a report over a log that ships with the controls. */
export function factsOf(
  told: Fixture = fixture(),
  more: Partial<ReadinessFacts> = {},
  evaluation: Evaluation = evaluationOf(told),
): ReadinessFacts {
  const { world } = told;
  const { id, tier, state, expires = 0 } = world.agent;
  return {
    format: "narrowgate-readiness/1",
    instance: "https://gate.example",
    environment: world.environment,
    entry: "ZXZhbHVhdGlvbi0wMDAwMQ",
    evaluation,
    profile: world.profile,
    agent: {
      id,
      tier,
      state,
      expires: Math.floor(expires),
      owner: "ona",
      deputy: "dev",
      purpose: "answers <tickets>",
    },
    granted: world.manifest.tools.map(({ server, kind, name, effect, dataClass }) => ({
      server,
      kind,
      name,
      effect,
      dataClass,
    })),
    work: workOf(world),
    drills: world.drills,
    ...more,
  };
}

/** What all controls say of a fixture. */
export function evaluationOf(told: Fixture): Evaluation {
  return evaluate(foldFixture(controls, told), catalogue, told.world, sha256);
}

function workOf({ window }: World): ReadinessFacts["work"] {
  return {
    ...window,
    closed: 50,
    completed: 40,
    sensitive: 10,
    verified: 26,
    unverified: 0,
    calls: 200,
    ok: 190,
    refused: 12,
    asked: 10,
    approved: 9,
    declined: 1,
    waited_ms: 1_200_000,
    opened: 200,
    used: [
      { name: "files/tool/read_text", calls: 150, last: window.to - 5000 },
      { name: "files/tool/gone", calls: 1, last: window.to - 9000 },
    ],
  };
}
