const GROUPS_OF_A_NETWORK = 4;
const GROUPS = 8;

/**
 * Who shares a budget with a peer: an IPv4 address, or an IPv6 network of 64 bits, which is what one customer is given.
 * @param address - of the connection itself; no header says where a request comes from
 */
export function sourceOf(address: string | undefined): string {
  if (address === undefined) return "";
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined || !address.includes(":")) return mapped ?? address;
  const [head = "", tail] = address.split("%", 1)[0]?.toLowerCase().split("::") ?? [];
  const first = head === "" ? [] : head.split(":");
  const last = tail === undefined || tail === "" ? [] : tail.split(":");
  const between = tail === undefined ? 0 : GROUPS - first.length - last.length;
  return [...first, ...Array<string>(Math.max(0, between)).fill("0"), ...last]
    .slice(0, GROUPS_OF_A_NETWORK)
    .join(":");
}
