/** A folder for all tests of a `describe`; see test/support/temporary.ts for one a test. */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

export function sharedFolder(): () => string {
  let folder = '';
  before(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'mpak-registry-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  return () => folder;
}
