/** Holds the resolver against mcpb's own, over many manifests. */
import { getMcpConfigForManifest } from '@anthropic-ai/mcpb/node';
import { expect } from 'chai';
import fc from 'fast-check';
import { readServerManifest } from '../../../src/lib/launch/manifest.ts';
import { resolveServer } from '../../../src/lib/launch/resolve.ts';
import { manifestOf } from './support.ts';

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: mcpb's own placeholders

const KEYS = ['key', 'url', 'folders', 'port', 'flag'] as const;
const FOLDER = '/home/user/.mpak/cache/acme/echo/1.0.0';
const HOME = '/home/user';
const SYSTEM = {
  HOME,
  DESKTOP: `${HOME}/Desktop`,
  DOCUMENTS: `${HOME}/Documents`,
  DOWNLOADS: `${HOME}/Downloads`,
};

/** Plain characters, and those that a careless substitution would stumble over. What the two read differently is left out. */
const plain = fc
  .array(fc.constantFrom('a', 'B', '7', ' ', '-', '=', '"', "'", '\\', '/', 'é', '{', '}', '*', '.'), {
    maxLength: 6,
  })
  .map((letters) => letters.join(''));
const placeholder = fc.constantFrom(
  '${__dirname}',
  '${HOME}',
  '${DESKTOP}',
  '${DOCUMENTS}',
  '${DOWNLOADS}',
  '${/}',
  '${pathSeparator}',
  '${unknown}',
  '${user_config.undeclared}',
  ...KEYS.filter((key) => key !== 'folders').map((key) => `\${user_config.${key}}`),
);
const template = fc
  .array(fc.oneof(plain, placeholder), { minLength: 1, maxLength: 5 })
  .map((pieces) => pieces.join(''));
const argument = fc.oneof({ weight: 4, arbitrary: template }, fc.constant('${user_config.folders}'));
const env = fc.dictionary(fc.constantFrom('A', 'B', 'PATH', '__proto__', 'constructor'), template);
const command = fc.constantFrom('node', 'npx', '${__dirname}/bin/server', '${__dirname}${/}bin${/}server');
const config = fc.record(
  { command, args: fc.array(argument, { minLength: 1, maxLength: 5 }), env },
  { requiredKeys: ['command', 'args'] },
);
const override = fc.record(
  { command, args: fc.array(argument, { minLength: 1, maxLength: 3 }), env },
  { requiredKeys: [] },
);
const filled = plain.filter((text) => text !== '');
const values = fc.record({
  key: filled,
  url: filled,
  folders: fc.array(
    filled.map((text) => `/${text}`),
    { minLength: 1, maxLength: 3 },
  ),
  port: fc.integer(),
  flag: fc.boolean(),
});
const sources = fc.record(Object.fromEntries(KEYS.map((key) => [key, fc.constantFrom('user', 'default')])));

describe('the resolver', () => {
  it("answers what mcpb's own answers, for every setting that has a value", async () => {
    await fc.assert(
      fc.asyncProperty(
        config,
        fc.dictionary(fc.constantFrom(process.platform, 'win32', 'other'), override),
        values,
        sources,
        async (base, overrides, given, from) => {
          const type = {
            key: 'string',
            url: 'string',
            folders: 'directory',
            port: 'number',
            flag: 'boolean',
          };
          const user_config = Object.fromEntries(
            KEYS.map((key) => [
              key,
              {
                type: type[key],
                title: key,
                description: key,
                multiple: key === 'folders',
                ...(from[key] === 'default' && { default: given[key] }),
              },
            ]),
          );
          const stored = Object.fromEntries(
            KEYS.filter((key) => from[key] === 'user').map((key) => [key, given[key]]),
          );
          const manifest = manifestOf({
            server: {
              type: 'node',
              entry_point: 'server/index.js',
              mcp_config: { ...base, platform_overrides: overrides },
            },
            user_config,
          });
          const official = await getMcpConfigForManifest({
            manifest: manifest as never,
            extensionPath: FOLDER,
            systemDirs: SYSTEM,
            userConfig: stored,
            pathSeparator: '/',
          });
          const ours = resolveServer({
            folder: FOLDER,
            manifest: readServerManifest(manifest),
            values: {},
            stored,
            environment: {},
            platform: process.platform,
            cwd: '/',
            home: HOME,
          });
          expect(ours.command).to.equal(official?.command);
          expect(ours.args).to.deep.equal(official?.args);
          // The official one loses a variable that is called __proto__.
          const entries = Object.entries(ours.env).filter(([name]) => name !== '__proto__');
          expect(Object.fromEntries(entries)).to.deep.equal({ ...official?.env });
        },
      ),
      { numRuns: 500 },
    );
  }).timeout(60_000);
});
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: mcpb's own placeholders
