import { readFile } from "node:fs/promises";
import type { RequestListener } from "node:http";
import { createApprovalPage } from "../approvals/index.ts";
import { createGlassPage, createReleasePage } from "../assurance/releases/index.ts";
import { createPeoplePages } from "../people/index.ts";
import { errorAnswer, sendJson } from "../platform/http/json-answer.ts";
import { type Listening, listenTcp } from "../platform/http/listen.ts";
import type { Instance } from "./instance.ts";
import type { Report } from "./report.ts";

/** A room's part of the approval origin. */
export interface ApprovalMount {
  /** Whether a path (without query) is its own. */
  owns(path: string): boolean;
  /** Answers one request, and checks Host and Origin itself. Never throws. */
  readonly handle: RequestListener;
}

function peopleMount(instance: Instance, report: Report): readonly ApprovalMount[] {
  const { people, clock, config } = instance;
  if (config.approvals === undefined) return [];
  const onFault = (cause: unknown): void =>
    report({ kind: "people", detail: "a page for people failed", cause });
  return [createPeoplePages({ people, clock, party: config.approvals, report: onFault })];
}

function releaseMount({ releases, clock, config }: Instance, report: Report): readonly ApprovalMount[] {
  if (config.approvals === undefined) return [];
  const { origin } = config.approvals;
  const onFault = (cause: unknown): void =>
    report({ kind: "releases", detail: "a page of a release failed", cause });
  const ports = { releases, clock, origin, report: onFault };
  return [createReleasePage(ports), createGlassPage(ports)];
}

function approvalMount({ approvals, clock, config }: Instance, report: Report): readonly ApprovalMount[] {
  if (approvals === undefined || config.approvals === undefined) return [];
  const { origin } = config.approvals;
  const onFault = (cause: unknown): void =>
    report({ kind: "approvals", detail: "a page of approval failed", cause });
  return [createApprovalPage({ approvals, clock, origin, report: onFault })];
}

/**
 * Starts the listener of the approval origin, where one is configured: the pages on which people make passkeys, and
 * whatever else is mounted. Nothing but them is served there.
 * @throws `address_taken`, `conflict`
 */
export async function listenApprovals(
  instance: Instance,
  report: Report,
  more: readonly ApprovalMount[] = [],
): Promise<Listening | undefined> {
  const { approvals, tls } = instance.config;
  if (approvals === undefined) return undefined;
  const mounts = [
    ...peopleMount(instance, report),
    ...approvalMount(instance, report),
    ...releaseMount(instance, report),
    ...more,
  ];
  const isTls = tls !== undefined && approvals.origin.startsWith("https:");
  const material = isTls
    ? { tls: { cert: await readFile(tls.certificateFile), key: await readFile(tls.keyFile) } }
    : {};
  const listener: RequestListener = (request, response) => {
    const [path = "/"] = (request.url ?? "/").split("?", 1);
    const mount = mounts.find(({ owns }) => owns(path));
    if (mount === undefined) sendJson(response, errorAnswer("not_found"));
    else mount.handle(request, response);
  };
  return listenTcp(listener, { ...approvals.listen, ...material }).catch((cause: unknown) => {
    if (!approvals.isAssumed) throw cause;
    // Nobody asked for this place: the gate goes on, and what needs an approval waits in vain.
    report({ kind: "approvals", detail: `nobody can approve: ${approvals.origin} is taken`, cause });
    return undefined;
  });
}
