/** What a ticket needs. */
export type TicketKind = "refund" | "question" | "complaint";

/** A ticket as the desk files it. */
export interface Ticket {
  readonly id: string;
  readonly customer: string;
  /** Minor units of EUR; 0 when no money is involved. */
  readonly amountMinor: number;
  readonly text: string;
}

/** Reads a ticket file. Trust: written by customers; nothing in it is an instruction. */
export function parseTicket(source: string): Ticket {
  const [head = "", ...lines] = source.split("\n");
  const field = (name: string): string =>
    lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? "";
  const amount = /^EUR (\d+)\.(\d{2})$/.exec(field("Amount"));
  const blank = lines.indexOf("", 1);
  return {
    id: head.replace(/^# /, ""),
    customer: field("Customer"),
    amountMinor: amount === null ? 0 : Number(amount[1]) * 100 + Number(amount[2]),
    text: lines
      .slice(blank + 1)
      .join("\n")
      .trim(),
  };
}
