import type { ServerResponse } from "node:http";

const documentPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "worker-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

// The worker runs the policy engine, which is WebAssembly; nothing but the worker may compile code.
const workerPolicy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "connect-src 'self'",
  "frame-ancestors 'none'",
].join("; ");

const dataPolicy = "default-src 'none'; frame-ancestors 'none'";

/** What an answer is, as far as its security headers go. */
export type AnswerKind = "document" | "worker" | "data";

const policies: Readonly<Record<AnswerKind, string>> = {
  document: documentPolicy,
  worker: workerPolicy,
  data: dataPolicy,
};

/** Sets the headers every answer of the pages has. To be called before the answer is begun. */
export function setPageHeaders(response: ServerResponse, kind: AnswerKind): void {
  response.setHeader("content-security-policy", policies[kind]);
  response.setHeader("cross-origin-opener-policy", "same-origin");
  response.setHeader("cross-origin-resource-policy", "same-origin");
  response.setHeader("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()");
  response.setHeader("referrer-policy", "same-origin");
  response.setHeader("x-content-type-options", "nosniff");
}
