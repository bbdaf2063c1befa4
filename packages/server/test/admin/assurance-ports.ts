import { NarrowgateError } from "@narrowgate/kernel";
import type { AdminPorts } from "../../src/admin/ports.ts";

/** An instance on which nothing was released, drilled or evaluated; a waiver can be asked for. */
export function noAssurance(): Pick<
  AdminPorts,
  "releases" | "packs" | "effects" | "evidencePacks" | "retention" | "readiness" | "drills"
> {
  const missing = (): never => {
    throw new NarrowgateError("not_found", "there is none");
  };
  const later = async (): Promise<never> => missing();
  const waiver = {
    format: "narrowgate-waiver/1",
    id: "DDDDDDDDDDDDDDDDDDDDDD",
    control: "EVD-05",
    agent: "triage",
    owner: "ona",
    reason: "a pilot",
    compensating: "DEL-01",
    from: 1,
    until: 2,
  };
  const parts = { controls: [], drills: [], families: {}, frameworks: [], loads: {}, questions: [] };
  return {
    releases: {
      list: () => [],
      show: missing,
      propose: later,
      promote: later,
      rollBack: later,
      askGlass: later,
      glasses: () => [],
    },
    packs: { tested: later, release: later },
    effects: { of: later },
    evidencePacks: { parts: later, leaves: later },
    retention: { holds: () => [], place: later, end: later, erase: later },
    drills: { build: "build", list: () => [], record: later, report: () => ({ stop: false }), pilot: later },
    readiness: {
      newest: missing,
      evaluate: later,
      catalogue: () => ({ digest: "digest", catalogue: parts }),
      waivers: () => [{ waiver, asked: "operator", state: "asked" }],
      askWaiver: async () => ({ waiver, asked: "operator", state: "asked" }),
      agree: async () => ({ waiver, asked: "operator", state: "agreed" }),
      endWaiver: async () => ({ waiver, asked: "operator", state: "ended" }),
    },
  };
}
