import type { DrillEvent } from "@narrowgate/contracts";

/** What the driver says while it works. */
export type DriverEvent = DrillEvent;

/** Told of each event. */
export type Tell = (event: DriverEvent) => void;
