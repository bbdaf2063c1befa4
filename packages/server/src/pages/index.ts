export type { AssurancePorts, ReleasesOfPages } from "./assurance-ports.ts";
export type { HousePorts } from "./house-ports.ts";
export { createPages, type Pages } from "./pages.ts";
export type { PoliciesPorts } from "./policies-ports.ts";
export type { Disclosure, PagesPorts, ReadRange, Viewer } from "./ports.ts";
export { type RollPorts, rollPage } from "./roll-ports.ts";
export { type DisclosedLeaf, summariseTransaction } from "./summarise-transaction.ts";
export { createViewerCodes, VIEWER_CODE_LIFE_MS, type ViewerCode, type ViewerCodes } from "./viewer-codes.ts";
export { SESSION_LIFE_MS } from "./viewer-sessions.ts";
