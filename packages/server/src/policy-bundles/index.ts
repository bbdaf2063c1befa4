export {
  type LiftedOverlay,
  OVERLAY_ROOM,
  type Overlays,
  openOverlays,
  type PutOverlay,
  type WantedOverlay,
} from "./overlays.ts";
export { createShadow, type Shadow, type ShadowStatus } from "./shadow.ts";
export { createPublication, type Publication, type Publisher } from "./two-people.ts";
