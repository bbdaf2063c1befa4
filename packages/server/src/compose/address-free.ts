import type { Config } from "../config/config.ts";
import { listenTcp } from "../platform/http/listen.ts";

/**
 * Checks that the public address can be had.
 * ORDER: before a first start makes anything, since the address becomes part of what is made; and before a later start
 * writes its boot to the log.
 * @throws `address_taken`
 */
export async function checkAddressFree({ listen }: Pick<Config, "listen">): Promise<void> {
  const probe = await listenTcp((_, res) => res.writeHead(503).end(), listen);
  await probe.close(0);
}
