import { expect } from 'chai';
import type { Behaviour } from '../../../../src/lib/certification/context.ts';
import {
  bundleOf,
  bundleWithManifest,
  certifiedManifest,
  resultOf,
} from '../../../support/certified-bundle.ts';
import { serverManifest } from '../../../support/server-project.ts';

const QUIET: Behaviour = {
  problems: [],
  tools: ['echo'],
  network: [],
  filesRead: [],
  filesWritten: [],
  environment: [],
  processes: [],
};

function permitting(permissions: Readonly<Record<string, unknown>>): Buffer {
  const declared = certifiedManifest()._meta['org.mpaktrust'].permissions;
  return bundleWithManifest({
    _meta: { 'org.mpaktrust': { permissions: { ...declared, ...permissions } } },
  });
}

async function judged(behaviour: Partial<Behaviour>, bytes = bundleOf()) {
  const run = async () => ({ ...QUIET, ...behaviour });
  const { status, findings, allows } = await resultOf(bytes, 'CQ-06', { sandbox: { run } });
  return { status, allows, titles: findings.map(({ title }) => title) };
}

describe('CQ-06, the behaviour', () => {
  it('passes what has its tools and does nothing else', async () => {
    expect(await judged({})).to.deep.equal({ status: 'pass', allows: 4, titles: [] });
  });

  const undeclared: Readonly<Record<string, Partial<Behaviour>>> = {
    'a connection': { network: [{ direction: 'outbound', address: '203.0.113.9:443' }] },
    'a port that it listens at': { network: [{ direction: 'inbound', address: '0.0.0.0:80' }] },
    'a file that it reads': { filesRead: ['/srv/notes.txt'] },
    'a file that it writes': { filesWritten: ['/tmp/x'] },
    'a variable that it reads': { environment: ['SECRET'] },
    'all variables': { environment: ['*'] },
    'a program that it runs': { processes: ['git'] },
    'a tool that it does not declare': { tools: ['delete_everything', 'echo'] },
    'a tool that it does not have': { tools: [] },
    'no answer': { tools: undefined, problems: ['It does not answer in time'] },
  };
  for (const [what, behaviour] of Object.entries(undeclared)) {
    it(`fails ${what}`, async () => {
      const { status, allows, titles } = await judged(behaviour);
      expect({ status, allows }).to.deep.equal({ status: 'fail', allows: 3 });
      expect(titles).to.have.length(1);
    });
  }

  it('passes what is declared', async () => {
    const all = {
      network: 'full',
      filesystem: 'write',
      environment: ['SECRET'],
      subprocess: ['git'],
    };
    const behaviour: Partial<Behaviour> = {
      network: [
        { direction: 'outbound', address: '203.0.113.9:443' },
        { direction: 'inbound', address: '0.0.0.0:80' },
      ],
      filesRead: ['/srv/notes.txt'],
      filesWritten: ['/tmp/x'],
      environment: ['SECRET'],
      processes: ['git'],
    };
    expect((await judged(behaviour, permitting(all))).status).to.equal('pass');
  });

  it('fails the other direction, another program and another variable than those that are declared', async () => {
    const listens = { network: [{ direction: 'inbound' as const, address: '0.0.0.0:80' }] };
    expect((await judged(listens, permitting({ network: 'outbound' }))).status).to.equal('fail');
    expect((await judged({ processes: ['sh'] }, permitting({ subprocess: ['git'] }))).status).to.equal(
      'fail',
    );
    expect((await judged({ environment: ['B'] }, permitting({ environment: ['A'] }))).status).to.equal(
      'fail',
    );
    expect((await judged({ filesWritten: ['/a'] }, permitting({ filesystem: 'read' }))).status).to.equal(
      'fail',
    );
  });

  it('fails where keys are kept, unless all files are declared', async () => {
    for (const file of ['~/.ssh/id_rsa', '~/.aws/credentials', '/etc/shadow', '/proc/self/environ']) {
      const read = { filesRead: [file] };
      expect((await judged(read, permitting({ filesystem: 'write' }))).status, file).to.equal('fail');
      expect((await judged(read, permitting({ filesystem: 'full' }))).status, file).to.equal('pass');
    }
  });

  it('counts a variable that the manifest itself gives as declared', async () => {
    const { server } = serverManifest();
    const mcp_config = { ...server.mcp_config, env: { ACME_URL: 'https://acme.example' } };
    const bytes = bundleWithManifest({ server: { ...server, mcp_config } });
    expect((await judged({ environment: ['ACME_URL'] }, bytes)).status).to.equal('pass');
  });

  it('lets a server that makes tools when it runs have more of them, not fewer', async () => {
    const bytes = bundleWithManifest({ tools_generated: true });
    expect((await judged({ tools: ['echo', 'more'] }, bytes)).status).to.equal('pass');
    expect((await judged({ tools: ['more'] }, bytes)).status).to.equal('fail');
  });

  it('is skipped when it is switched off, cannot run, or nothing is declared, with the reason', async () => {
    const result = await resultOf(bundleOf(), 'CQ-06');
    expect({ status: result.status, allows: result.allows }).to.deep.equal({ status: 'skip', allows: 3 });
    expect(result.reason).to.contain('not switched on');
    const sandbox = { run: async () => ({ unavailable: 'The sandbox needs Linux.' }) };
    expect((await resultOf(bundleOf(), 'CQ-06', { sandbox })).reason).to.equal('The sandbox needs Linux.');
    const ran = { run: () => Promise.reject(new Error('it was run')) };
    for (const bytes of [bundleWithManifest({ _meta: {} }), bundleOf({ 'manifest.json': '[' })]) {
      expect((await resultOf(bytes, 'CQ-06', { sandbox: ran })).status).to.equal('skip');
    }
  });

  it('is an error when the sandbox breaks', async () => {
    const sandbox = { run: () => Promise.reject(new Error('no space left')) };
    expect((await resultOf(bundleOf(), 'CQ-06', { sandbox })).status).to.equal('error');
  });
});
