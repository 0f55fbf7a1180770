/**
 * Addresses that belong to the public internet. A registry fetches what others name, and a name can resolve to anything:
 * to the machine itself, to its neighbours, to the metadata service of a cloud.
 *
 * https://www.iana.org/assignments/iana-ipv6-special-registry and the registry of the same name for IPv4.
 */
import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';

/** What IANA has given out for unicast: of IPv6 nothing else is in use on the internet. */
const GLOBAL_UNICAST = ipaddr.parseCIDR('2000::/3') as [ipaddr.IPv6, number];

/** @param address without brackets; false also for what is no address */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.parse(address);
  if (parsed.range() !== 'unicast') return false;
  return parsed.kind() === 'ipv4' || (parsed as ipaddr.IPv6).match(GLOBAL_UNICAST);
}

/** A host, as a URL has it, that is an address; undefined for a name. */
export function literalAddress(host: string): string | undefined {
  const bare = host.replace(/^\[(.*)\]$/, '$1');
  return ipaddr.isValid(bare) ? bare : undefined;
}

export class PrivateAddressError extends Error {
  constructor(host: string) {
    // Not which one: who announces has no business in this network.
    super(`${host} is not at a public address`);
    this.name = 'PrivateAddressError';
  }
}

/**
 * Resolves names to public addresses. The connection is made to what was checked here, so that a name which answers
 * differently the next time gains nothing; one that has a private address among others is refused whole.
 */
export function publicLookup(lookup: LookupFunction): LookupFunction {
  return (host, options, callback) => {
    lookup(host, { ...options, all: true }, (error, found) => {
      if (error !== null) return callback(error, []);
      const addresses = found as LookupAddress[];
      const isPublic = addresses.every(({ address }) => isPublicAddress(address));
      if (!isPublic) return callback(new PrivateAddressError(host), []);
      const [first] = addresses;
      if (options.all || first === undefined) return callback(null, addresses);
      return callback(null, first.address, first.family);
    });
  };
}
