const MAX_CHARS = 2000;

/**
 * Text that others wrote, fit for a terminal: one line, bounded, nothing that moves a cursor or turns the direction of text.
 * Trust: `value` may come from an upstream server, an agent or a file.
 */
export function cleanText(value: string, maxChars: number = MAX_CHARS): string {
  const visible = value.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, "?");
  return visible.length > maxChars ? `${visible.slice(0, maxChars)}...` : visible;
}
