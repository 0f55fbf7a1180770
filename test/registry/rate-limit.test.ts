import path from 'node:path';
import { expect } from 'chai';
import { request } from 'undici';
import { clientAddress, limitedUnit, parseProxies } from '../../registry/client-address.ts';
import { HttpError } from '../../registry/http.ts';
import { RATE_LIMITS } from '../../registry/limits.ts';
import { RateLimit } from '../../registry/rate-limit.ts';
import { mpakRegistry } from '../support/cli.ts';
import { LocalGitHub } from '../support/github.ts';
import { makeBundle } from '../support/mcpb.ts';
import {
  announcement,
  logSize,
  postAnnouncement,
  type RegistryProcess,
  startRegistry,
} from '../support/registry.ts';
import { temporaryFolder } from '../support/temporary.ts';

describe('the rate limits of a registry', () => {
  const folder = temporaryFolder();
  let github: LocalGitHub;
  let registry: RegistryProcess | undefined;
  before(async () => {
    github = await LocalGitHub.start();
  });
  after(() => github.close());
  afterEach(async () => {
    await registry?.stop();
    registry = undefined;
  });

  async function start(...args: string[]): Promise<string> {
    registry = await startRegistry({ data: path.join(folder(), 'data'), github, args });
    return registry.url;
  }

  /** The statuses of so many requests, one after the other. */
  async function statuses(count: number, ask: (index: number) => Promise<number>): Promise<number[]> {
    const answers: number[] = [];
    for (let index = 0; index < count; index += 1) answers.push(await ask(index));
    return answers;
  }

  async function get(url: string, headers: Record<string, string> = {}): Promise<number> {
    const { statusCode, body } = await request(url, { headers });
    await body.dump();
    return statusCode;
  }

  it('refuse what is too much with 429, and say when to come again', async () => {
    const url = await start('--rate-reads', '5');
    const page = `${url}/v1/index/checkpoint`;
    expect(await statuses(7, () => get(page))).to.deep.equal([200, 200, 200, 200, 200, 429, 429]);
    const response = await fetch(`${url}/v1/bundles/search`);
    expect(response.status).to.equal(429);
    expect(Number(response.headers.get('retry-after'))).to.be.within(1, 60);
    expect(response.headers.get('ratelimit-policy')).to.equal('"reads";q=5;w=60');
    expect(response.headers.get('ratelimit')).to.match(/^"reads";r=0;t=\d+$/);
    expect(response.headers.get('cache-control')).to.equal('no-store');
    expect(await response.json()).to.have.nested.property('error.code', 'TOO_MANY_REQUESTS');
    expect(await get(`${url}/nothing`)).to.equal(429);
  });

  it('leave out who watches over the server', async () => {
    const url = await start('--rate-reads', '1');
    expect(await statuses(3, () => get(`${url}/health`))).to.deep.equal([200, 200, 200]);
    expect(await statuses(3, () => get(`${url}/metrics?x`))).to.deep.equal([200, 200, 200]);
    expect(await statuses(2, () => get(`${url}/healthy`))).to.deep.equal([404, 429]);
  });

  it('count what writes by itself, before its body is read', async () => {
    const url = await start('--rate-writes', '2', '--rate-reads', '0');
    const post = async () => (await postAnnouncement(url, undefined, {})).status;
    expect(await statuses(3, post)).to.deep.equal([401, 401, 429]);
    expect(await statuses(30, () => get(`${url}/v1/bundles/search`))).to.not.include(429);
  });

  it('count an account’s statements of every kind, and no other’s', async () => {
    const url = await start('--rate-owner', '3');
    const bundle = makeBundle('@acme/echo', '1.0.0');
    github.addAsset('Acme', 'echo', 'v1.0.0', 'echo.mcpb', bundle.bytes);
    const token = await github.issueToken('Acme/echo');
    const announce = async () => (await postAnnouncement(url, token, announcement(bundle))).status;
    expect(await statuses(3, announce)).to.deep.equal([200, 200, 200]);
    const size = await logSize(url);
    expect(await announce()).to.equal(429);
    const yank = await fetch(`${url}/v1/bundles/yank`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ name: '@acme/echo', version: '1.0.0', reason: 'x' }),
    });
    expect([yank.status, yank.headers.get('ratelimit-policy')]).to.deep.equal([429, '"owner";q=3;w=60']);
    expect(await logSize(url)).to.equal(size);
    const other = makeBundle('@zeta/echo', '1.0.0');
    github.addAsset('Zeta', 'echo', 'v1.0.0', 'echo.mcpb', other.bytes);
    expect(
      (await postAnnouncement(url, await github.issueToken('Zeta/echo'), announcement(other))).status,
    ).to.equal(200);
  });

  it('are off with 0, and taken from the environment', async () => {
    const environment = { MPAK_RATE_READS: '0', MPAK_TRUSTED_PROXY: '127.0.0.1,10.0.0.0/8' };
    registry = await startRegistry({ data: path.join(folder(), 'data'), environment });
    const url = `${registry.url}/v1/index/keys.json`;
    expect(await statuses(50, () => get(url))).to.not.include(429);
  });

  it('believe no X-Forwarded-For of a client', async () => {
    const url = `${await start('--rate-reads', '2')}/v1/index/keys.json`;
    const spoofed = (index: number) => get(url, { 'x-forwarded-for': `203.0.113.${index}` });
    expect(await statuses(3, spoofed)).to.deep.equal([200, 200, 429]);
  });

  it('believe of a trusted proxy what it appended, and not what the client wrote before', async () => {
    const url = `${await start('--rate-reads', '2', '--trusted-proxy', '127.0.0.0/8', '--trusted-proxy', '10.0.0.1')}/v1/index/keys.json`;
    const through = (client: string) => (index: number) =>
      get(url, { 'x-forwarded-for': `203.0.113.${index}, ${client}, 10.0.0.1` });
    expect(await statuses(3, through('198.51.100.1'))).to.deep.equal([200, 200, 429]);
    expect(await statuses(3, through('198.51.100.2'))).to.deep.equal([200, 200, 429]);
  });

  it('refuse a proxy that is no address', async () => {
    for (const proxy of ['example.com', '10.0.0.0/33', '10.0.0.0/8/8', '']) {
      const line = ['serve', '--data', path.join(folder(), 'data'), '--port', '0', '--trusted-proxy', proxy];
      expect(await mpakRegistry(line), proxy).to.include({ status: 2 });
    }
  });
});

describe('the address of a client', () => {
  const proxies = parseProxies(['10.0.0.0/8', '2001:db8:1::/48']);
  for (const [what, peer, header, address] of [
    ['the peer’s without a header', '198.51.100.1', undefined, '198.51.100.1'],
    ['the peer’s, who is no proxy', '198.51.100.1', '203.0.113.9', '198.51.100.1'],
    ['the last that a proxy saw', '10.1.1.1', '203.0.113.9, 203.0.113.8', '203.0.113.8'],
    ['in front of the last proxy', '10.1.1.1', '203.0.113.9, 203.0.113.8, 2001:db8:1::5', '203.0.113.8'],
    ['the proxy’s when it says nothing that is an address', '10.1.1.1', 'unknown', '10.1.1.1'],
    ['the outermost proxy’s when there are only proxies', '10.1.1.1', '10.2.2.2', '10.2.2.2'],
    ['an IPv4 one that came as IPv6', '::ffff:10.1.1.1', '::ffff:203.0.113.8', '203.0.113.8'],
    ['an IPv4 one in hexadecimal', '::ffff:0a01:0101', '::ffff:cb00:7108', '203.0.113.8'],
    ['nothing when the socket is gone', undefined, '203.0.113.8', ''],
  ] as const) {
    it(`is ${what}`, () => expect(clientAddress(peer, header, proxies)).to.equal(address));
  }

  it('counts with its /64 where it is IPv6', () => {
    const unit = limitedUnit('2001:db8:7:1::1');
    expect(unit).to.equal('2001:db8:7:1::/64');
    expect(limitedUnit('2001:0db8:0007:0001:ffff::9')).to.equal(unit);
    expect(limitedUnit('2001:db8:7:2::1')).to.not.equal(unit);
    expect(limitedUnit('::1')).to.equal('0:0:0:0::/64');
    expect(limitedUnit('198.51.100.1')).to.equal('198.51.100.1');
  });
});

describe('a rate limit', () => {
  it('remembers no more addresses than it may, and limits those beyond together', async () => {
    const limit = new RateLimit('test', 1);
    for (let index = 0; index < RATE_LIMITS.keys; index += 1) await limit.take(`known ${index}`);
    let refused = 0;
    const beyond = RATE_LIMITS.sharedKeys * 3;
    for (let index = 0; index < beyond; index += 1) {
      await limit.take(`beyond ${index}`).catch((error: unknown) => {
        expect(error).to.be.instanceOf(HttpError);
        refused += 1;
      });
    }
    expect(beyond - refused).to.be.at.most(RATE_LIMITS.sharedKeys);
    expect(beyond - refused).to.be.greaterThan(0);
  });
});
