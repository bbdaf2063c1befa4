import { readFile } from "node:fs/promises";
import type { RequestListener } from "node:http";
import { join } from "node:path";
import { createAdminApi } from "../admin/admin-api.ts";
import { createLiveRuns } from "../assurance/drills/index.ts";
import { createEnrolEndpoint } from "../attestation/index.ts";
import type { Consents } from "../consent/index.ts";
import { answerPublicLog } from "../evidence/public-log.ts";
import { createViewerCodes, type Pages } from "../pages/index.ts";
import { type Listening, listenTcp, listenUnix } from "../platform/http/listen.ts";
import { adminPorts } from "./admin-ports.ts";
import { listenApprovals } from "./approval-origin.ts";
import { openAuthzen } from "./authzen.ts";
import { ciRoutes } from "./ci-gate.ts";
import type { Instance } from "./instance.ts";
import { mandateRoutes } from "./mandate-routes.ts";
import { openPages } from "./open-pages.ts";
import { openSignIn } from "./open-sign-in.ts";
import { type PublicRoute, publicFront, type RawRoute } from "./public-front.ts";
import { publicGuard } from "./public-guard.ts";
import type { Report } from "./report.ts";
import { serveConsents } from "./serve-consents.ts";
import { serveTelemetry } from "./serve-telemetry.ts";
import { tokenRoutes } from "./token-routes.ts";

/** An instance that listens. */
export interface Served {
  readonly port: number;
  readonly adminSocket: string;
  close(): Promise<void>;
}

function enrolRoute(instance: Instance): PublicRoute {
  const endpoint = createEnrolEndpoint({
    issuer: instance.config.baseUrl,
    proofs: instance.sts.proofs,
    enrol: (request) => instance.attestation.enrol(request),
  });
  return { method: "POST", path: "/enrol", answer: ({ body, dpop }) => endpoint.handle({ body, dpop }) };
}

function rawRoutes({ gateway, evidence }: Instance, report: Report): readonly RawRoute[] {
  const gate = { handle: gateway.handle.bind(gateway) };
  const logPrefix = `/log/${evidence.identity.writerId}/`;
  return [
    { prefix: "/mcp/", isGuarded: true, ...gate },
    { prefix: "/.well-known/oauth-protected-resource", ...gate },
    {
      prefix: logPrefix,
      handle(req, res) {
        const path = (req.url ?? "").split("?", 1)[0] ?? "";
        answerPublicLog(evidence, path.slice(logPrefix.length))
          .then(({ status, headers, body }) => res.writeHead(status, headers).end(body))
          .catch((cause: unknown) => {
            report({ kind: "log", detail: "a public read failed", cause });
            res.writeHead(503).end();
          });
      },
    },
  ];
}

async function listenPublic(
  instance: Instance,
  sites: readonly Pick<Pages, "owns" | "handle">[],
  consents: Consents | undefined,
  report: Report,
): Promise<Listening> {
  const { config, sts, mandates, custody } = instance;
  const authzen = openAuthzen(instance, report);
  const routes: readonly PublicRoute[] = [
    ...tokenRoutes(sts, custody, consents),
    enrolRoute(instance),
    ...mandateRoutes(mandates, sts),
    ...(await ciRoutes(instance, report)),
    { method: "GET", path: "/.well-known/authzen-configuration", answer: () => authzen.metadata() },
  ];
  const decisionPoint = { prefix: "/access/v1", isGuarded: true, handle: authzen.handle.bind(authzen) };
  const front = publicFront(routes, [...rawRoutes(instance, report), decisionPoint], {
    guard: publicGuard(instance, report),
    onFault: (cause) => report({ kind: "fault", detail: "a request failed", cause }),
  });
  const listener: RequestListener = (req, res) => {
    const [path = "/"] = (req.url ?? "/").split("?", 1);
    const site = sites.find((one) => one.owns(path));
    if (site === undefined) front(req, res);
    else site.handle(req, res);
  };
  const { tls } = config;
  const material =
    tls === undefined
      ? {}
      : { tls: { cert: await readFile(tls.certificateFile), key: await readFile(tls.keyFile) } };
  return listenTcp(listener, { ...config.listen, ...material });
}

/** Starts the listeners: the public side on TCP, administration on a Unix socket of mode 0600. */
export async function serveInstance(instance: Instance, report: Report): Promise<Served> {
  const shared = { codes: createViewerCodes(instance.clock), drills: createLiveRuns(instance.clock) };
  const signIn = await openSignIn(instance, report);
  const { consents, stop } = await serveConsents(instance, signIn, report);
  const sites = [openPages(instance, shared, report, { signIn, consents }), signIn];
  const own = consents === undefined ? sites : [consents.site, ...sites];
  const front = await listenPublic(instance, own, consents, report);
  const adminSocket = join(instance.config.dataDirectory, "admin.sock");
  const admin = createAdminApi(await adminPorts(instance, shared, report));
  const open: Listening[] = [front];
  const closeAll = async (): Promise<void> => {
    stop();
    await Promise.all(open.map((listening) => listening.close()));
  };
  const begin = async (): Promise<void> => {
    const approvals = await listenApprovals(instance, report);
    if (approvals !== undefined) open.push(approvals);
    const metrics = await serveTelemetry(instance, report);
    if (metrics !== undefined) open.push(metrics);
    open.push(await listenUnix((req, res) => void admin.handle(req, res, "socket"), adminSocket));
  };
  await begin().catch(async (error: unknown) => {
    await closeAll();
    throw error;
  });
  return {
    port: front.port ?? 0,
    adminSocket,
    close: closeAll,
  };
}
