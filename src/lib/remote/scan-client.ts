/**
 * What a registry found in a bundle: `GET /v1/bundles/@s/n/versions/V/scan`. It is only told, before somebody agrees: the
 * level is the signed log's, and a registry that does not answer, answers late or says another level is not listened to.
 */
import { z } from 'zod';
import { type Finding, SEVERITIES } from '../certification/finding.ts';
import { readBody } from './http-body.ts';
import { HttpClient } from './http-client.ts';

/** Somebody waits. */
const TIMEOUT_MS = 3_000;
const MAX_BYTES = 8 * 1024 * 1024;
/** That are handed on: the worst. */
const MAX_FINDINGS = 3;
const LONGEST_TEXT = 1_000;

export type ScanFinding = Pick<Finding, 'severity' | 'file' | 'line' | 'title'> & {
  /** Of the control. */
  readonly control: string;
};

const text = z.string().transform((value) => value.slice(0, LONGEST_TEXT).toWellFormed());

const reportSchema = z.object({
  bundle: z.object({ sha256: z.string() }),
  level: z.int(),
  controls: z.array(
    z.object({
      id: text,
      findings: z.array(
        z.object({
          severity: z.enum(SEVERITIES),
          file: text.nullable(),
          line: z.int().nullable(),
          title: text,
        }),
      ),
    }),
  ),
});

/** One for each file of the version; what else it says is not looked at. */
const answerSchema = z.object({
  artifacts: z.array(z.object({ digest: z.string(), report: z.unknown() })),
});

export interface JudgedArtifact {
  readonly name: string;
  readonly version: string;
  readonly artifact: { readonly sha256: string };
}

/**
 * @param level as the signed log says
 * @returns the worst of what was found; null when the registry does not say. Never throws
 */
export async function fetchFindings(
  registry: URL,
  userAgent: string,
  { name, version, artifact }: JudgedArtifact,
  level: number,
): Promise<readonly ScanFinding[] | null> {
  const base = registry.href.replace(/\/+$/, '');
  const url = new URL(`${base}/v1/bundles/${name}/versions/${encodeURIComponent(version)}/scan`);
  // Of this one alone: a publisher could fill an answer about all with others that are too long for anybody.
  url.searchParams.set('digest', `sha256:${artifact.sha256}`);
  const http = new HttpClient({ userAgent, retries: 0 });
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const answer = await http.get(url, { headers: { 'accept-encoding': 'identity' }, signal });
    if (answer.statusCode !== 200) return null;
    const bytes = await readBody(answer.body, MAX_BYTES);
    const { artifacts } = answerSchema.parse(JSON.parse(bytes?.toString('utf8') ?? ''));
    const ours = artifacts.find(({ digest }) => digest === `sha256:${artifact.sha256}`);
    const report = reportSchema.parse(ours?.report);
    if (report.bundle.sha256 !== artifact.sha256 || report.level !== level) return null;
    return worstOf(report);
  } catch {
    return null;
  } finally {
    await http.close();
  }
}

function worstOf({ controls }: z.infer<typeof reportSchema>): ScanFinding[] {
  return controls
    .flatMap(({ id, findings }) => findings.map((finding) => ({ control: id, ...finding })))
    .sort((one, other) => SEVERITIES.indexOf(one.severity) - SEVERITIES.indexOf(other.severity))
    .slice(0, MAX_FINDINGS);
}
