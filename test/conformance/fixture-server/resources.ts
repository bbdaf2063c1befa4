import type { ReadResourceResult, Resource, ResourceTemplate } from "@modelcontextprotocol/sdk/types.js";
import { PNG } from "./samples.ts";

/** What the URIs of all resources begin with. */
export const FAMILY = "test://";

const TEMPLATED = /^test:\/\/template\/([^/]+)\/data$/;

/** The resources the suite reads and watches. */
export const RESOURCES: readonly Resource[] = [
  { uri: "test://static-text", name: "text", description: "a text", mimeType: "text/plain" },
  { uri: "test://static-binary", name: "binary", description: "a picture", mimeType: "image/png" },
  { uri: "test://watched-resource", name: "watched", description: "to be watched", mimeType: "text/plain" },
];

/** The family of resources the suite reads one of. */
export const TEMPLATES: readonly ResourceTemplate[] = [
  {
    uriTemplate: "test://template/{id}/data",
    name: "data",
    description: "data by its id",
    mimeType: "application/json",
  },
];

/** @returns what stands at a URI, or undefined when there is nothing */
export function readResource(uri: string): ReadResourceResult["contents"][number] | undefined {
  const id = TEMPLATED.exec(uri)?.[1];
  if (id !== undefined) return { uri, mimeType: "application/json", text: JSON.stringify({ id }) };
  const mimeType = RESOURCES.find((resource) => resource.uri === uri)?.mimeType;
  if (mimeType === undefined) return undefined;
  return mimeType === "image/png" ? { uri, mimeType, blob: PNG } : { uri, mimeType, text: "a text" };
}
