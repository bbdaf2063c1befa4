import { cast } from "./cast.ts";
import { type ControlFixtures, inWorld, withBody } from "./fixture-edits.ts";
import { releaseBody } from "./normal-life.ts";
import { digestFor } from "./story.ts";

/** REL: what is released, and how to go back. */
export const releases: { readonly [control: string]: ControlFixtures } = {
  "REL-01": {
    fails: withBody("signed pam", { person: cast.signers.iam, credential: digestFor("passkey iam") }),
  },
  "REL-02": {
    fails: inWorld((world) => ({
      ...world,
      drills: world.drills.map((one) => ({
        ...one,
        result: { ...one.result, verdict: "fail", failures: 1 },
      })),
    })),
  },
  "REL-03": {
    fails: inWorld((world) => ({
      ...world,
      waivers: [
        {
          format: "narrowgate-waiver/1",
          id: cast.proposal,
          control: "DEL-01",
          agent: "triage",
          owner: "owner",
          reason: "in a hurry",
          compensating: "DEL-02",
          from: world.at - 1,
          until: world.at + 1000,
        },
      ],
    })),
  },
  "REL-04": { fails: inWorld((world) => ({ ...world, deployment: digestFor("rebound workload") })) },
  "REL-05": {
    fails: {
      more: (story) => {
        const agent = cast.agent;
        const operator = cast.operator;
        const deployment = digestFor("second deployment");
        const second = { ...releaseBody, deployment, operator };
        story.tell("second", { type: "release", agent, body: { ...second, action: "activated" } });
        story.tell("left", { type: "release", agent, body: { ...second, action: "deactivated" } });
        story.tell("back", {
          type: "release",
          agent,
          body: { ...releaseBody, operator, action: "activated" },
        });
      },
    },
  },
  "REL-06": {
    fails: inWorld((world) => ({ ...world, selfTest: { controls: 49, wrong: ["DEL-01 stayed green"] } })),
  },
};
