import type { DrillsNow } from "@narrowgate/contracts";
import { useEffect, useState } from "react";
import { drillsNow } from "./assurance.ts";

/** How often is asked, in milliseconds: while drills run, and to see whether any do. */
const EVERY_MS = { running: 1_000, idle: 3_000 } as const;

function pauseAfter(now: DrillsNow | undefined): number {
  const state = now?.run?.state;
  return state === "running" || state === "stopping" ? EVERY_MS.running : EVERY_MS.idle;
}

/** Nothing is asked while nobody looks, nor told when it could not be asked. */
async function asked(signal: AbortSignal): Promise<DrillsNow | undefined> {
  if (document.hidden) return undefined;
  const outcome = await drillsNow(signal);
  return outcome.kind === "ok" ? outcome.value : undefined;
}

/** How drills stand, asked again and again while the page is looked at; undefined until it is known. */
export function useDrillsNow(): DrillsNow | undefined {
  const [now, setNow] = useState<DrillsNow>();
  useEffect(() => {
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async (): Promise<void> => {
      const found = await asked(abort.signal);
      if (abort.signal.aborted) return;
      if (found !== undefined) setNow(found);
      timer = setTimeout(() => void ask(), pauseAfter(found));
    };
    void ask();
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, []);
  return now;
}
