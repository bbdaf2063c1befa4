/** Strict readers for whoever states a shape of its own: an unknown member, type or range is refused with its place. */
export {
  digest,
  flag,
  id,
  id16,
  integer,
  jsonObject,
  listOf,
  literal,
  oneOf,
  refuseInput,
  sortedSetOf,
  text,
} from "./readers.ts";
export { type OptionalReader, optional, type Reader, type Shape, shape } from "./shape.ts";
