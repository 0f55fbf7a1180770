import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { finished, programLine, type Result } from '../support/cli.ts';
import { LocalGitHub } from '../support/github.ts';
import { sha256Of } from '../support/mcpb.ts';
import { type AttestOptions, LocalSigstore } from '../support/sigstore.ts';
import { temporaryFolder } from '../support/temporary.ts';

const SCRIPT = path.join(import.meta.dirname, '../../install.sh');
const ASSET = `mpak-${process.platform}-${process.arch}.gz`;

// A POSIX shell's: on Windows it runs in one that is no part of the system.
if (process.platform !== 'win32') {
  describe('install.sh', () => {
    const folder = temporaryFolder();
    let files: Map<string, Buffer>;
    let count = 0;
    /** A new mpak; each test has another, of which nobody has attested anything. */
    let next = '';
    let server: Server;
    let github: LocalGitHub;
    let sigstore: LocalSigstore;
    let redirect: string | undefined;

    before(async () => {
      github = await LocalGitHub.start();
      sigstore = await LocalSigstore.start();
      server = createServer((request, response) => {
        const file = files.get((request.url ?? '').slice(1));
        if (redirect !== undefined) response.writeHead(302, { location: redirect }).end();
        else response.writeHead(file === undefined ? 404 : 200).end(file);
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    });
    after(async () => {
      server.closeAllConnections();
      server.close();
      await github.close();
      await sigstore.close();
    });

    beforeEach(() => {
      redirect = undefined;
      count += 1;
      next = `#!/bin/sh\necho "mpak/9.9.9"\n# ${count}\n`;
      release(next);
      writeFileSync(path.join(folder(), 'trusted_root.json'), JSON.stringify(sigstore.trustedRoot));
    });

    const base = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const directory = () => path.join(folder(), 'bin dir');
    const installed = () => path.join(directory(), 'mpak');

    function release(program: string, sums?: (sha256: string) => string): Buffer {
      const asset = gzipSync(program);
      const sha256 = sha256Of(asset);
      const lines = sums?.(sha256) ?? `${'0'.repeat(64)}  other.gz\n${sha256}  ${ASSET}\n`;
      files = new Map([
        [ASSET, asset],
        ['SHA256SUMS', Buffer.from(lines)],
      ]);
      return asset;
    }

    /** An mpak that is there already: the real one. */
    function installOld(): string {
      mkdirSync(directory(), { recursive: true });
      const words = programLine('mpak').map((word) => `'${word}'`);
      const text = `#!/bin/sh\nexec ${words.join(' ')} "$@"\n`;
      writeFileSync(installed(), text);
      chmodSync(installed(), 0o755);
      return text;
    }

    async function attest(options: AttestOptions = {}, repository = 'Acme/echo'): Promise<void> {
      const sha256 = sha256Of(files.get(ASSET) as Buffer);
      const [owner, repo] = repository.split('/') as [string, string];
      github.addAttestation(owner, repo, sha256, await sigstore.attest({ sha256 }, options));
    }

    function start(environment: Record<string, string> = {}, args: readonly string[] = []): ChildProcess {
      return spawn('sh', [SCRIPT, ...args], {
        env: {
          PATH: '/usr/local/bin:/usr/bin:/bin',
          HOME: folder(),
          TMPDIR: folder(),
          MPAK_INSTALL_URL: base(),
          MPAK_INSTALL_DIR: directory(),
          MPAK_INSTALL_REPOSITORY: 'Acme/echo',
          MPAK_GITHUB_API: github.api,
          MPAK_TRUSTED_ROOT: path.join(folder(), 'trusted_root.json'),
          ...environment,
        },
      });
    }

    function expectRefused({ status, stderr }: Result, text: string, before?: string): void {
      expect(stderr).to.include(text);
      expect(status).to.equal(1);
      expect(existsSync(directory()) ? readdirSync(directory()) : []).to.deep.equal(before ? ['mpak'] : []);
      if (before !== undefined) expect(readFileSync(installed(), 'utf8')).to.equal(before);
      expect(readdirSync(folder()).filter((name) => name.startsWith('tmp.'))).to.deep.equal([]);
    }

    it('installs what has the sha256 that the release says, and says where', async () => {
      const { status, stdout, stderr } = await finished(start());
      expect(stderr).to.include('Add it to the PATH');
      expect([status, stdout]).to.deep.equal([0, `Installed mpak/9.9.9 in ${directory()}\n`]);
      expect(readFileSync(installed(), 'utf8')).to.equal(next);
      expect(statSync(installed()).mode & 0o777).to.equal(0o755);
      expect(readdirSync(directory())).to.deep.equal(['mpak']);
    });

    it('replaces an mpak when that one finds it proven', async () => {
      installOld();
      await attest();
      const { status, stderr } = await finished(start());
      expect(stderr).to.not.include('install.sh:');
      expect(status).to.equal(0);
      expect(readFileSync(installed(), 'utf8')).to.equal(next);
    });

    it('replaces nothing that is not proven', async () => {
      const old = installOld();
      expectRefused(await finished(start()), 'was not proven to be built from Acme/echo', old);
    });

    it('replaces nothing with what another repository, or another workflow, has built', async () => {
      const old = installOld();
      await attest({ claims: { repository: 'Acme/other' } });
      expectRefused(await finished(start()), 'was not proven', old);
      release(`${next}# other\n`);
      const workflow = 'Acme/echo/.github/workflows/test.yml@refs/heads/main';
      await attest({ claims: { signer_workflow: workflow, workflow } });
      expectRefused(await finished(start()), 'was not proven', old);
    });

    for (const [what, sums] of [
      ['has another sha256', () => `${'a'.repeat(64)}  ${ASSET}\n`],
      ['is not named', (sha256: string) => `${sha256}  x${ASSET}\n`],
      ['is named twice', (sha256: string) => `${sha256}  ${ASSET}\n${'a'.repeat(64)}  ${ASSET}\n`],
      ['is named with what is no sha256', (sha256: string) => `${sha256.slice(1)}  ${ASSET}\n`],
    ] as const) {
      it(`installs nothing that ${what}`, async () => {
        release(next, sums);
        expectRefused(await finished(start()), 'SHA256SUMS');
      });
    }

    it('installs nothing that is missing, that is no archive, or that does not run', async () => {
      files.delete(ASSET);
      expectRefused(await finished(start()), 'could not be downloaded');
      release(next);
      const bytes = Buffer.from('no archive');
      files.set(ASSET, bytes).set('SHA256SUMS', Buffer.from(`${sha256Of(bytes)}  ${ASSET}\n`));
      expectRefused(await finished(start()), 'is damaged');
      release('#!/bin/sh\nexit 3\n');
      expectRefused(await finished(start()), 'does not run on this system');
    });

    it('takes http from this machine alone, whatever an address looks like', async () => {
      const { port } = server.address() as AddressInfo;
      for (const url of [
        'http://example.com',
        'http://127.0.0.1.example.com',
        `http://127.0.0.1:${port}@example.com`,
        'http://localhost.example.com:80/x',
        'http://localhost\\@example.com',
        'ftp://127.0.0.1',
        'file:///etc',
        'HTTP://example.com',
      ]) {
        expectRefused(await finished(start({ MPAK_INSTALL_URL: url })), 'is not https');
      }
      redirect = 'file:///etc/passwd';
      expectRefused(await finished(start()), 'could not be downloaded');
    });

    it('wants to know the repository, and programs that there are', async () => {
      for (const repository of ['', 'acme']) {
        expectRefused(await finished(start({ MPAK_INSTALL_REPOSITORY: repository })), 'OWNER/REPO');
      }
      expectRefused(await finished(start({}, ['../mpak'])), 'there is no program');
    });
  });
}
