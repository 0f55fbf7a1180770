/**
 * Attestations as they come: files and answers of one JSON document or of JSON lines, each document a Sigstore bundle
 * or GitHub's list of them. Bounded here, before anything looks inside.
 */
import { isDeeperThan } from '../log/depth.ts';
import { UnmetRequirement } from './requirement.ts';

/** Largest file or answer, in bytes. */
export const MAX_ATTESTATION_BYTES = 16 * 1024 * 1024;
/** Most attestations of one file or answer: each costs a few signatures to check. */
export const MAX_ATTESTATIONS = 100;
/** Deepest nesting of objects and arrays. */
export const MAX_DEPTH = 64;

/** One attestation, unread: the JSON of what should be a Sigstore bundle, or that it is no JSON. */
export type AttestationDocument = { readonly json: unknown } | { readonly malformed: string };

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The attestations in a file or an answer. What is none is among them, to be reported as such: another may hold. */
export function readDocuments(bytes: Uint8Array): AttestationDocument[] {
  if (bytes.length > MAX_ATTESTATION_BYTES) {
    return [{ malformed: `is larger than ${MAX_ATTESTATION_BYTES} bytes` }];
  }
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return [{ malformed: 'is not UTF-8' }];
  }
  const whole = parse(text);
  const documents = 'json' in whole ? unwrap(whole.json) : readLines(text);
  const checked = documents
    .slice(0, MAX_ATTESTATIONS)
    .map((document) =>
      'json' in document && isDeeperThan(document.json, MAX_DEPTH)
        ? { malformed: `is nested deeper than ${MAX_DEPTH}` }
        : document,
    );
  if (documents.length > MAX_ATTESTATIONS) {
    checked.push({ malformed: `comes after ${MAX_ATTESTATIONS} others, and is not looked at` });
  }
  return checked;
}

/** The JSON of a document. @throws UnmetRequirement when it is none */
export function jsonOf(document: AttestationDocument): unknown {
  if ('json' in document) return document.json;
  throw new UnmetRequirement(
    'attestation-format',
    'a Sigstore bundle',
    `a document that ${document.malformed}`,
  );
}

function readLines(text: string): AttestationDocument[] {
  const documents: AttestationDocument[] = [];
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const parsed = parse(line);
    documents.push(...('json' in parsed ? unwrap(parsed.json) : [parsed]));
    if (documents.length > MAX_ATTESTATIONS) break;
  }
  return documents.length === 0 ? [{ malformed: 'is empty' }] : documents;
}

function parse(text: string): AttestationDocument {
  try {
    return { json: JSON.parse(text) };
  } catch {
    return { malformed: 'is not JSON' };
  }
}

/** GitHub's answer is `{attestations: [{bundle, …}]}`; a null bundle is one that it does not send along. */
function unwrap(json: unknown): AttestationDocument[] {
  if (json === null || typeof json !== 'object' || !Object.hasOwn(json, 'attestations')) return [{ json }];
  const { attestations } = json as { attestations: unknown };
  if (!Array.isArray(attestations)) return [{ malformed: 'has attestations that are no list' }];
  return attestations
    .slice(0, MAX_ATTESTATIONS + 1)
    .map((entry: unknown) => (entry as { bundle?: unknown } | null)?.bundle ?? null)
    .filter((bundle) => bundle !== null)
    .map((bundle) => ({ json: bundle }));
}
