import path from 'node:path';
import { expect } from 'chai';
import { parsePackageName } from '../../../src/lib/bundle/name.ts';
import { MpakError } from '../../../src/lib/errors.ts';
import {
  issuerUrl,
  namesSigner,
  predicateTypeUri,
  signerRequirement,
} from '../../../src/lib/provenance/demand.ts';
import type { SignerRequirement } from '../../../src/lib/provenance/policy.ts';
import { provenanceSettings } from '../../../src/lib/provenance/settings.ts';
import { registryRequirement } from '../../../src/lib/provenance/subject.ts';
import { provenanceFrom } from '../../support/index-of.ts';

const codeOf = (work: () => unknown): string | undefined => {
  try {
    work();
    return undefined;
  } catch (error) {
    expect(error).to.be.instanceOf(MpakError);
    return (error as MpakError).code;
  }
};

describe('the settings of provenance', () => {
  it('are the public Sigstore, github.com and GitHub Actions by default', () => {
    const settings = provenanceSettings({}, '/home/.mpak', {});
    expect(settings).to.deep.equal({
      issuer: 'https://token.actions.githubusercontent.com',
      trustedRoot: undefined,
      tuf: { url: 'https://tuf-repo-cdn.sigstore.dev', rootFile: undefined },
      folder: path.join('/home/.mpak', 'sigstore'),
      github: { url: new URL('https://api.github.com'), token: undefined },
    });
  });

  it('take a private Sigstore, another GitHub and issuer, and a token', () => {
    const environment = {
      MPAK_TRUSTED_ROOT: 'root.json',
      MPAK_TUF_URL: 'https://tuf.example.com/',
      MPAK_TUF_ROOT: 'first.json',
      MPAK_GITHUB_API: 'https://github.example.com/api/v3',
      GITHUB_TOKEN: 'second',
      MPAK_GITHUB_TOKEN: 'first',
    };
    const settings = provenanceSettings(environment, '/h', { certOidcIssuer: 'https://issuer.example.com' });
    expect(settings.issuer).to.equal('https://issuer.example.com');
    expect(settings.trustedRoot).to.equal('root.json');
    expect(settings.tuf).to.deep.equal({ url: 'https://tuf.example.com', rootFile: 'first.json' });
    expect(settings.github.url.href).to.equal('https://github.example.com/api/v3');
    expect(settings.github.token).to.equal('first');
  });

  it("send a token of GitHub's own to no other host", () => {
    const tokenOf = (environment: NodeJS.ProcessEnv) =>
      provenanceSettings(environment, '/h', {}).github.token;
    const other = { MPAK_GITHUB_API: 'https://github.example.com/api/v3' };
    expect(tokenOf({ GITHUB_TOKEN: 'a' })).to.equal('a');
    expect(tokenOf({ GITHUB_TOKEN: 'a', MPAK_GITHUB_API: 'https://api.github.com/' })).to.equal('a');
    expect(tokenOf({ GITHUB_TOKEN: 'a', ...other })).to.equal(undefined);
    expect(tokenOf({ GITHUB_TOKEN: 'a', ...other, GITHUB_API_URL: 'https://api.github.com' })).to.equal(
      undefined,
    );
    expect(tokenOf({ GITHUB_TOKEN: 'a', ...other, GITHUB_API_URL: other.MPAK_GITHUB_API })).to.equal('a');
    expect(tokenOf({ MPAK_GITHUB_TOKEN: 'b', GITHUB_TOKEN: 'a', ...other })).to.equal('b');
  });

  it('refuse what is no URL, and plain http elsewhere than here', () => {
    for (const url of [
      'nonsense',
      'http://example.com',
      'file:///etc/passwd',
      'https://me@example.com',
      'https://:hunter2@example.com',
    ]) {
      expect(
        codeOf(() => provenanceSettings({ MPAK_TUF_URL: url }, '/h', {})),
        url,
      ).to.equal('USAGE');
      expect(
        codeOf(() => provenanceSettings({ MPAK_GITHUB_API: url }, '/h', {})),
        url,
      ).to.equal('USAGE');
    }
    expect(codeOf(() => provenanceSettings({ MPAK_GITHUB_API: 'http://127.0.0.1:1' }, '/h', {}))).to.equal(
      undefined,
    );
  });
});

describe('a demand on the signer', () => {
  it('is refused when it is not of its form', () => {
    const bad: SignerRequirement[] = [
      { owner: '' },
      { owner: 'a/b' },
      { owner: '@acme' },
      { repository: 'acme' },
      { repository: 'acme/x/y' },
      { repository: 'https://github.com/acme/x' },
      { signerWorkflow: 'release.yml' },
      { ref: '' },
      { identity: '' },
      { identityPattern: '(' },
      { identityPattern: '' },
      { identityPattern: 'a'.repeat(1025) },
    ];
    for (const demand of bad) {
      expect(
        codeOf(() => signerRequirement(demand)),
        JSON.stringify(demand),
      ).to.equal('USAGE');
    }
  });

  it('takes an issuer that is a URL, and a predicate type that is a URI', () => {
    expect(issuerUrl('https://token.example.com')).to.equal('https://token.example.com');
    expect(predicateTypeUri('urn:example:1')).to.equal('urn:example:1');
    for (const text of ['', 'token.example.com', 'urn:x'])
      expect(codeOf(() => issuerUrl(text))).to.equal('USAGE');
    for (const text of ['', 'slsa']) expect(codeOf(() => predicateTypeUri(text))).to.equal('USAGE');
  });

  it('says whose something is by owner, repository or identity alone', () => {
    expect(namesSigner({ ref: 'refs/tags/v1', commit: 'c', signerWorkflow: 'a/b/c' })).to.equal(false);
    for (const demand of [
      { owner: 'a' },
      { repository: 'a/b' },
      { identity: 'x' },
      { identityPattern: 'x' },
    ]) {
      expect(namesSigner(demand)).to.equal(true);
    }
  });

  it('of a registry is its scope, the account first seen, and the source it recorded', () => {
    const name = parsePackageName('@acme/echo');
    if (name === undefined) throw new Error('not a name');
    const provenance = provenanceFrom('Acme/echo');
    expect(registryRequirement({ name, ownerId: '4711', provenance })).to.deep.equal({
      owner: 'acme',
      ownerId: '4711',
      repository: 'Acme/echo',
      ref: 'refs/tags/v1',
      commit: 'c'.repeat(40),
    });
    expect(registryRequirement({ name, ownerId: null, provenance: null })).to.deep.equal({ owner: 'acme' });
  });
});
