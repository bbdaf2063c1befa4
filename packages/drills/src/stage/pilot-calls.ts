import type { Pilot } from "@narrowgate/contracts";
import { type Agent, tokenOf } from "../wire/agent.ts";
import { isDone, said } from "../wire/http.ts";
import { randomText } from "../wire/key.ts";
import { listAt, objectOf, textAt } from "../wire/reading.ts";
import { argumentsFor } from "./made-arguments.ts";
import type { Sandbox } from "./sandbox.ts";
import { OWN_TARGET, type Target } from "./target.ts";

/** Operations of the pilot that are tried, those first that it was seen using most. */
const MOST_TRIED = 16;
/** People of the entitlement mapping who are tried. */
const MOST_PEOPLE = 8;
/** Somebody of a provider that no sandbox knows: the operator of the sandbox vouches for her. */
const SOMEBODY = "https://people.drill.example#somebody";

/** One tool of the pilot that an honest call goes through to. */
export interface PilotCall {
  readonly target: Target;
  /** Whether calls can be told apart by a mark in their arguments. */
  readonly isMarked: boolean;
  /** Share of the recorded calls, 0 where it was never seen used. */
  readonly weight: number;
}

/** What the pilot can do in a sandbox, as far as this program can make it do anything. */
export interface PilotCalls {
  readonly calls: readonly PilotCall[];
  /** Tools that no honest call went through to, with what was answered. */
  readonly missed: readonly string[];
}

function detailFor(pilot: Pilot, server: string, tool: string): Readonly<Record<string, unknown>> {
  const details = listAt(pilot.agents[0], "ceiling", "authorization_details");
  const found = details.find(
    (one) => textAt(one, "server") === server && listAt(one, "tools").includes(tool),
  );
  return objectOf(found);
}

/** Tools of its ceiling, the ones first that it was seen using most. */
function toolsOf({ manifest, record }: Pilot) {
  const seen = new Map(
    record.used.map(({ server, kind, name, calls }) => [`${server}/${kind}/${name}`, calls]),
  );
  const tools = manifest.tools.filter(({ kind }) => kind === "tool");
  const weighed = tools.map(({ server, name, effect }) => ({
    server,
    name,
    effect,
    weight: seen.get(`${server}/tool/${name}`) ?? 0,
  }));
  return weighed.sort((a, b) => b.weight - a.weight).slice(0, MOST_TRIED);
}

function targetOf(pilot: Pilot, server: string, tool: string, subject: string): Target {
  const detail = detailFor(pilot, server, tool);
  const known = pilot.definitions.find(
    (one) => one.kind === "tool" && one.server === server && one.name === tool,
  );
  const schema = known?.definition["inputSchema"];
  return {
    agent: pilot.agent,
    isPilot: true,
    server,
    tool,
    detail,
    args: (mark) => argumentsFor(schema, detail["constraints"], mark),
    mandate: (sandbox) => sandbox.mandate(pilot.agent, { subject }),
  };
}

async function honest(sandbox: Sandbox, agent: Agent, target: Target): Promise<string> {
  const minted = await agent.mint(target.server, { mandate: await target.mandate(sandbox) });
  const token = tokenOf(minted);
  if (token === "") return `no token: ${said(minted)}`;
  const { server, tool } = target;
  const answer = await agent.call({ server, tool, args: target.args(`drill-${randomText()}`), token });
  return isDone(answer) ? "" : said(answer);
}

/** For whom the pilot is tried: people that the entitlements name, one that nobody knows, and itself. */
function subjectsOf({ agent, entitlements = [] }: Pilot): readonly string[] {
  const named = entitlements.map((rule) => textAt(rule, "subject")).filter((subject) => subject !== "");
  return [...new Set(named)].slice(0, MOST_PEOPLE).concat(SOMEBODY, `agent:${agent}`);
}

/** Makes the pilot call each of its tools once, for people and for itself. What waits for people is not gone through to. */
export async function pilotCalls(sandbox: Sandbox, pilot: Pilot): Promise<PilotCalls> {
  const [calls, missed]: [PilotCall[], string[]] = [[], []];
  for (const { server, name, weight } of toolsOf(pilot)) {
    let why = "";
    for (const subject of subjectsOf(pilot)) {
      const target = targetOf(pilot, server, name, subject);
      // Each in a copy of its own: what one reads must not keep another from sending.
      why = await honest(sandbox, await sandbox.join(pilot.agent), target).catch(String);
      if (why !== "") continue;
      const isMarked = JSON.stringify(target.args("a-mark-of-ours")).includes("a-mark-of-ours");
      calls.push({ target, isMarked, weight });
      break;
    }
    if (why !== "") missed.push(`${server}/${name}: ${why}`);
  }
  return { calls, missed };
}

/** Whom drills attack: the pilot by a call of its that can be told from others, or the driver's own agent. */
export function chooseTarget({ calls }: PilotCalls): Target {
  return calls.find(({ isMarked }) => isMarked)?.target ?? OWN_TARGET;
}
