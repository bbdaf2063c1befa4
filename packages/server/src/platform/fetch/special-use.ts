import { BlockList, isIPv4, isIPv6 } from "node:net";

/** IPv4 blocks that are not ordinary public hosts. @see RFC 6890 and the IANA special-purpose registry */
const REFUSED_IPV4: readonly (readonly [string, number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.31.196.0", 24],
  ["192.52.193.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["192.175.48.0", 24],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
];

/** Blocks inside global unicast that are not ordinary public hosts: protocol assignments, documentation, 6to4, AS112. */
const REFUSED_IPV6: readonly (readonly [string, number])[] = [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["2620:4f:8000::", 48],
  ["3fff::", 20],
];

const refusedIpv4 = new BlockList();
for (const [network, prefix] of REFUSED_IPV4) refusedIpv4.addSubnet(network, prefix, "ipv4");
const refusedIpv6 = new BlockList();
for (const [network, prefix] of REFUSED_IPV6) refusedIpv6.addSubnet(network, prefix, "ipv6");
const globalUnicast = new BlockList();
globalUnicast.addSubnet("2000::", 3, "ipv6");
const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

/**
 * Is this anything but the address of an ordinary public host?
 * IPv6 is refused unless it is global unicast, which leaves out every form that holds an IPv4 address (mapped,
 * compatible, NAT64), loopback, link-local, unique local and multicast without naming them.
 * Trust: `address` may be any text; what is no address counts as special.
 */
export function isSpecialUse(address: string): boolean {
  if (isIPv4(address)) return refusedIpv4.check(address, "ipv4");
  // A zone (`%eth0`) belongs to link-local addresses alone.
  if (!isIPv6(address) || address.includes("%")) return true;
  return !globalUnicast.check(address, "ipv6") || refusedIpv6.check(address, "ipv6");
}

/** Is this an address of this very machine? IPv4 written as IPv6 does not count. */
export function isLoopback(address: string): boolean {
  if (isIPv4(address)) return loopback.check(address, "ipv4");
  return isIPv6(address) && !address.includes(".") && loopback.check(address, "ipv6");
}
