import { expect } from 'chai';
import { bundleOf, resultOf } from '../../../support/certified-bundle.ts';

const ELF = Buffer.alloc(64);
ELF.write('\x7fELF\x02\x01\x01', 'latin1');

describe('AI-05, completeness', () => {
  it('passes code in the language of the server, and whatever packages bring', async () => {
    const bytes = bundleOf({
      'server/lib/more.js': 'export {};\n',
      'node_modules/zod/install.sh': '#!/bin/sh\n',
      'assets/words.txt': 'no program\n',
    });
    expect((await resultOf(bytes, 'AI-05')).findings).to.deep.equal([]);
  });

  const strange: [string, string, string | Buffer][] = [
    ['a shell script', 'setup.sh', 'true\n'],
    ['a script by its first line', 'server/run', '#!/usr/bin/env python3\n'],
    ['a script that says it is a text', 'notes.txt', '#!/bin/bash\n'],
    ['a compiled program, whatever its name', 'logo.png', ELF],
    ['code in another language', 'server/other.py', 'print()\n'],
  ];
  for (const [what, file, content] of strange) {
    it(`fails ${what}`, async () => {
      const { status, findings } = await resultOf(bundleOf({ [file]: content }), 'AI-05');
      expect(status).to.equal('fail');
      expect(findings.map((each) => each.file)).to.deep.equal([file]);
    });
  }
});
