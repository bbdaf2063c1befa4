const PATIENCE_MS = 5_000;
const MAX_CHARS = 400;

/**
 * What an instance says in place of its pages when they are not built; undefined when it shows them, or cannot be asked
 * from here.
 * Trust: the answer may be anybody's; show it cleaned.
 */
export async function whyNoPages(baseUrl: string): Promise<string | undefined> {
  try {
    const asked = { redirect: "manual", signal: AbortSignal.timeout(PATIENCE_MS) } as const;
    const { status, headers, body } = await fetch(`${baseUrl}/`, asked);
    const isSaid = status === 503 && headers.get("content-type")?.startsWith("text/plain") === true;
    if (!isSaid || body === null) {
      await body?.cancel();
      return undefined;
    }
    let said = "";
    for await (const part of body.pipeThrough(new TextDecoderStream())) {
      said += part;
      if (said.length > MAX_CHARS) break;
    }
    return said.slice(0, MAX_CHARS).trim();
  } catch {
    // The address may be reached only from elsewhere, and the code is good there.
    return undefined;
  }
}
