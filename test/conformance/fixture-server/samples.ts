/** A red dot: the smallest picture that is one. */
export const PNG =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==";

/** A sound without a sample: 44 bytes of RIFF header. */
export const WAV = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA=";

/** One piece of text, as content of a message or a result. */
export function text(value: string): { readonly type: "text"; readonly text: string } {
  return { type: "text", text: value };
}
