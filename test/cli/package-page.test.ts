import { expect } from 'chai';
import stringWidth from 'string-width';
import { showLines } from '../../src/cli/package-page.ts';
import type { Screen } from '../../src/cli/screen.ts';
import { describePackage } from '../../src/lib/index/describe.ts';
import type { Entry } from '../../src/lib/log/entry.ts';
import { publishEntry } from '../support/entries.ts';
import { indexOf, provenanceFrom } from '../support/index-of.ts';

const ECHO = '@acme/echo';
const AT = '2026-06-01T12:00:00.000Z';
const PIPE: Screen = { isTTY: false, columns: 80, style: (_, text) => text };
const CODES = { bold: 1, dim: 2, underline: 4, red: 31, yellow: 33, green: 32 };
const terminal = (columns: number): Screen => ({
  isTTY: true,
  columns,
  style: (format, text) => `\u001b[${CODES[format]}m${text}\u001b[0m`,
});

function page(entries: readonly Entry[], reference = ECHO, screen = PIPE): string[] {
  const db = indexOf(...entries);
  try {
    return showLines(describePackage(db, reference), screen);
  } finally {
    db.close();
  }
}

const withManifest = (changes: object, version = '1.0.0') => {
  const entry = publishEntry(ECHO, version);
  return { ...entry, manifest: { ...entry.manifest, ...changes } };
};

describe('the page of a package', () => {
  it('says what it is, who built it, where it runs and which versions there are', () => {
    const entry = publishEntry(ECHO, '1.0.0', { provenance: provenanceFrom('Acme/echo') });
    const text = page([entry, publishEntry(ECHO, '1.1.0-rc.1')], `${ECHO}@1.0.0`).join('\n');
    expect(text).to.match(
      /^@acme\/echo@1\.0\.0\nnot certified {2}not attested {2}any platform {2}2026-05-01\n\n {2}What @acme\/echo does\n/,
    );
    for (const line of [
      'server        node',
      'published by  Acme, from Acme/echo',
      `commit        ${'c'.repeat(40)} (refs/tags/v1)`,
      'Platforms',
      `    sha256:${entry.artifact.sha256}`,
      'Versions (2)',
      '  1.1.0-rc.1  2026-05-01  prerelease',
    ])
      expect(text.split('\n')).to.include(line);
    expect(text).to.include('any          1.0 kB');
  });

  it('says at a glance how it stands, in lines that fit', () => {
    const attestation = { sha256: 'a'.repeat(64), predicateType: 'https://slsa.dev/provenance/v1' };
    const builds = (['linux', 'darwin', 'win32'] as const).map((os) =>
      publishEntry(ECHO, '1.0.0', { attestation, artifact: { os, arch: 'x64' } }),
    );
    const certified = builds.map(
      ({ artifact }): Entry => ({
        ...{ kind: 'certify', package: ECHO, version: '1.0.0', sha256: artifact.sha256, level: 3, at: AT },
        ...{ controls: { 'AI-01': 'pass' }, scanner: { name: 'mpak', version: '1' } },
      }),
    );
    const facts = ['L3 Verified', 'attested', 'linux-x64, darwin-x64, win32-x64', '2026-05-01'];
    expect(page([...builds, ...certified])[1]).to.equal(facts.join('  '));
    const narrow = page([...builds, ...certified], ECHO, { ...PIPE, isTTY: true, columns: 34 });
    expect(narrow.slice(1, 4)).to.deep.equal([facts.slice(0, 2).join('  '), facts[2], facts[3]]);
    const [, partly] = page([publishEntry(ECHO, '1.0.0', { artifact: { os: 'linux' } }), ...builds]);
    expect(partly).to.match(/^not certified {2}3 of 4 attested/);
  });

  it('says of each artifact whether it is attested, and whether it is still there', () => {
    const attested = publishEntry(ECHO, '1.0.0', {
      attestation: { sha256: 'a'.repeat(64), predicateType: 'https://slsa.dev/provenance/v1' },
    });
    const mac = publishEntry(ECHO, '1.0.0', { artifact: { os: 'darwin', arch: 'arm64' } });
    const found = (state: 'gone' | 'changed', { sha256 }: { sha256: string }): Entry => ({
      kind: 'asset',
      package: ECHO,
      version: '1.0.0',
      sha256,
      state,
      at: AT,
    });
    const lines = page([attested, mac, found('gone', mac.artifact)]);
    expect(lines).to.include('  any          1.0 kB, attested');
    expect(lines).to.include('  darwin-arm64 1.0 kB, not attested, no longer available');
    const changed = page([attested, mac, found('changed', attested.artifact)]);
    expect(changed).to.include('  any          1.0 kB, attested, no longer what was published');
  });

  it('has no row that a description wrote', () => {
    const description =
      'An echo.\n\npublished by  GitHub, from github/echo\r\ncertified     L4\u2028commit        0';
    const lines = page([withManifest({ description })]);
    expect(lines).to.include('  published by  GitHub, from github/echo');
    expect(lines.filter((line) => /^(published by|certified|commit)/.test(line))).to.deep.equal([
      'certified     no',
      'published by  import by the registry: who built it is not proven',
    ]);
  });

  it('says that it was imported, and that nothing is certified', () => {
    const text = page([publishEntry(ECHO)]).join('\n');
    expect(text).to.include('import by the registry: who built it is not proven');
  });

  it('warns of what is deprecated and revoked', () => {
    const revoke: Entry = { kind: 'revoke', package: ECHO, versions: '1.0.0', reason: 'malicious', at: AT };
    const deprecate: Entry = { kind: 'deprecate', package: ECHO, versions: '*', message: 'Old.', at: AT };
    const entries = [publishEntry(ECHO, '1.0.0'), publishEntry(ECHO, '2.0.0')];
    const named = page([...entries, revoke, deprecate], `${ECHO}@1.0.0`);
    expect(named.slice(1, 3)).to.deep.equal(['This version is revoked: malicious.', 'Deprecated: Old.']);
    expect(named.join('\n')).to.include('1.0.0       2026-05-01  revoked: malicious, deprecated');
    const all = page([...entries, { ...revoke, versions: '*' }]);
    expect(all[0]).to.equal(ECHO);
    expect(all[1]).to.equal('Every version is revoked: malicious.');
  });

  it('counts the tools and versions that it does not list', () => {
    const tools = Array.from({ length: 25 }, (_, index) => ({ name: `tool-${index}` }));
    const older = Array.from({ length: 11 }, (_, index) => publishEntry(ECHO, `0.${index}.0`));
    const text = page([...older, withManifest({ tools })]).join('\n');
    expect(text).to.include('Tools (25)').and.include('  … and 5 more');
    expect(text).to.include('Versions (12)').and.include('  … and 4 older');
  });

  it('says how its server is started', () => {
    const server = { type: 'node', mcp_config: { command: 'node', args: ['index.js', 7, '--now'] } };
    expect(page([withManifest({ server })]).join('\n')).to.include('starts        node index.js --now');
  });

  describe('on a terminal', () => {
    const tools = [{ name: 'echo', description: 'Says it again, and again, and again, and again.' }];
    const toolLine = (columns: number) =>
      page([withManifest({ tools })], ECHO, terminal(columns)).find((line) => line.includes('ech')) as string;
    const lineOf = (columns: number) =>
      page([withManifest({ tools })], ECHO, terminal(columns)).find((line) => line.startsWith('  ech')) ??
      toolLine(columns);

    for (const columns of [30, 12, 9, 8, 7]) {
      it(`cuts the line of a tool to ${columns} columns, and ends every colour that it begins`, () => {
        const line = lineOf(columns);
        expect(stringWidth(line)).to.be.at.most(columns);
        expect(line.split('\u001b[2m').length).to.equal(line.split('\u001b[0m').length);
      });
    }

    it('leaves it whole where it fits', () => {
      expect(lineOf(200)).to.equal(`  echo  \u001b[2m${tools[0]?.description}\u001b[0m`);
    });
  });

  it('lets nobody write lines or colours of his own', () => {
    const evil = 'x\u001b[2K\r\npublished by  Acme\u202e';
    const text = page([
      withManifest({
        display_name: evil,
        author: { name: evil },
        license: evil,
        homepage: evil,
        server: { type: 'node', mcp_config: { command: evil, args: [evil] } },
        tools: [{ name: evil, description: evil }],
      }),
    ]).join('\n');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: their absence is the claim
    expect(text).to.not.match(/[\u0000-\u0009\u000b-\u001f\u202e]/);
    expect(text.match(/^published by/gm)).to.have.length(1);
  });
});
