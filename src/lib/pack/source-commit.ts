/** The commit that a bundle is built from, in its manifest: PR-04 of docs/certification.md. */
import { parseManifestJson } from '../bundle/manifest.ts';
import { MpakError } from '../errors.ts';
import { asObject } from './json-file.ts';

/** @throws MpakError USAGE when it is no commit */
export function sourceCommit(typed: string | undefined): string | undefined {
  if (typed === undefined || /^[0-9a-f]{40}$/.test(typed)) return typed;
  throw new MpakError(
    'USAGE',
    `--source-commit is ${JSON.stringify(typed.slice(0, 128))}, and must be a commit of 40 hexadecimal digits.`,
    { hint: 'In a workflow: `--source-commit "$GITHUB_SHA"`; else `$(git rev-parse HEAD)`.' },
  );
}

/** @param manifest that is valid @returns the same with that commit, in place of another */
export function withSourceCommit(manifest: Uint8Array, commit: string): Buffer {
  const json = asObject(parseManifestJson(manifest)) ?? {};
  const meta = asObject(json._meta);
  const extension = asObject(meta?.['org.mpaktrust']);
  const source = { ...asObject(extension?.source), commit };
  const changed = { ...json, _meta: { ...meta, 'org.mpaktrust': { ...extension, source } } };
  return Buffer.from(`${JSON.stringify(changed, undefined, 2)}\n`);
}
