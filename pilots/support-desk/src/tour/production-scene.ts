import type { DeskWork, Work } from "./desk-work.ts";
import type { TourEnvironment } from "./environment.ts";
import type { OwnInstance } from "./own-instance.ts";
import type { Rehearsal } from "./rehearsal.ts";
import type { Signers } from "./release-signers.ts";
import type { Workshop } from "./workshop.ts";

/** The agent that is to go to production; it hands single lookups on to another. */
export const AGENT = "desk-triage";

/** What was done under a release, and which release that was. */
export interface Signed extends Work {
  /** Id of the proposal. */
  readonly release: string;
}

/** What the chapters on production stand on. */
export interface ProductionScene extends DeskWork {
  readonly production: OwnInstance;
  readonly env: TourEnvironment;
  readonly signers: Signers;
  readonly workshop: Workshop;
  /** The registry file as it is good. */
  readonly registry: string;
  /** Where the release is tested. */
  readonly rehearsal: Rehearsal;
}

/** How its CLI commands are written for somebody who wants to look. */
export function command(env: TourEnvironment, rest: string): string {
  return `npm run -s narrowgate -- ${rest} --data ${env.dataDirectory}`;
}
