import type { LoadLevel } from "@narrowgate/contracts";
import type { JsonObject } from "@narrowgate/kernel";
import type { Sandbox, SandboxPlan } from "../stage/sandbox.ts";
import type { Target } from "../stage/target.ts";
import type { Upstreams } from "../stage/upstreams.ts";
import type { Agent } from "../wire/agent.ts";
import type { Tally } from "./tally.ts";

/** What a drill works with. */
export interface Context {
  readonly sandbox: Sandbox;
  readonly upstreams: Upstreams;
  readonly tally: Tally;
  readonly load: LoadLevel;
  /** Whom a drill of the kind `aims` attacks. */
  readonly target: Target;
  /** Whether the driver's own agents can work there: the policies of a pilot may forbid it to everybody. */
  readonly ownCanWork: boolean;
  /** Trials that are demanded at least; 0 where nobody demands a number. */
  readonly trials: number;
  /** How long a soak takes. */
  readonly minutes: number;
  /** A number in [0, 1), the same sequence for the same seed. */
  readonly random: () => number;
  /** Aborted when the drill is stopped. */
  readonly signal: AbortSignal;
  /** An agent of the scene, the same for the same name. */
  agent(id: string): Promise<Agent>;
  /** Another sandbox, closed when the drill ends. @param more - `carries`: the pilot too, where there is one */
  another(
    more?: Partial<Pick<SandboxPlan, "environment" | "bare" | "gateProfile">> & {
      readonly carries?: boolean;
    },
  ): Promise<Sandbox>;
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
  /** Attacks {@link Context.target}: the pilot itself, where one is carried. */
  readonly aims?: boolean;
  /**
   * Needs a house in which no policies stand but the driver's: it pays and sends, or changes who may have what done. With a
   * pilot it runs apart from it, and its result names no release.
   */
  readonly apart?: boolean;
  /** Leaves so much behind that it gets a sandbox that nobody used before and nobody uses after it. */
  readonly alone?: boolean;
  /** Runs under this profile alone, for it takes hours. */
  readonly profile?: "scale";
  run(context: Context): Promise<void>;
}

/** How many rounds give the demanded trials. @param usual - without a demand. @param each - trials of a round */
export function roundsFor({ trials }: Pick<Context, "trials">, usual: number, each: number): number {
  return Math.max(usual, Math.ceil(trials / each));
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
