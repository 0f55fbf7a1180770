/**
 * Judges what is to become a bundle, or is one: its manifest, and the files that the manifest counts on. Everything that
 * is wrong at once, each with its remedy. docs/packing.md lists what is asked for.
 */
import { type BundleManifest, checkManifest, MANIFEST_PATH, parseManifestJson } from '../bundle/manifest.ts';
import { MpakError } from '../errors.ts';
import type { BundleContent } from './collect.ts';
import { errorsOf, type Finding } from './finding.ts';
import { manifestFindings } from './validate-manifest.ts';
import { referenceFindings } from './validate-references.ts';
import { secretFindings } from './validate-secrets.ts';

export interface Validation {
  /** Undefined when it cannot be read. */
  readonly manifest: BundleManifest | undefined;
  /** Errors first. */
  readonly findings: readonly Finding[];
}

/**
 * @param content it has a manifest.json
 * @param isLater whether a file that is not there yet will be vendored
 */
export function validateContent(
  content: BundleContent,
  isLater: (path: string) => boolean = () => false,
): Validation {
  const { manifest, json, findings } = readManifest(content);
  if (json !== undefined) findings.push(...manifestFindings(json));
  if (manifest !== undefined) findings.push(...referenceFindings(manifest, content, isLater));
  findings.push(...secretFindings(content));
  return { manifest, findings: ordered(findings) };
}

/** Errors first. */
export function ordered(findings: readonly Finding[]): Finding[] {
  return [...errorsOf(findings), ...findings.filter(({ severity }) => severity === 'warning')];
}

function readManifest(content: BundleContent) {
  const findings: Finding[] = [];
  let json: Record<string, unknown> | undefined;
  try {
    const parsed = parseManifestJson(content.read(MANIFEST_PATH));
    if (parsed !== null && typeof parsed === 'object' && !Array.isArray(parsed))
      json = parsed as Record<string, unknown>;
    const checked = checkManifest(parsed);
    if ('manifest' in checked) return { manifest: checked.manifest, json, findings };
    for (const { path, message } of checked.problems) {
      findings.push({
        severity: 'error',
        path: path === '' ? MANIFEST_PATH : `${MANIFEST_PATH}: ${path}`,
        message: message.endsWith('.') ? message : `${message}.`,
        remedy: `Follow the mcpb schema of version ${checked.version}.`,
      });
    }
  } catch (error) {
    if (!(error instanceof MpakError)) throw error;
    findings.push({
      severity: 'error',
      path: MANIFEST_PATH,
      message: error.message,
      remedy: 'Write one with `mpak bundle init`, or mend it.',
    });
  }
  return { manifest: undefined, json, findings };
}
