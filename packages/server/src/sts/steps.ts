import { isRefusal, type Refusal } from "./outcome.ts";

/** One step of the token endpoint: takes the stage before, gives the next stage or refuses. */
export type Step<In extends object, Out extends object, Ports> = (
  stage: In,
  ports: Ports,
) => Promise<Out | Refusal> | Out | Refusal;

/** What a list of steps came to. `at` names the step that refused, and `reached` the stage it was given. */
export type StepsOutcome<Out> =
  | { readonly kind: "done"; readonly stage: Out }
  | { readonly kind: "refused"; readonly refusal: Refusal; readonly at: string; readonly reached: object };

/**
 * A list of typed steps. A step cannot stand before the one whose output it needs: the types do not fit.
 * The order of the list is the order of checks. @see architecture section 4 "A token"
 */
export interface Steps<In extends object, Out extends object, Ports> {
  readonly names: readonly string[];
  step<Next extends object>(name: string, step: Step<Out, Next, Ports>): Steps<In, Next, Ports>;
  run(input: In, ports: Ports): Promise<StepsOutcome<Out>>;
}

function chain<In extends object, Out extends object, Ports>(
  names: readonly string[],
  run: (input: In, ports: Ports) => Promise<StepsOutcome<Out>>,
): Steps<In, Out, Ports> {
  return {
    names,
    run,
    step: (name, step) =>
      chain([...names, name], async (input: In, ports: Ports) => {
        const before = await run(input, ports);
        if (before.kind === "refused") return before;
        const next = await step(before.stage, ports);
        return isRefusal(next)
          ? { kind: "refused", refusal: next, at: name, reached: before.stage }
          : { kind: "done", stage: next };
      }),
  };
}

/** The empty list: its stage is its input. */
export function steps<In extends object, Ports>(): Steps<In, In, Ports> {
  return chain([], (input) => Promise.resolve({ kind: "done", stage: input }));
}
