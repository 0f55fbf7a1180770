import { expect } from 'chai';
import { packageNameOf } from '../../../src/lib/crawl/server-name.ts';
import { readRecords } from '../../support/records.ts';

describe('the name of a server of the MCP registry', () => {
  it('is that of its GitHub owner where that fits', () => {
    expect(packageNameOf('io.github.owner/server')).to.equal('@owner/server');
    expect(packageNameOf('io.github.Owner-1/Server-2')).to.equal('@owner-1/server-2');
    expect(packageNameOf('dev.mpak.acme/echo')).to.equal('@acme/echo');
  });

  it('has a scope that no GitHub login can be, in any other namespace', () => {
    expect(packageNameOf('com.example/weather')).to.equal('@com--example/weather');
    expect(packageNameOf('com.example.tools/weather')).to.equal('@com--example--tools/weather');
    for (const namespace of [
      'io.github.a.b',
      'io.github.-x',
      'io.github.a--b',
      'com.a-.b',
      `com.${'x'.repeat(60)}`,
    ]) {
      const name = packageNameOf(`${namespace}/weather`);
      expect(name, namespace).to.match(/^@[a-z0-9-]*--[a-z0-9-]*\/weather$/);
    }
  });

  it('has the start of a hash where it does not fit', () => {
    expect(packageNameOf('io.github.owner/my_server')).to.match(/^@owner\/my-server--[0-9a-f]{8}$/);
    expect(packageNameOf(`io.github.owner/${'x'.repeat(150)}`)).to.match(/^@owner\/x{70}--[0-9a-f]{8}$/);
  });

  it('is none for what is no name of a server', () => {
    for (const text of [
      '',
      'server',
      'a/b',
      '@acme/echo',
      'io.github.owner/',
      'io.github.owner/a/b',
      'io.github.o/../x',
      'io.github.o/\u001b[31m',
      `io.github.o/${'x'.repeat(300)}`,
      'io..github/x',
    ]) {
      expect(packageNameOf(text), text).to.equal(undefined);
    }
  });

  it('is another one for each server', () => {
    const names = new Map<string, string>();
    const bases = [
      'a-b',
      'a_b',
      'a.b',
      'a--b',
      'a-b-',
      'a__b',
      'a.-b',
      'ab',
      'a-b--0',
      'a-b.',
      `${'x'.repeat(90)}a`,
      `${'x'.repeat(90)}b`,
    ];
    const namespaces = [
      'io.github.a-b',
      'io.github.a',
      'io.github.a.b',
      'io.a',
      'io.a-b',
      'io.a.b',
      'io.a--b',
      'io-.a',
      'dev.mpak.x',
      `com.${'y'.repeat(50)}.a`,
      `com.${'y'.repeat(50)}.b`,
    ];
    const real = readRecords(new URL('../../fixtures/records.ndjson.gz', import.meta.url)).map(({ name }) =>
      name.replace(/^@/, '').replaceAll('/', '_'),
    );
    for (const server of [
      ...namespaces.flatMap((namespace) => bases.map((base) => `${namespace}/${base}`)),
      ...real.map((base) => `io.github.real/${base}`),
    ]) {
      const name = packageNameOf(server);
      if (name === undefined) continue;
      const other = names.get(name) ?? server;
      expect(other.toLowerCase(), `${name} is ${other} and ${server}`).to.equal(server.toLowerCase());
      names.set(name, server);
    }
    expect(names.size).to.be.greaterThan(2000);
  });
});
