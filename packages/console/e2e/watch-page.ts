import type { Page } from "playwright-core";

/** What went wrong in a page, of the browser's own accord. */
export interface PageTroubles {
  /** Violations of the content security policy, script errors, failed loads. */
  readonly all: readonly string[];
}

/** Collects what the browser complains about, from the first moment on. An answer of 401 is no trouble: it asks to sign in. */
export function watchPage(page: Page): PageTroubles {
  const all: string[] = [];
  page.on("pageerror", (error) => all.push(`script: ${error.message}`));
  page.on("console", (message) => {
    const isSignIn = message.text().includes("status of 401");
    if (message.type() === "error" && !isSignIn) all.push(`console: ${message.text()}`);
  });
  page.on("requestfailed", (request) => {
    const isAbandoned = request.failure()?.errorText === "net::ERR_ABORTED";
    if (!isAbandoned) all.push(`request: ${request.url()}`);
  });
  return { all };
}
