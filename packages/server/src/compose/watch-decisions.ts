import type { Clock, JsonObject } from "@narrowgate/kernel";
import type { CallDecider, CallVerdict } from "../decisions/index.ts";
import { createShadow, type Shadow, type ShadowStatus } from "../policy-bundles/index.ts";
import type { StsPorts } from "../sts/index.ts";

type Facts = Pick<CallVerdict, "verdict" | "code" | "policies" | "requires" | "inputs">;

/** Long enough that an answer is on its way before a candidate is asked; nothing waits for it. */
const LATER_MS = 50;

/** The shadow of this process. */
export function openShadow(clock: Clock): Shadow {
  return createShadow({ clock, later: (run) => void setTimeout(run, LATER_MS).unref() });
}

function note(shadow: Shadow, clock: Clock, txn: string, facts: Facts): void {
  const atMs = clock.nowMs();
  shadow.offer(() => {
    const { verdict, code, policies, requires = [], inputs } = facts;
    return { txn, atMs, verdict, ...(code === undefined ? {} : { code }), policies, requires, inputs };
  });
}

/** The same decider; a candidate hears of each decision once it was made. */
export function watchCalls(shadow: Shadow, clock: Clock, decider: CallDecider): CallDecider {
  return {
    ...decider,
    decide(question) {
      const verdict = decider.decide(question);
      note(shadow, clock, question.claims.txn, verdict);
      return verdict;
    },
  };
}

/** The same for tokens. */
export function watchMints<T extends Pick<StsPorts, "decideMint">>(
  shadow: Shadow,
  clock: Clock,
  ports: T,
): T {
  return {
    ...ports,
    decideMint(...asked: Parameters<T["decideMint"]>) {
      const [facts] = asked;
      const verdict = ports.decideMint(facts);
      note(shadow, clock, facts.mandate.txn, verdict);
      return verdict;
    },
  };
}

/** A status as the admin API gives it. */
export function shadowJson(status: ShadowStatus): JsonObject {
  if (status.state === "off") return { state: "off" };
  const { digest, sinceMs, counts, dropped, waiting, samples } = status;
  return {
    state: "on",
    digest,
    since_ms: sinceMs,
    counts: { ...counts },
    dropped,
    waiting,
    samples: samples.map(({ txn, atMs, before, after }) => ({
      txn,
      at_ms: atMs,
      before: { ...before },
      after: { ...after },
    })),
  };
}
