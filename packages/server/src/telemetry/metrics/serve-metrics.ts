import { isIP } from "node:net";
import { type Listening, listenTcp } from "../../platform/http/listen.ts";
import { EXPOSITION_TYPE } from "./exposition.ts";

/** What the listener is made of. */
export interface MetricsServer {
  readonly host: string;
  readonly port: number;
  /** The text of this moment. May throw: then the scrape fails, and nothing else. */
  readonly read: () => Promise<string>;
  readonly onFault: (cause: unknown) => void;
}

/** The host of a `Host` header, without port and brackets. */
function hostOf(header: string | undefined): string | undefined {
  const url = `http://${header ?? ""}`;
  return header !== undefined && URL.canParse(url)
    ? new URL(url).hostname.replace(/^\[|\]$/g, "")
    : undefined;
}

/**
 * Serves `GET /metrics` and nothing else.
 * TRUST: a page in a browser on this machine can reach loopback by a name that it points here; it cannot choose `Host`.
 * @throws `address_taken`, `conflict`
 */
export function serveMetrics({ host, port, read, onFault }: MetricsServer): Promise<Listening> {
  const isOurs = (header: string | undefined): boolean => {
    const named = hostOf(header);
    return named !== undefined && (isIP(named) !== 0 || named === "localhost" || named === host);
  };
  return listenTcp(
    (req, res) => {
      const path = (req.url ?? "").split("?", 1)[0];
      const status =
        path !== "/metrics" ? 404 : req.method !== "GET" ? 405 : isOurs(req.headers.host) ? 200 : 403;
      if (status !== 200) {
        res.writeHead(status).end();
        return;
      }
      read().then(
        (text) =>
          res.writeHead(200, { "content-type": EXPOSITION_TYPE, "cache-control": "no-store" }).end(text),
        (cause: unknown) => {
          onFault(cause);
          res.writeHead(500).end();
        },
      );
    },
    { host, port, connections: { all: 64, perSource: 64 } },
  );
}
