import { chmodSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { approvedSources } from '../../../src/lib/certification/approved-sources.ts';
import { writeFiles } from '../../support/server-project.ts';
import { temporaryFolder } from '../../support/temporary.ts';

describe('approved sources', () => {
  const temporary = temporaryFolder();
  /** Programs on a PATH of their own. */
  const ask = (programs: Record<string, string>, configured = {}, environment = {}) => {
    const folder = temporary();
    writeFiles(folder, programs);
    for (const name of Object.keys(programs)) chmodSync(path.join(folder, name), 0o755);
    const PATH = `${folder}${path.delimiter}/usr/bin${path.delimiter}/bin`;
    return approvedSources(configured, { environment: { ...environment, PATH }, platform: 'linux' });
  };
  const npm = '#!/bin/sh\necho "\u0024{npm_config_registry:-https://packages.example.com/npm/}"\n';
  const pip = `#!/bin/sh
cat <<'HELP'
  -i, --index-url <url>       Base URL of the Python Package Index (default
                              https://packages.example.com/simple). More of it.
  --extra-index-url <url>     Extra URLs (default https://other.example.com).
HELP
`;

  it('are what npm and pip report as their default', async () => {
    const found = await ask({ npm, pip3: pip }, {}, { npm_config_registry: 'https://elsewhere.example/' });
    expect(Object.fromEntries(found)).to.deep.equal({
      npm: ['https://packages.example.com/npm/'],
      pypi: ['https://packages.example.com/simple'],
    });
  });

  it('are what is configured, and nobody is asked', async () => {
    const configured = { npm: ['https://own.example/npm'], pypi: [] };
    const failing = '#!/bin/sh\nexit 1\n';
    const found = await ask({ npm: failing, pip3: failing }, configured);
    expect(Object.fromEntries(found)).to.deep.equal(configured);
  });

  it('are not there when a client fails, or says something else', async () => {
    const found = await ask({
      npm: '#!/bin/sh\nexit 1\n',
      pip3: '#!/bin/sh\necho "(default file:///etc)"\n',
    });
    expect([...found.keys()]).to.deep.equal([]);
    const plain = await ask({
      npm: '#!/bin/sh\necho http://packages.example.com/\n',
      pip3: '#!/bin/sh\nexit 1\n',
    });
    expect(plain.has('npm')).to.equal(false);
  });
});
