import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { expect } from 'chai';

const LAUNCH = path.join(import.meta.dirname, '../../../src/lib/launch');

describe('starting a server', () => {
  it('loads nothing from node_modules, and no part of Node that only some launches need', () => {
    const script = `
      await import('${path.join(LAUNCH, 'prepare.ts')}');
      await import('${path.join(LAUNCH, 'become.ts')}');
      await import('${path.join(LAUNCH, 'ask.ts')}');
      await import('${path.join(LAUNCH, '../config/config.ts')}');
      const hooks = process.moduleLoadList.filter((name) => /NativeModule (child_process|readline|http|crypto)$/.test(name));
      process.stdout.write(hooks.join(' '));
    `;
    const resolve = `
      import { registerHooks } from 'node:module';
      registerHooks({ resolve(name, context, next) {
        const found = next(name, context);
        if (found.url.includes('node_modules')) throw new Error('loads ' + found.url);
        return found;
      } });
    `;
    const hooks = `data:text/javascript,${encodeURIComponent(resolve)}`;
    const args = ['--import', hooks, '--input-type=module', '--eval', script];
    const { NODE_OPTIONS, ...env } = process.env;
    expect(execFileSync(process.execPath, args, { encoding: 'utf8', env })).to.equal('');
  });
});

describe('a sync', () => {
  it('loads nothing that reads entries, for mostly there are none', () => {
    const script = `
      import { registerHooks } from 'node:module';
      registerHooks({ resolve(name, context, next) {
        const found = next(name, context);
        if (/node_modules\\/(zod|undici|semver)\\//.test(found.url)) throw new Error('loads ' + found.url);
        return found;
      } });
      await import(${JSON.stringify(path.join(LAUNCH, '../../commands/sync.ts'))});
    `;
    const { NODE_OPTIONS, ...env } = process.env;
    const args = ['--input-type=module', '--eval', script];
    expect(execFileSync(process.execPath, args, { encoding: 'utf8', env })).to.equal('');
  });
});
