/**
 * Whose request it is. Anybody can write an X-Forwarded-For header, so it counts only from a proxy that the operator
 * trusts, and of it only what that proxy appended.
 */
import { BlockList, isIP } from 'node:net';
import { MpakError } from '../src/lib/errors.ts';

/** @param ranges addresses, or networks as `10.0.0.0/8` @throws MpakError USAGE */
export function parseProxies(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', bits, ...rest] = range.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    const most = family === 'ipv6' ? 128 : 32;
    const prefix = bits === undefined ? most : /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN;
    if (isIP(address) === 0 || rest.length > 0 || !(prefix <= most)) {
      throw new MpakError('USAGE', `${JSON.stringify(range)} is no address and no network.`, {
        hint: 'A trusted proxy is given as 192.0.2.1, 10.0.0.0/8 or fd00::/8.',
      });
    }
    list.addSubnet(address, prefix, family);
  }
  return list;
}

/**
 * The address of the client: the peer's, or what the trusted proxies in front of this server say, the last one first.
 * @param forwardedFor the header; what a client wrote into it stands left of what the proxies appended
 */
export function clientAddress(
  peer: string | undefined,
  forwardedFor: string | undefined,
  proxies: BlockList,
): string {
  let client = plain(peer ?? '');
  if (forwardedFor === undefined) return client;
  const hops = forwardedFor.split(',');
  while (isTrusted(client, proxies)) {
    const before = plain(withoutPort(hops.pop()?.trim() ?? ''));
    if (isIP(before) === 0) break;
    client = before;
  }
  return client;
}

/** What is limited together: an IPv4 address, or the /64 network that one IPv6 subscriber has. */
export function limitedUnit(address: string): string {
  if (isIP(address) !== 6) return address;
  return `${groupsOf(address).slice(0, 4).join(':')}::/64`;
}

function isTrusted(address: string, proxies: BlockList): boolean {
  const family = isIP(address);
  return family !== 0 && proxies.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

/** Some proxies append `192.0.2.1:80` and `[2001:db8::1]:80`. */
function withoutPort(hop: string): string {
  const match = /^(?:\[([^\]]*)\]|([\d.]+))(?::\d{1,5})?$/.exec(hop);
  return match?.[1] ?? match?.[2] ?? hop;
}

/** Without a zone, and an IPv4 address that came in IPv6 as itself. */
function plain(address: string): string {
  const text = address.replace(/%.*$/, '');
  if (isIP(text) !== 6) return text;
  const groups = groupsOf(text);
  if (groups.slice(0, 6).join(':') !== '0:0:0:0:0:ffff') return text;
  return groups
    .slice(6)
    .flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff])
    .join('.');
}

/** The eight groups of an IPv6 address, without leading zeros. */
function groupsOf(address: string): string[] {
  // The URL parser knows every spelling, and writes one.
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = '', tail] = canonical.split('::');
  const left = head === '' ? [] : head.split(':');
  if (tail === undefined) return left;
  const right = tail === '' ? [] : tail.split(':');
  return [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right];
}
