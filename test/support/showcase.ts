/** A small registry in which each page has something to show: for tests of pages, and for pictures of them. */
import { createHash } from 'node:crypto';
import { CATALOGUE } from '../../src/lib/certification/catalogue.ts';
import type { ControlResult } from '../../src/lib/certification/control.ts';
import { canonicalJson, type Report } from '../../src/lib/certification/report.ts';
import type { CertifyEntry, Entry, PublishEntry } from '../../src/lib/log/entry.ts';
import { publishEntry } from './entries.ts';
import { provenanceFrom } from './index-of.ts';
import { readRecords, recordsToEntries } from './records.ts';
import type { StoredReport } from './registry-folder.ts';

export const SHOWN = '@acme/postgres';
const SCANNER = { name: 'mpak', version: '0.1.0' };
const PLATFORMS = [
  ['linux', 'x64', 8_412_332],
  ['linux', 'arm64', 8_207_110],
  ['darwin', 'arm64', 7_930_514],
] as const;

const LONG_DESCRIPTION = `
Lets an assistant look into a PostgreSQL database: which tables there are, what is in them, and how long a query
takes. Nothing is written unless the connection may write.

## Getting started

1. Make a role that may only read.
2. Give its connection string when you are asked for it.

\`\`\`sql
CREATE ROLE assistant LOGIN PASSWORD '...';
GRANT pg_read_all_data TO assistant;
\`\`\`

| PostgreSQL | |
|---|---|
| 13 to 18 | tested |
| 10 to 12 | may work |

See [the manual](https://www.postgresql.org/docs/) for what a role may do.
`;

const MANIFEST = {
  manifest_version: '0.3',
  name: SHOWN,
  display_name: 'Postgres',
  description: 'Query and inspect PostgreSQL databases: tables, indexes, plans, and what takes long.',
  long_description: LONG_DESCRIPTION,
  author: { name: 'Acme' },
  license: 'Apache-2.0',
  homepage: 'https://example.com/postgres',
  keywords: ['postgres', 'sql', 'database'],
  server: { type: 'node' },
  tools: [
    {
      name: 'query',
      description: 'Runs one statement and answers with its rows.',
      inputSchema: {
        type: 'object',
        properties: {
          sql: { type: 'string', description: 'The statement.' },
          limit: { type: 'integer', description: 'Rows at most.', default: 100 },
          format: { enum: ['table', 'json'], description: 'How rows are written.' },
        },
        required: ['sql'],
      },
    },
    { name: 'list_tables', description: 'Tables and views of a schema, with their sizes.' },
    { name: 'explain', description: 'The plan of a statement, without running it.' },
  ],
  user_config: {
    url: {
      type: 'string',
      title: 'Connection',
      description: 'Connection string of the database.',
      required: true,
      sensitive: true,
    },
    timeout: { type: 'number', title: 'Time limit', description: 'Of a statement, in seconds.', default: 30 },
  },
  _meta: {
    'org.mpaktrust': {
      permissions: {
        filesystem: 'none',
        network: 'outbound',
        environment: ['PGSSLROOTCERT'],
        subprocess: 'none',
        native: 'none',
      },
    },
  },
};

export function showcase(others = 60): { readonly entries: Entry[]; readonly reports: StoredReport[] } {
  const older = publishedFor('1.3.0', PLATFORMS.slice(0, 1), '2026-04-02T08:00:00.000Z');
  const newest = publishedFor('1.4.0', PLATFORMS, '2026-06-18T09:30:00.000Z');
  const judged = newest.map((entry) => certified(entry));
  const records = recordsToEntries(readRecords(new URL('../fixtures/records.ndjson.gz', import.meta.url)));
  return {
    entries: [
      ...records.slice(0, others),
      publishEntry('@acme/sqlite', '0.9.0', { provenance: provenanceFrom('Acme/sqlite') }),
      publishEntry('@acme/old-postgres', '2.0.0', { provenance: provenanceFrom('Acme/old-postgres') }),
      ...older,
      ...newest,
      ...judged.map(({ entry }) => entry),
      {
        kind: 'deprecate',
        package: '@acme/old-postgres',
        versions: '*',
        message: 'Another package has taken its place.',
        successor: SHOWN,
        provenance: provenanceFrom('Acme/old-postgres'),
        at: '2026-06-20T10:00:00.000Z',
      },
      {
        kind: 'revoke',
        package: SHOWN,
        versions: '1.3.0',
        reason: 'vulnerable',
        at: '2026-06-21T10:00:00.000Z',
      },
    ],
    reports: judged.map(({ report }) => report),
  };
}

function publishedFor(version: string, platforms: readonly (typeof PLATFORMS)[number][], at: string) {
  return platforms.map(([os, arch, size]) =>
    publishEntry(SHOWN, version, {
      at,
      manifest: { ...MANIFEST, version },
      provenance: provenanceFrom('Acme/postgres', createHash('sha1').update(version).digest('hex')),
      attestation: {
        sha256: digestOf(`${version} ${os} ${arch}`),
        predicateType: 'https://slsa.dev/provenance/v1',
      },
      artifact: { os, arch, size, filename: `postgres-${version}-${os}-${arch}.mcpb` },
    }),
  );
}

function certified({ package: name, version, artifact }: PublishEntry): {
  readonly entry: CertifyEntry;
  readonly report: StoredReport;
} {
  const controls = CATALOGUE.map(({ id, level, title }): ControlResult => {
    const status = level <= 2 ? 'pass' : id === 'SC-05' ? 'fail' : level === 4 ? 'skip' : 'pass';
    return {
      ...{ id, level, title, status },
      allows: status === 'pass' ? 4 : ((level - 1) as 2),
      reason: status === 'skip' ? 'It is not judged without a rebuild' : null,
      findings:
        status === 'fail'
          ? [
              {
                severity: 'medium',
                file: 'server/package-lock.json',
                line: 212,
                title: 'The package pg-native comes from a source that is not approved',
                remedy: 'Take it from the registry of npm.',
                blocks: 3,
              },
            ]
          : [],
    };
  });
  const at = '2026-06-18T09:41:00.000Z';
  const report: Report = {
    catalogue: '0.1',
    scanner: SCANNER,
    bundle: { name, version, sha256: artifact.sha256, size: artifact.size, files: 41 },
    level: 2,
    keepsFromNext: ['SC-05'],
    controls,
    at,
  };
  return {
    entry: {
      ...{ kind: 'certify', package: name, version, sha256: artifact.sha256, level: 2, scanner: SCANNER, at },
      controls: Object.fromEntries(controls.map(({ id, status }) => [id, status])),
    },
    report: { package: name, version, sha256: artifact.sha256, report: JSON.parse(canonicalJson(report)) },
  };
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
