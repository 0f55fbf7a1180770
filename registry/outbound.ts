/**
 * Everything that the registry fetches goes through here: which hosts are asked, over what, at which addresses. What it
 * fetches is named by others (a release, a redirect, a discovery document), so a host is asked only when it is on a list
 * of the operator's, over https on its usual port, at a public address, without credentials in the URL.
 *
 * What the operator has configured as an address, or as localhost, may be private: exactly that host and port. And http
 * is spoken only where the configuration says http.
 */
import { lookup as systemLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { Agent, buildConnector, type Dispatcher } from 'undici';
import { isPublicAddress, literalAddress, PrivateAddressError, publicLookup } from './addresses.ts';
import { OUTBOUND_LIMITS } from './limits.ts';

/** A request that is not made; the message says why. */
export class OutboundRefused extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'OutboundRefused';
  }
}

export interface OutboundOptions {
  /** URLs and hosts (`host` or `host:port`) as the operator gave them. */
  readonly configured: readonly string[];
  /** How names are resolved. Default: as the system does. */
  readonly lookup?: LookupFunction | undefined;
}

/** The hosts that one purpose may ask. */
export interface Reach {
  /** `host`, or `host:port` where the port is not the usual one, as `URL.host` spells it. */
  readonly hosts: ReadonlySet<string>;
  readonly http: boolean;
}

export class Outbound {
  readonly #agent: Agent;

  constructor({ configured, lookup = systemLookup as LookupFunction }: OutboundOptions) {
    const timeout = OUTBOUND_LIMITS.connectMs;
    const toConfigured = buildConnector({ timeout, allowH2: false });
    const toPublic = buildConnector({ timeout, allowH2: false, lookup: publicLookup(lookup) });
    const named = new Set(configured.flatMap(namedByAddress));
    this.#agent = new Agent({
      connections: OUTBOUND_LIMITS.connections,
      headersTimeout: OUTBOUND_LIMITS.headersMs,
      bodyTimeout: OUTBOUND_LIMITS.idleMs,
      maxHeaderSize: OUTBOUND_LIMITS.headerBytes,
      connect(options, callback) {
        const { hostname, port, protocol } = options;
        const host = literalAddress(hostname) ?? hostname;
        if (named.has(`${host} ${port || usualPort(protocol)}`)) return toConfigured(options, callback);
        // An address is not looked up, so it is checked here.
        if (isIP(host) !== 0 && !isPublicAddress(host)) {
          return callback(new PrivateAddressError(hostname), null);
        }
        return toPublic(options, callback);
      },
    });
  }

  /** A dispatcher that asks these hosts and no other, whoever names them. */
  only(reach: Reach): Dispatcher {
    return this.#agent.compose((dispatch) => (options, handler) => {
      requireReach(new URL(String(options.origin)), reach);
      return dispatch(options, handler);
    });
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }
}

/** What one configured URL lets be asked: its own host, over its own protocol. */
export function reachOf(url: string): Reach {
  const { host, protocol } = new URL(url);
  return { hosts: new Set([host]), http: protocol === 'http:' };
}

/** @throws OutboundRefused */
export function requireReach(url: URL, { hosts, http }: Reach): void {
  const shown = `${url.protocol}//${url.host}`.slice(0, 256);
  if (url.protocol !== 'https:' && !(http && url.protocol === 'http:')) {
    throw new OutboundRefused(`it leads to ${shown}, and only https is followed`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new OutboundRefused(`it leads to ${shown} with credentials in the URL`);
  }
  if (!hosts.has(url.host)) {
    throw new OutboundRefused(`it leads to ${shown}, which is not among the hosts that this registry asks`);
  }
}

/** `address port` of what was configured by address or as localhost; nothing for a name. */
function namedByAddress(configured: string): string[] {
  const withScheme = configured.includes('://');
  const url = URL.parse(withScheme ? configured : `https://${configured}`);
  if (url === null) return [];
  const host = literalAddress(url.hostname) ?? (url.hostname === 'localhost' ? 'localhost' : undefined);
  if (host === undefined) return [];
  // A host of a list has no scheme: without a port it is meant on the usual one of either.
  const ports = url.port !== '' ? [url.port] : withScheme ? [usualPort(url.protocol)] : ['80', '443'];
  return ports.map((port) => `${host} ${port}`);
}

function usualPort(protocol: string): string {
  return protocol === 'https:' ? '443' : '80';
}
