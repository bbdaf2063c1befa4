import type { GateAnswer } from "./gate-answer.ts";

/** What ends a line or a property of a workflow command. @see GitHub Actions, workflow commands */
function data(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function property(text: string): string {
  return data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}

/** The answer as annotations of a GitHub workflow: one for each thing in the way. */
export function annotations({ agent, ready, blocks, source }: GateAnswer): readonly string[] {
  const title = property(`Release of ${agent}`);
  if (ready) return [`::notice title=${title}::${data(`ready, by ${source}`)}`];
  return blocks.map((block) => `::error title=${title}::${data(block)}`);
}
