import type { LoadLevel } from "@narrowgate/contracts";
import type { JsonObject } from "@narrowgate/kernel";
import type { Sandbox, SandboxPlan } from "../stage/sandbox.ts";
import type { Upstreams } from "../stage/upstreams.ts";
import type { Agent } from "../wire/agent.ts";
import type { Tally } from "./tally.ts";

/** What a drill works with. */
export interface Context {
  readonly sandbox: Sandbox;
  readonly upstreams: Upstreams;
  readonly tally: Tally;
  readonly load: LoadLevel;
  /** A number in [0, 1), the same sequence for the same seed. */
  readonly random: () => number;
  /** Aborted when the drill is stopped. */
  readonly signal: AbortSignal;
  /** An agent of the scene, the same for the same name. */
  agent(id: string): Promise<Agent>;
  /** Another sandbox, closed when the drill ends. */
  another(more?: Partial<Pick<SandboxPlan, "environment" | "bare" | "gateProfile">>): Promise<Sandbox>;
  /** The offline verifier's own program with its arguments. */
  readonly verifier: readonly string[];
}

/** One attack or fault: what is tried, and what has to happen. */
export interface Drill {
  /** As in the catalogue. */
  readonly id: string;
  readonly name: string;
  /** What is tried, in which way: plain data, named by its digest in the result. */
  readonly scenario: JsonObject;
  /** The safe outcome, as this program holds it. */
  readonly expected: string;
  /** Parts that are simulated, a sentence each. */
  readonly simulated?: readonly string[];
  /** Why it cannot run in this version. */
  readonly absent?: string;
  /** Whether it breaks its sandbox, and needs one of its own. */
  readonly alone?: boolean;
  run(context: Context): Promise<void>;
}

/** A drill of the catalogue whose subject does not exist in this version: it says so, and is never left out. */
export function absentDrill(id: string, name: string, absent: string): Drill {
  return {
    id,
    name,
    absent,
    scenario: { v: 1, absent },
    expected: "this version cannot be drilled on it",
    run: async ({ tally }) => void tally.needs(false, absent),
  };
}
