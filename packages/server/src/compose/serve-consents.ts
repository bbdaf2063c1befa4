import type { Consents } from "../consent/index.ts";
import type { SignInSite } from "../people/index.ts";
import type { Instance } from "./instance.ts";
import { openConsentsOn } from "./open-consents.ts";
import { openOutsideFetcher } from "./outside-fetcher.ts";
import type { Report } from "./report.ts";
import { settingsInForce } from "./settings-in-force.ts";

const SWEEP_MS = 60_000;

/** The consent room, and how to end what it does by itself. */
export interface ServedConsents {
  /** Absent under a base URL with a path: the pages and endpoints of this room stand at the root. */
  readonly consents: Consents | undefined;
  stop(): void;
}

/** Opens people's consent on the sign-in of the console. @throws what reading a certificate file throws */
export async function serveConsents(
  instance: Instance,
  signIn: Pick<SignInSite, "signedIn">,
  report: Report,
): Promise<ServedConsents> {
  const { config, registry } = instance;
  if (new URL(config.baseUrl).pathname !== "/") return { consents: undefined, stop: () => undefined };
  const consents = await openConsentsOn(instance, {
    ...instance,
    fetcher: await openOutsideFetcher(config),
    bounds: settingsInForce(config, registry),
    browser: {
      current({ headers }) {
        const found = signIn.signedIn(headers.cookie);
        return found === undefined
          ? undefined
          : { ref: found.person.ref, name: found.person.name, isFresh: found.isFresh };
      },
      // In the fragment: the page takes no query, and where one goes next is nobody's business on the way.
      signInUrl: (returnTo) => `/people/sign-in#${returnTo}`,
    },
  });
  const timer = setInterval(() => {
    consents
      .sweep()
      .catch((cause: unknown) =>
        report({ kind: "house-keeping", detail: "consents could not be ended", cause }),
      );
  }, SWEEP_MS);
  return { consents, stop: () => clearInterval(timer) };
}
