import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { Job } from '../support/actions-runner.ts';
import { mpak } from '../support/cli.ts';
import { LocalGitHub } from '../support/github.ts';
import { type BundleFile, makeBundle } from '../support/mcpb.ts';
import { PublisherServer } from '../support/publisher-server.ts';
import { temporaryFolder } from '../support/temporary.ts';

describe('from a workflow,', () => {
  const folder = temporaryFolder();
  let github: LocalGitHub;
  let registry: PublisherServer;
  let job: Job;

  beforeEach(async () => {
    github = await LocalGitHub.start();
    registry = await PublisherServer.start();
    registry.registry = { status: 200, json: { announce: { audience: registry.url } } };
    job = new Job({
      folder: folder(),
      github,
      repository: 'Acme/echo',
      tag: 'v1.0.0',
      environment: { MPAK_REGISTRY_URL: registry.url },
    });
  });
  afterEach(async () => {
    await registry.close();
    await github.close();
  });

  describe('mpak bundle deprecate', () => {
    it('tells the registry which versions, why, and what to use instead', async () => {
      const args = [
        'bundle',
        'deprecate',
        '@Acme/echo@^1',
        '--message',
        ' Gone. ',
        '--successor',
        '@acme/new',
      ];
      const result = await job.mpak(args);
      expect(result.status, result.stderr).to.equal(0);
      expect(result.stdout).to.equal('@acme/echo ^1 is deprecated.\n');
      expect(registry.posts.map(({ path, json }) => [path, json])).to.deep.equal([
        [
          '/v1/bundles/deprecate',
          { name: '@acme/echo', versions: '^1', message: 'Gone.', successor: '@acme/new' },
        ],
      ]);
      expect(registry.posts[0]?.headers.authorization).to.match(/^Bearer ey/);
    });

    it('means all versions where none is named', async () => {
      registry.answers = [{ status: 200, json: { status: 'updated' } }];
      const result = await job.mpak(['bundle', 'deprecate', '@acme/echo', '--message', 'Gone.', '--json']);
      expect(JSON.parse(result.stdout)).to.deep.equal({
        package: '@acme/echo',
        versions: '*',
        status: 'updated',
        warnings: [],
      });
      expect(registry.posts[0]?.json).to.deep.equal({ name: '@acme/echo', versions: '*', message: 'Gone.' });
    });
  });

  describe('mpak bundle yank', () => {
    it('tells the registry which version, and why', async () => {
      const result = await job.mpak(['bundle', 'yank', '@acme/echo@1.2.0', '--reason', 'It deletes rows.']);
      expect(result.status, result.stderr).to.equal(0);
      expect(result.stdout).to.equal('@acme/echo 1.2.0 is yanked.\n');
      expect(registry.posts.map(({ path, json }) => [path, json])).to.deep.equal([
        ['/v1/bundles/yank', { name: '@acme/echo', version: '1.2.0', reason: 'It deletes rows.' }],
      ]);
    });

    it('prints the request and sends nothing with --dry-run, outside of a workflow too', async () => {
      const args = ['bundle', 'yank', '@acme/echo@1.2.0', '--reason', 'x', '--dry-run'];
      const result = await mpak(folder(), args, { MPAK_REGISTRY_URL: registry.url });
      expect(result.status, result.stderr).to.equal(0);
      expect(JSON.parse(result.stdout)).to.deep.equal({ name: '@acme/echo', version: '1.2.0', reason: 'x' });
      expect(registry.requests).to.deep.equal([]);
    });

    it('ends with what the registry says', async () => {
      registry.answers = [
        { status: 403, json: { error: { code: 'FORBIDDEN', message: '@acme/echo belongs to another.' } } },
      ];
      const result = await job.mpak(['bundle', 'yank', '@acme/echo@1.2.0', '--reason', 'x']);
      expect(result.status).to.equal(54);
      expect(result.stderr).to.include('FORBIDDEN: @acme/echo belongs to another.');
      const outside = await mpak(folder(), ['bundle', 'yank', '@acme/echo@1.2.0', '--reason', 'x']);
      expect(outside.status).to.equal(51);
    });
  });

  describe('mpak bundle upload', () => {
    let bundle: BundleFile;
    let file = '';

    beforeEach(() => {
      bundle = makeBundle('@acme/echo', '1.0.0');
      file = path.join(job.workspace, 'echo.mcpb');
      writeFileSync(file, bundle.bytes);
    });
    const asset = async () => {
      const answer = await fetch(`${github.url}/Acme/echo/releases/download/v1.0.0/echo.mcpb`);
      return answer.ok ? Buffer.from(await answer.arrayBuffer()) : undefined;
    };

    it('attaches a bundle to the release, and leaves it as it is when it is there', async () => {
      github.createRelease('Acme', 'echo', 'v1.0.0');
      const first = await job.mpak(['bundle', 'upload', file]);
      expect(first.status, first.stderr).to.equal(0);
      expect(first.stdout).to.equal('echo.mcpb is attached to the release v1.0.0 of Acme/echo.\n');
      expect(await asset()).to.deep.equal(bundle.bytes);
      const second = await job.mpak(['bundle', 'upload', file, '--json']);
      expect(JSON.parse(second.stdout)).to.deep.equal({
        repository: 'Acme/echo',
        tag: 'v1.0.0',
        uploaded: [{ file, filename: 'echo.mcpb', status: 'unchanged' }],
      });
    });

    it('never replaces another file of that name', async () => {
      github.addAsset('Acme', 'echo', 'v1.0.0', 'echo.mcpb', Buffer.from('older'));
      const result = await job.mpak(['bundle', 'upload', file]);
      expect(result.status).to.equal(58);
      expect(await asset()).to.deep.equal(Buffer.from('older'));
    });

    it('clears away what an upload has left that broke off', async () => {
      github.addAsset('Acme', 'echo', 'v1.0.0', 'echo.mcpb', Buffer.alloc(0), { state: 'starter' });
      const result = await job.mpak(['bundle', 'upload', file]);
      expect(result.status, result.stderr).to.equal(0);
      expect(await asset()).to.deep.equal(bundle.bytes);
    });

    it('tries again while GitHub fails, clears away what that left, and gives up in time', async () => {
      github.createRelease('Acme', 'echo', 'v1.0.0');
      let failures = 0;
      github.answerApi = (_, response) => {
        failures += 1;
        github.answerApi = undefined;
        response.writeHead(503, { 'retry-after': '0' }).end();
      };
      github.answerUpload = (_, response) => {
        failures += 1;
        github.answerUpload = undefined;
        github.addAsset('Acme', 'echo', 'v1.0.0', 'echo.mcpb', Buffer.alloc(0), { state: 'starter' });
        response.writeHead(502).end('<html>');
      };
      const result = await job.mpak(['bundle', 'upload', file]);
      expect(result.status, result.stderr).to.equal(0);
      expect(failures).to.equal(2);
      expect(await asset()).to.deep.equal(bundle.bytes);
      github.answerApi = (_, response) => response.writeHead(502).end();
      const late = await job.mpak(['bundle', 'upload', file, '--wait', '0']);
      expect(late.status).to.equal(10);
      expect(late.stderr).to.include('status 502').and.not.to.include('contents: write');
    });

    it('attaches it to a draft, which GitHub does not find by its tag', async () => {
      for (let n = 0; n < 40; n += 1) github.createRelease('Acme', 'echo', `v0.${n}.0`);
      github.createRelease('Acme', 'echo', 'v1.0.0', { draft: true });
      const result = await job.mpak(['bundle', 'upload', file]);
      expect(result.status, result.stderr).to.equal(0);
      expect(await asset()).to.deep.equal(bundle.bytes);
    });

    it('compares sizes, and says so, where GitHub has no digest of what is there', async () => {
      const add = (bytes: Buffer) =>
        github.addAsset('Acme', 'echo', 'v1.0.0', 'echo.mcpb', bytes, { digest: false });
      add(bundle.bytes);
      const told = await job.mpak(['bundle', 'upload', file]);
      expect(told.status, told.stderr).to.equal(0);
      expect(told.stderr).to.include('only its size was compared');
      const { uploaded } = JSON.parse((await job.mpak(['bundle', 'upload', file, '--json'])).stdout);
      expect(uploaded).to.deep.equal([
        { file, filename: 'echo.mcpb', status: 'unchanged', compared: 'size' },
      ]);
      add(Buffer.from('older'));
      expect((await job.mpak(['bundle', 'upload', file])).status).to.equal(58);
    });

    it('says that there is no such release, or that it may not', async () => {
      expect((await job.mpak(['bundle', 'upload', file])).status).to.equal(56);
      github.createRelease('Acme', 'echo', 'v1.0.0');
      const forbidden = await job.mpak(['bundle', 'upload', file], { GITHUB_TOKEN: 'of-another' });
      expect(forbidden.status).to.equal(57);
      expect(forbidden.stderr).to.include('not accessible by integration').and.to.include('contents: write');
      github.answerUpload = (request, response) => {
        const message = `Cannot upload assets to an immutable release. ${request.headers.authorization}`;
        response.writeHead(422).end(JSON.stringify({ message }));
      };
      const immutable = await job.mpak(['bundle', 'upload', file]);
      github.answerUpload = undefined;
      expect(immutable.status).to.equal(57);
      expect(immutable.stderr).to.include('while it is a draft').and.not.to.include('contents: write');
      expect(immutable.stderr).to.include('Bearer ***').and.not.to.include(job.environment.GITHUB_TOKEN);
      expect((await job.mpak(['bundle', 'upload', file], { GITHUB_TOKEN: '' })).status).to.equal(2);
      expect((await job.mpak(['bundle', 'upload', file], { GITHUB_REPOSITORY: '../x' })).status).to.equal(51);
      expect(await asset()).to.equal(undefined);
    });

    it('gives its token to GitHub alone', async () => {
      const hostile = (upload_url: string) => ({ status: 200, json: { upload_url, assets: [] } });
      for (const url of ['https://uploads.example.com/x', 'http://localhost:1/x']) {
        registry.registry = hostile(url);
        const result = await job.mpak(['bundle', 'upload', file], { GITHUB_API_URL: registry.url });
        expect(result.status, url).to.equal(57);
        expect(result.stderr).to.include('upload URL');
      }
      const plain = await job.mpak(['bundle', 'upload', file], { GITHUB_API_URL: 'http://api.example.com' });
      expect(plain.status).to.equal(2);
    });

    it('uploads nothing that GitHub would rename, and nothing that cannot be installed', async () => {
      github.createRelease('Acme', 'echo', 'v1.0.0');
      const spaced = path.join(job.workspace, 'an echo.mcpb');
      writeFileSync(spaced, bundle.bytes);
      expect((await job.mpak(['bundle', 'upload', spaced])).status).to.equal(57);
      const broken = path.join(job.workspace, 'broken.mcpb');
      writeFileSync(broken, 'PK');
      expect((await job.mpak(['bundle', 'upload', file, broken])).status).to.equal(30);
      expect(await asset()).to.equal(undefined);
    });
  });

  describe('mpak bundle inspect', () => {
    it('says what a file would be announced as, and sets outputs', async () => {
      const bundle = makeBundle('@acme/echo', '1.0.0', { compatibility: { platforms: ['win32'] } });
      const file = path.join(job.workspace, 'echo.mcpb');
      writeFileSync(file, bundle.bytes);
      const result = await job.mpak(['bundle', 'inspect', file, '--json', '--github-output']);
      expect(result.status, result.stderr).to.equal(0);
      expect(JSON.parse(result.stdout)).to.deep.equal({
        file,
        package: '@acme/echo',
        version: '1.0.0',
        platform: { os: 'win32', arch: 'any' },
        size: bundle.bytes.length,
        sha256: bundle.sha256,
      });
      expect(result.outputs).to.deep.equal({
        'bundle-path': file,
        'bundle-name': 'echo.mcpb',
        'bundle-size': String(bundle.bytes.length),
        'bundle-sha256': bundle.sha256,
      });
      const told = await job.mpak(['bundle', 'inspect', file]);
      expect(told.stdout).to.include('@acme/echo 1.0.0 for win32-any').and.to.include(bundle.sha256);
    });
  });
});
