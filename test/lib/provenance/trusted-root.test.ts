import { existsSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { MpakError } from '../../../src/lib/errors.ts';
import {
  loadTrustedRoot,
  type TrustedRoot,
  type TrustedRootOptions,
} from '../../../src/lib/provenance/trusted-root.ts';
import { PUBLIC_TUF_URL } from '../../../src/lib/provenance/tuf.ts';
import { LocalSigstore } from '../../support/sigstore.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { SHA256, verifyJson } from './local.ts';

const HOUR = 3_600_000;

describe('the trusted root', () => {
  const folder = temporaryFolder();
  let sigstore: LocalSigstore;
  let rootFile: string;

  beforeEach(async () => {
    sigstore = await LocalSigstore.start();
    rootFile = path.join(folder(), 'first-root.json');
    writeFileSync(rootFile, sigstore.tufRoot);
  });
  afterEach(() => sigstore.close());

  function load(changes: Partial<TrustedRootOptions> = {}): Promise<TrustedRoot> {
    return loadTrustedRoot({
      trustedRoot: undefined,
      tuf: { url: sigstore.tufUrl, rootFile },
      folder: path.join(folder(), 'sigstore'),
      offline: false,
      userAgent: 'mpak-test',
      now: () => new Date(),
      ...changes,
    });
  }

  const later = (hours: number) => ({ now: () => new Date(Date.now() + hours * HOUR) });
  const tufFolder = () =>
    path.join(folder(), 'sigstore', readdirSync(path.join(folder(), 'sigstore'))[0] as string);
  const refused = async (loading: Promise<unknown>) => {
    const error = await loading.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).to.be.instanceOf(MpakError);
    return error as MpakError;
  };

  it('comes from the TUF repository, verified, and proves what its Sigstore signed', async () => {
    const root = await load();
    expect(root.origin).to.equal('tuf');
    expect(sigstore.requests).to.include.members([
      '/2.root.json',
      '/timestamp.json',
      '/targets/trusted_root.json',
    ]);
    expect(verifyJson(await sigstore.attest({ sha256: SHA256 }), root).code).to.equal('VERIFIED');
  });

  if (process.platform !== 'win32')
    it("is kept in folders that are their user's alone, whatever the umask", async () => {
      const umask = process.umask(0);
      try {
        await load();
        // As the first command of a user does it.
        await load({ folder: path.join(folder(), 'home', 'sigstore') });
      } finally {
        process.umask(umask);
      }
      for (const kept of [
        path.join(folder(), 'home'),
        path.join(folder(), 'sigstore'),
        tufFolder(),
        path.join(tufFolder(), 'metadata'),
      ])
        expect(statSync(kept).mode & 0o077, kept).to.equal(0);
    });

  it('is fetched once a day', async () => {
    await load();
    sigstore.requests.length = 0;
    await load(later(23));
    expect(sigstore.requests).to.deep.equal([]);
    await load(later(25));
    expect(sigstore.requests).to.include('/timestamp.json');
  });

  it('is what it was when the repository is gone', async () => {
    const { sha256 } = await load();
    await sigstore.close();
    const root = await load(later(48));
    expect(root).to.include({ origin: 'tuf', sha256 });
  });

  it('is what it was without a network, and none is used', async () => {
    await load();
    sigstore.requests.length = 0;
    expect((await load({ offline: true, ...later(1000) })).origin).to.equal('tuf');
    expect(sigstore.requests).to.deep.equal([]);
  });

  it('is not changed by a repository that another key signs', async () => {
    const { sha256 } = await load();
    const stranger = await LocalSigstore.start();
    try {
      // The same folder, as if the repository's server had been taken over.
      const from = tufFolder();
      const hostOf = ({ tufUrl }: LocalSigstore) => encodeURIComponent(new URL(tufUrl).host);
      renameSync(from, from.replace(hostOf(sigstore), hostOf(stranger)));
      const root = await load({ tuf: { url: stranger.tufUrl, rootFile }, ...later(48) });
      expect(stranger.requests).to.include('/timestamp.json');
      expect(root.sha256).to.equal(sha256);
    } finally {
      await stranger.close();
    }
  });

  it('is forgotten when another first root is named, which does not vouch for it', async () => {
    await load();
    const stranger = await LocalSigstore.start();
    await stranger.close();
    writeFileSync(rootFile, stranger.tufRoot);
    expect((await refused(load())).code).to.equal('TRUSTED_ROOT');
    expect((await refused(load({ offline: true }))).code).to.equal('TRUSTED_ROOT');
    writeFileSync(rootFile, sigstore.tufRoot);
    expect((await load({ offline: true })).origin).to.equal('tuf');
  });

  it('needs the first root that is named', async () => {
    await load();
    rmSync(rootFile);
    const error = await refused(load());
    expect(error).to.include({ code: 'TRUSTED_ROOT', hint: 'Check what is set as MPAK_TUF_ROOT.' });
  });

  it('is the shipped one where nothing can be kept', async () => {
    const blocked = path.join(folder(), 'file');
    writeFileSync(blocked, '');
    const root = await load({
      tuf: { url: PUBLIC_TUF_URL, rootFile: undefined },
      folder: path.join(blocked, 'sigstore'),
    });
    expect(root.origin).to.equal('shipped');
  });

  it('is told of when it could not be refreshed for a month, with the reason, until it is', async () => {
    await load();
    sigstore.broken = true;
    expect((await load(later(48))).stale).to.equal(undefined);
    for (const [hours, offline] of [
      [31 * 24, false],
      [31 * 24 + 0.1, false],
      [32 * 24, true],
    ] as const) {
      const { stale } = await load({ ...later(hours), offline });
      expect(stale, String(hours)).to.include(sigstore.tufUrl).and.include('days').and.include('503');
    }
    sigstore.broken = false;
    expect((await load(later(33 * 24))).stale).to.equal(undefined);
    sigstore.broken = true;
    expect((await load(later(34 * 24 + 1))).stale).to.equal(undefined);
  });

  it('is refused of a repository that the first root does not vouch for', async () => {
    const stranger = await LocalSigstore.start();
    try {
      const error = await refused(load({ tuf: { url: stranger.tufUrl, rootFile } }));
      expect(error.code).to.equal('TRUSTED_ROOT');
    } finally {
      await stranger.close();
    }
  });

  it('is not asked for again at once after a failure', async () => {
    await load();
    sigstore.broken = true;
    sigstore.requests.length = 0;
    await load(later(48));
    expect(sigstore.requests).to.have.length(1);
    await load(later(48.1));
    expect(sigstore.requests).to.have.length(1);
    await load(later(49));
    expect(sigstore.requests).to.have.length(2);
  });

  it('recovers from files that a crash left half written', async () => {
    await load();
    const metadata = path.join(tufFolder(), 'metadata');
    for (const name of readdirSync(metadata)) writeFileSync(path.join(metadata, name), '{"signed":');
    rmSync(path.join(tufFolder(), 'trusted_root.json'));
    const root = await load();
    expect(verifyJson(await sigstore.attest({ sha256: SHA256 }), root).code).to.equal('VERIFIED');
  });

  it('needs a first root for a repository other than the public one', async () => {
    const error = await refused(load({ tuf: { url: sigstore.tufUrl, rootFile: undefined } }));
    expect(error.code).to.equal('TRUSTED_ROOT');
    expect(error.hint).to.include('MPAK_TUF_ROOT');
  });

  it('is missing without a network when it was never fetched', async () => {
    const error = await refused(load({ offline: true }));
    expect(error.code).to.equal('TRUSTED_ROOT');
    expect(error.hint).to.include('--offline');
  });

  it('is the shipped one for the public Sigstore, without a network and without a file', async () => {
    const root = await load({ tuf: { url: PUBLIC_TUF_URL, rootFile: undefined }, offline: true });
    expect(root.origin).to.equal('shipped');
    expect(existsSync(path.join(folder(), 'sigstore'))).to.equal(false);
  });

  it('is the file that the user names, and nothing else is asked', async () => {
    const file = path.join(folder(), 'mine.json');
    writeFileSync(file, JSON.stringify(sigstore.trustedRoot));
    const root = await load({ trustedRoot: file });
    expect(root.origin).to.equal('file');
    expect(sigstore.requests).to.deep.equal([]);
    expect(verifyJson(await sigstore.attest({ sha256: SHA256 }), root).code).to.equal('VERIFIED');
  });

  it('may be several, one a line, each of which proves its own', async () => {
    const stranger = await LocalSigstore.start();
    await stranger.close();
    const file = path.join(folder(), 'mine.jsonl');
    writeFileSync(
      file,
      [stranger.trustedRoot, sigstore.trustedRoot].map((root) => JSON.stringify(root)).join('\n'),
    );
    const root = await load({ trustedRoot: file });
    for (const each of [stranger, sigstore]) {
      expect(verifyJson(await each.attest({ sha256: SHA256 }), root).code).to.equal('VERIFIED');
    }
  });

  it('of the user is refused when it is missing or is none', async () => {
    const missing = path.join(folder(), 'missing.json');
    expect((await refused(load({ trustedRoot: missing }))).code).to.equal('TRUSTED_ROOT');
    const none = path.join(folder(), 'none.json');
    writeFileSync(none, '{}');
    expect((await refused(load({ trustedRoot: none }))).code).to.equal('TRUSTED_ROOT');
  });
});
