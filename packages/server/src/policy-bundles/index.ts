export { createShadow, type Shadow, type ShadowStatus } from "./shadow.ts";
export { createPublication, type Publication, type Publisher } from "./two-people.ts";
