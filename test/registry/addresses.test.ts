import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { expect } from 'chai';
import { isPublicAddress, literalAddress, publicLookup } from '../../registry/addresses.ts';

describe('an address', () => {
  it('of the public internet is one', () => {
    for (const address of ['140.82.112.3', '1.1.1.1', '2606:50c0:8000::154', '2001:4860:4860::8888'])
      expect(isPublicAddress(address), address).to.equal(true);
  });

  it('is refused when it is of this machine, of its network, or of nobody', () => {
    for (const address of [
      '127.0.0.1',
      '127.8.8.8',
      '0.0.0.0',
      '10.0.0.1',
      '172.16.0.1',
      '172.31.255.255',
      '192.168.1.1',
      '169.254.169.254',
      '100.64.0.1',
      '192.0.0.1',
      '192.0.2.1',
      '198.18.0.1',
      '198.51.100.1',
      '203.0.113.1',
      '224.0.0.1',
      '239.255.255.255',
      '240.0.0.1',
      '255.255.255.255',
      '::',
      '::1',
      '::7f00:1',
      'fe80::1',
      'fec0::1',
      'fc00::1',
      'fd00:ec2::254',
      'ff02::1',
      '2001:db8::1',
      '100::1',
      '4000::1',
      'e000::1',
    ])
      expect(isPublicAddress(address), address).to.equal(false);
  });

  it('is refused when another one is hidden in it', () => {
    for (const address of [
      '::ffff:127.0.0.1',
      '::ffff:8.8.8.8',
      '64:ff9b::7f00:1',
      '64:ff9b:1::1',
      '2002:7f00:1::',
      '2001:0:7f00:1::',
      '::ffff:0:127.0.0.1',
    ])
      expect(isPublicAddress(address), address).to.equal(false);
  });

  it('is found in a host with brackets and without, and not in a name', () => {
    expect(literalAddress('[::1]')).to.equal('::1');
    expect(literalAddress('127.0.0.1')).to.equal('127.0.0.1');
    expect(literalAddress('example.com')).to.equal(undefined);
  });
});

describe('a name that is looked up', () => {
  const resolve = (...addresses: string[]) => {
    const lookup: LookupFunction = (_host, _options, callback) =>
      callback(
        null,
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      );
    return new Promise<string | LookupAddress[]>((done, fail) => {
      publicLookup(lookup)('assets.test', { all: true }, (error, found) =>
        error ? fail(error) : done(found),
      );
    });
  };

  it('is taken with all of its public addresses', async () => {
    expect(await resolve('140.82.112.3', '2606:50c0:8000::154')).to.deep.equal([
      { address: '140.82.112.3', family: 4 },
      { address: '2606:50c0:8000::154', family: 6 },
    ]);
  });

  it('is refused when one of them is private, whatever the others are', async () => {
    for (const addresses of [['127.0.0.1'], ['140.82.112.3', '::1'], ['169.254.169.254', '140.82.112.3']]) {
      const error = await resolve(...addresses).catch((reason: Error) => reason);
      expect((error as Error).message).to.equal('assets.test is not at a public address');
    }
  });
});
