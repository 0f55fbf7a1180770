import { expect } from 'chai';
import { proposalLines } from '../../src/cli/proposal-page.ts';
import type { Screen } from '../../src/cli/screen.ts';
import type { Installed } from '../../src/lib/cache/bundle-cache.ts';
import type { Concern, Proposal } from '../../src/lib/install/proposal.ts';
import type { Verified } from '../../src/lib/provenance/verify.ts';
import { provenanceFrom } from '../support/index-of.ts';

const SCREEN: Screen = { isTTY: false, columns: 80, style: (_, text) => text };

type Changes = Partial<Omit<Proposal, 'resolved'>> & { resolved?: Partial<Proposal['resolved']> };

function proposal(changes: Changes = {}): Proposal {
  const { resolved, ...rest } = changes;
  return {
    source: 'signed',
    registry: 'https://registry.example.com',
    resolved: {
      name: '@acme/echo',
      version: '2.0.0',
      artifact: { size: 1_234_567 },
      provenance: provenanceFrom('Acme/echo'),
      ownerId: '4711',
      deprecated: null,
      yanked: null,
      ...resolved,
    } as Proposal['resolved'],
    tools: [{ name: 'echo' }, { name: 'shout' }],
    permissions: { network: 'none' },
    certification: null,
    findings: null,
    verified: { signer: { repository: 'Acme/echo', commit: 'c'.repeat(40) } } as Verified,
    current: undefined,
    ...rest,
  };
}

const page = (changes: Changes = {}, concerns: Concern[] = []) =>
  proposalLines(proposal(changes), concerns, SCREEN).join('\n');

describe('what is said before an installation', () => {
  it('is name, version, publisher, what is proven, size, level, permissions and tools', () => {
    expect(proposalLines(proposal(), ['first'], SCREEN)).to.deep.equal([
      'Installing @acme/echo 2.0.0',
      '  published by  Acme, from Acme/echo',
      `  built from    Acme/echo at ${'c'.repeat(40)}: proven`,
      '  size          1.2 MB',
      '  certified     no',
      '  permissions   {"network":"none"}',
      '  tools         2 tools: echo, shout',
    ]);
  });

  it('is what runs now, for an update', () => {
    const text = page({ current: { version: '1.0.0' } as Installed });
    expect(text).to.match(/^Updating to @acme\/echo 2\.0\.0\n {2}runs now {6}1\.0\.0\n/);
  });

  it('is what the registry last found where it was published', () => {
    const pageOf = (state: string) => page({ resolved: { artifact: { size: 1, state } as never } });
    expect(pageOf('available')).to.not.include('The registry found');
    expect(pageOf('gone')).to.include('The registry found that it is no longer available.');
    expect(pageOf('changed')).to.include('no longer what was published');
  });

  it('is loud where nothing is proven or declared', () => {
    const text = page({ verified: null, permissions: null, tools: [], resolved: { provenance: null } }, [
      'unattested',
    ]);
    expect(text).to.include('NOT PROVEN').and.include('Nothing proves who built it');
    expect(text).to.include('unknown: imported by the registry');
    expect(text).to.include('permissions   not declared').and.include('tools         none declared');
  });

  it('names every reason to ask but that it is the first', () => {
    const all = page({}, ['first', 'unattested', 'publisher', 'permissions']).split('\n');
    expect(all.slice(-4)).to.deep.equal([
      '  Nothing proves who built it, or from which source: it has no attestation.',
      '  Only its sha256 is compared, with what the registry says: whoever controls that decides what you get.',
      '  It is published by somebody else, or from elsewhere, than the version that is installed.',
      '  It wants more permissions than the version that is installed.',
    ]);
  });

  it('says in plain words what an unsigned index adds to that, and nothing where all is proven', () => {
    expect(page({ source: 'bundles', verified: null }, ['unattested'])).to.include(
      'the index of that registry is unsigned: nothing proves that it was not changed on the way',
    );
    expect(page({ verified: null }, ['unattested'])).to.not.include('unsigned');
    expect(page()).to.not.include('Nothing proves');
  });

  it('names both registries when what is installed came from another one', () => {
    const current = { version: '1.0.0', receipt: { registry: 'https://other.example.com' } } as Installed;
    const text = page({ current }, ['registry']);
    expect(text).to.include(
      'registry      https://registry.example.com, and not https://other.example.com\n',
    );
    expect(text).to.include('It comes from another registry').and.include('may be another package');
  });

  it('names level and deprecation', () => {
    const certification = { level: 2, level_name: 'Standard' } as Proposal['certification'];
    const text = page({
      certification,
      resolved: { deprecated: { message: 'Old.', successor: '@acme/new', at: '2026-01-01T00:00:00.000Z' } },
    });
    expect(text).to.include('certified     L2 Standard');
    expect(text).to.include('Deprecated: Old. Use @acme/new instead.');
    expect(
      page({
        resolved: { deprecated: { message: 'Old.', successor: null, at: '2026-01-01T00:00:00.000Z' } },
      }),
    ).to.match(/Deprecated: Old\.$/);
  });

  it('is the worst of what the registry found, in words that write no line', () => {
    const finding = {
      control: 'CQ-05',
      severity: 'high',
      file: 'a.js\n  size',
      line: 3,
      title: 'x\u001b[2K\r\n  size',
    };
    const text = page({ findings: [finding] as unknown as NonNullable<Proposal['findings']> });
    expect(text).to.include('high: x[2K size (CQ-05, a.js size:3)');
    expect(text.match(/^ {2}size/gm)).to.have.length(1);
  });

  it('counts the tools that it does not name', () => {
    const tools = Array.from({ length: 15 }, (_, index) => ({ name: `t${index}` }));
    expect(page({ tools })).to.include('15 tools: t0, t1').and.include('t11 and 3 more');
  });

  it('lets nobody write lines or colours of his own', () => {
    const evil = 'x\u001b[2K\r\n  built from    Acme/echo: proven\u202e';
    const text = page({
      tools: [{ name: evil }],
      permissions: { [evil]: evil },
      resolved: {
        deprecated: { message: evil, successor: null, at: evil },
        provenance: provenanceFrom(`Acme/${evil}`),
      },
      verified: { signer: { repository: evil, commit: evil } } as Verified,
    });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: their absence is the claim
    expect(text).to.not.match(/[\u0000-\u0009\u000b-\u001f\u202e]/);
    expect(text.split('\n')).to.have.length(8);
    expect(text.match(/^ {2}built from/gm)).to.have.length(1);
  });
});
