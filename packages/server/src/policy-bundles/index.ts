export { createShadow, type Shadow, type ShadowStatus } from "./shadow.ts";
