import { useEffect, useState } from "react";
import { countDrills } from "./assurance.ts";

/** How often the number is asked for, in milliseconds: drills take seconds to minutes each. */
const EVERY_MS = 3_000;

/** How many results of drills there are, asked again and again while the page is looked at; undefined until it is known. */
export function useDrillTotal(): number | undefined {
  const [total, setTotal] = useState<number>();
  useEffect(() => {
    const abort = new AbortController();
    const ask = async (): Promise<void> => {
      if (document.hidden) return;
      const outcome = await countDrills(abort.signal);
      if (outcome.kind === "ok") setTotal(outcome.value);
    };
    const timer = setInterval(() => void ask(), EVERY_MS);
    return () => {
      clearInterval(timer);
      abort.abort();
    };
  }, []);
  return total;
}
