/**
 * A report as SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/), which code hosts show beside the code: a rule
 * for each control, a result for each finding. What was not judged is a notification: it is no result.
 */
import { createHash } from 'node:crypto';
import { MANIFEST_PATH } from '../bundle/manifest.ts';
import { CATALOGUE, CATALOGUE_VERSION } from './catalogue.ts';
import type { ControlResult } from './control.ts';
import type { Finding, Severity } from './finding.ts';
import type { Report } from './report.ts';

const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';

type SarifLevel = 'error' | 'warning' | 'note';

const LEVELS: Readonly<Record<Severity, SarifLevel>> = {
  critical: 'error',
  high: 'error',
  medium: 'warning',
  low: 'note',
  info: 'note',
};

/** @param folder of the repository that the bundle's files are from, with slashes; empty: its root */
export function sarifOf(report: Report, folder = ''): object {
  const { scanner, bundle, level, controls, at } = report;
  const prefix = folder === '' ? '' : `${folder}/`;
  const unjudged = controls.filter(({ status }) => status === 'skip' || status === 'error');
  return {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: scanner.name,
            version: scanner.version,
            rules: CATALOGUE.map(({ id, level: asked, title }) => ({
              id,
              shortDescription: { text: title },
              properties: { tags: ['security', `level-${asked}`] },
            })),
          },
        },
        // Runs of one bundle follow each other; those of another in the same repository do not replace them.
        automationDetails: { id: `mpak/${bundle.name ?? 'bundle'}/` },
        invocations: [
          {
            executionSuccessful: controls.every(({ status }) => status !== 'error'),
            endTimeUtc: at,
            toolExecutionNotifications: unjudged.map(notification),
          },
        ],
        results: resultsOf(controls, prefix),
        columnKind: 'utf16CodeUnits',
        properties: { level, catalogue: CATALOGUE_VERSION, sha256: bundle.sha256 },
      },
    ],
  };
}

function notification({ id, status, title, reason }: ControlResult): object {
  return {
    level: status === 'error' ? 'error' : 'note',
    message: { text: `${id} ${title}: ${reason ?? 'not judged'}` },
    associatedRule: { id, index: ruleIndex(id) },
  };
}

function resultsOf(controls: readonly ControlResult[], prefix: string): object[] {
  const seen = new Map<string, number>();
  return controls.flatMap(({ id, findings }) =>
    findings.map((finding) => {
      const fingerprint = fingerprintOf(id, finding);
      const count = (seen.get(fingerprint) ?? 0) + 1;
      seen.set(fingerprint, count);
      return {
        ruleId: id,
        ruleIndex: ruleIndex(id),
        level: LEVELS[finding.severity],
        message: { text: `${finding.title}. ${finding.remedy}` },
        locations: [locationOf(finding, prefix)],
        // The name under which code hosts look for what they know already.
        partialFingerprints: { primaryLocationLineHash: `${fingerprint}:${count}` },
        properties: { severity: finding.severity, blocks: finding.blocks },
      };
    }),
  );
}

/** Code hosts show nothing without a file and a line: what is found in the whole bundle is shown at its manifest. */
function locationOf({ file, line }: Finding, prefix: string): object {
  const uri = `${prefix}${file ?? MANIFEST_PATH}`.split('/').map(encoded).join('/');
  return {
    physicalLocation: {
      artifactLocation: { uri, uriBaseId: '%SRCROOT%' },
      region: { startLine: line ?? 1 },
    },
  };
}

/** The same finding in the next version: not by its line, which moves with every change above it. */
function fingerprintOf(id: string, { file, title }: Finding): string {
  return createHash('sha256')
    .update(JSON.stringify([id, file, title]))
    .digest('hex')
    .slice(0, 32);
}

function ruleIndex(id: string): number {
  return CATALOGUE.findIndex((entry) => entry.id === id);
}

/** A name of a file may have half of a surrogate pair, which no URI has. */
function encoded(name: string): string {
  return encodeURIComponent(name.toWellFormed());
}
