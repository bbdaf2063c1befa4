import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonObject } from "@narrowgate/kernel";
import { selfSigned } from "./self-signed.ts";

/** A web site that publishes one client metadata document. */
export interface DocumentHost {
  /** Address of the document: the client id. */
  readonly url: string;
  /** Member `fetch` of a configuration that may read it. */
  readonly fetch: JsonObject;
  /** What it publishes from now on. */
  publish(document: object): void;
  close(): Promise<void>;
}

/** Listens on loopback with a certificate of its own. */
export async function startDocumentHost(): Promise<DocumentHost> {
  const directory = await mkdtemp(join(tmpdir(), "narrowgate-document-"));
  const { certificate, key } = selfSigned();
  const authority = join(directory, "ca.pem");
  await writeFile(authority, certificate);
  let published: object = {};
  const server = createServer({ cert: certificate, key }, (_request, response) => {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(published));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? (address?.port ?? 0) : 0;
  return {
    url: `https://localhost:${port}/client.json`,
    fetch: { allowed_hosts: ["localhost"], extra_ca_files: [authority] },
    publish(document) {
      published = document;
    },
    async close() {
      server.close();
      server.closeAllConnections();
      await rm(directory, { recursive: true });
    },
  };
}
