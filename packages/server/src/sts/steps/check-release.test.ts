import { beforeEach, describe, expect, it } from "vitest";
import {
  type Caller,
  enrolled,
  given,
  ISSUER,
  issued,
  parsed,
  stepWorld,
} from "../../../test/sts/step-world.ts";
import { isRefusal } from "../outcome.ts";
import type { ReleasePort, StsPorts } from "../ports.ts";
import type { Sourced } from "../stages.ts";
import { checkDelegation } from "./check-delegation.ts";
import { checkRelease } from "./check-release.ts";
import { agentUrl } from "./check-target.ts";
import { loadSubjectToken } from "./load-subject-token.ts";
import { TOKEN_TYPES } from "./parse-request.ts";

type InForce = ReturnType<ReleasePort["inForce"]>;

const world = stepWorld();
const released = (deployment: string): InForce => ({
  kind: "released",
  deployment,
  pair: [`release:${deployment}`, 0],
});
const drifted: InForce = { kind: "refused", code: "release_drifted", why: "not as it was signed: ceiling" };

let first: Caller;
let second: Caller;
let inForce: Record<string, InForce>;
let ports: StsPorts;
/** Whose break-glass `glass` is. */
let letThrough: string;
beforeEach(() => {
  first = enrolled(world, "first", { delegates: ["second"] });
  second = enrolled(world, "second");
  inForce = { first: released("a"), second: released("b") };
  letThrough = "second";
  ports = {
    ...world.ports,
    releases: {
      inForce: ({ id }) => inForce[id] ?? drifted,
      isGlassOf: ({ id }, deployment) => id === letThrough && deployment === "glass",
    },
  };
});

/** The second agent has taken up what the first handed on under its release. */
async function takenUp(release = "a"): Promise<Sourced> {
  const made = issued(world, given(world, "first"), first, { aud: agentUrl(ISSUER, "second") });
  const token = { ...made, ng: { ...made.ng, release } };
  world.tokens.set(token.jti, token);
  const request = {
    subject_token: token.jti,
    subject_token_type: TOKEN_TYPES.accessToken,
    actor_token: "assertion",
    actor_token_type: TOKEN_TYPES.jwt,
    client_assertion: "assertion",
  };
  const loaded = await loadSubjectToken({ ...parsed(request), ...second }, ports);
  const stage = isRefusal(loaded) ? loaded : await checkDelegation(loaded, ports);
  if (isRefusal(stage)) throw new TypeError(stage.code);
  return stage;
}

describe("where releases are asked for, a token that is cut from what was handed on", () => {
  it("names the release of who asks", async () => {
    expect(checkRelease(await takenUp(), ports)).toMatchObject({ release: { deployment: "b" } });
  });

  it("is refused to an agent without one of its own", async () => {
    inForce["second"] = drifted;
    expect(checkRelease(await takenUp(), ports)).toMatchObject({ code: "release_drifted" });
  });

  it("is refused once its holder is not what the four signed, or runs under another release", async () => {
    const stage = await takenUp();
    inForce["first"] = drifted;
    expect(checkRelease(stage, ports)).toMatchObject({ code: "release_drifted" });
    inForce["first"] = released("c");
    expect(checkRelease(stage, ports)).toMatchObject({ code: "release_required" });
  });
});

describe("a token that inherits from a break-glass of who asks", () => {
  /** The second agent goes on with a token of its own, cut under what lets it through. */
  async function goneOn(): Promise<Sourced> {
    const stage = await takenUp();
    const { source } = stage;
    return { ...stage, source: { ...source, mode: "continuation", epochs: [["release:glass", 0]] } };
  }

  it("goes on while the break-glass is what lets it through", async () => {
    inForce["second"] = released("glass");
    expect(checkRelease(await goneOn(), ports)).toMatchObject({ release: { deployment: "glass" } });
  });

  it("is refused once a release stands again: it would end with the break-glass, and name the release", async () => {
    expect(checkRelease(await goneOn(), ports)).toMatchObject({ code: "invalid_grant" });
  });

  it("goes on where the break-glass was another agent's", async () => {
    letThrough = "first";
    expect(checkRelease(await goneOn(), ports)).toMatchObject({ release: { deployment: "b" } });
  });
});

it("where none is asked for, nothing is looked up", async () => {
  const stage = await takenUp();
  expect(checkRelease(stage, world.ports)).toBe(stage);
});
