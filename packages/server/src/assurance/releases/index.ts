export { buildDeployment, type DeploymentSource } from "./build-deployment.ts";
export { buildManifest, type ManifestSource, objectWithoutIssuer } from "./build-manifest.ts";
export type { InForce, ReleaseReader } from "./in-force.ts";
export { createGlassPage } from "./page/glass-page.ts";
export { createReleasePage } from "./page/release-page.ts";
export type { RecordedEvaluation, ReleasePorts, TestedElsewhere } from "./ports.ts";
export { openReleases, type Releases } from "./releases.ts";
