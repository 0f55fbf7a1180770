import path from 'node:path';
import { expect } from 'chai';
import { scanContext } from '../../../registry/scans/context.ts';
import { keptProof } from '../../../registry/scans/kept-proof.ts';
import type { Order } from '../../../registry/scans/order.ts';
import { openMemoryIndex } from '../../../src/lib/index/open.ts';
import type { Provenance } from '../../../src/lib/log/entry.ts';
import { GITHUB_ISSUER } from '../../../src/lib/provenance/policy.ts';
import { openVulnerabilities } from '../../../src/lib/vulnerabilities/database.ts';
import { provenance } from '../../lib/index/log-entries.ts';
import { localSigstore, SHA256 } from '../../lib/provenance/local.ts';
import { DEFAULT_CLAIMS } from '../../support/sigstore.ts';
import { sharedFolder } from '../support/shared-folder.ts';

/** Who announced it, as the certificate of the local Sigstore says. */
function announcedBy(changes: Partial<Provenance> = {}): Provenance {
  const { owner_id, repository, ref, commit } = DEFAULT_CLAIMS;
  const known = provenance('Acme', owner_id, repository);
  return { ...known, sha: commit, claims: { ...known.claims, ref }, ...changes };
}

describe('what a registry’s scan knows of a release', () => {
  const local = localSigstore();
  const job = { package: '@acme/echo', sha256: SHA256 };
  const trust = { root: async () => local.root, issuer: GITHUB_ISSUER };

  async function kept(document: unknown, announced: Provenance | null = announcedBy()) {
    const db = openMemoryIndex();
    if (document !== undefined) {
      const bytes = Buffer.from(JSON.stringify(document));
      db.prepare('INSERT INTO attestations (sha256, document) VALUES (?, ?)').run(SHA256, bytes);
    }
    try {
      return await keptProof(db, job, announced, trust);
    } finally {
      db.close();
    }
  }
  const attested = async () => ({
    attestations: [{ bundle: await local.sigstore.attest({ sha256: SHA256 }, {}) }],
  });

  it('is what the attestation proves that was kept', async () => {
    expect(await kept(await attested())).to.deep.include({
      subjectSha256: SHA256,
      issuer: GITHUB_ISSUER,
      sourceRepository: `https://github.com/${DEFAULT_CLAIMS.repository}`,
      sourceCommit: DEFAULT_CLAIMS.commit,
    });
  });

  it('is nothing where none was kept, or nobody announced it', async () => {
    expect(await kept(undefined)).to.equal(undefined);
    expect(await kept(await attested(), null)).to.equal(undefined);
  });

  it('is that none verifies, when it is of another commit or repository, or forged', async () => {
    const document = await attested();
    expect(await kept(document, announcedBy({ sha: 'e'.repeat(40) }))).to.equal(null);
    expect(await kept(document, announcedBy({ repository: 'Acme/other' }))).to.equal(null);
    const forged = JSON.parse(JSON.stringify(document));
    forged.attestations[0].bundle.dsseEnvelope.payload = Buffer.from('{}').toString('base64');
    expect(await kept(forged)).to.equal(null);
  });
});

describe('the context of a registry’s scan', () => {
  const folder = sharedFolder();
  const order = (changes: Partial<Order> = {}): Order => ({
    file: 'a',
    sha256: SHA256,
    at: '2026-01-01T00:00:00.000Z',
    provenance: announcedBy(),
    approvedSources: { npm: ['https://packages.example.com/'] },
    vulnerabilities: null,
    memoryBytes: 1,
    timeoutMs: 1,
    ...changes,
  });

  it('has what the worker was told', () => {
    const { context, sources } = scanContext(order({ attestation: null }));
    expect(context.registry).to.include({ owner: 'Acme', commit: DEFAULT_CLAIMS.commit });
    expect(context.attestation).to.equal(null);
    expect(context.approvedSources?.get('npm')).to.deep.equal(['https://packages.example.com/']);
    expect(context.vulnerabilities).to.equal(undefined);
    expect(sources).to.deep.equal({});
  });

  it('refuses to judge without the vulnerability data that is configured', () => {
    const file = path.join(folder(), 'vulnerabilities.db');
    expect(() => scanContext(order({ vulnerabilities: file }))).to.throw('no vulnerability data');
    openVulnerabilities(file).close();
    expect(scanContext(order({ vulnerabilities: file })).context.vulnerabilities).to.equal(undefined);
  });
});
