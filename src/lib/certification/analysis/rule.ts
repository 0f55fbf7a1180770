/** The rules of CQ-03. Only what is severe and hardly ever wrong blocks; the rest is there to be known. */
import type { Problem } from '../execution/problem.ts';
import type { Severity } from '../finding.ts';
import type { Expression } from '../parse/expression.ts';

interface Rule {
  readonly severity: Severity;
  readonly confidence: 'high' | 'medium';
  readonly title: string;
  readonly remedy: string;
}

export const RULES = {
  'path-traversal': {
    severity: 'high',
    confidence: 'high',
    title: 'A part of a path comes from the input of a tool, and nothing keeps it inside its folder',
    remedy: 'Resolve the path and refuse what is not below the folder, or take its basename.',
  },
  'path-from-input': {
    severity: 'medium',
    confidence: 'medium',
    title: 'A tool opens any path that it is given',
    remedy: 'Open only what is below a folder that the user has chosen.',
  },
  'program-from-input': {
    severity: 'high',
    confidence: 'high',
    title: 'The input of a tool chooses the program that is run',
    remedy: 'Choose it from a list of constants.',
  },
  'module-from-input': {
    severity: 'high',
    confidence: 'high',
    title: 'The input of a tool chooses the module that is loaded',
    remedy: 'Choose it from a table of constants.',
  },
  'template-from-input': {
    severity: 'high',
    confidence: 'high',
    title: 'The input of a tool is compiled as a template',
    remedy: 'Give the input to a constant template as a value.',
  },
  'request-from-input': {
    severity: 'medium',
    confidence: 'medium',
    title: 'A tool connects to any address that it is given',
    remedy: 'Refuse addresses of private networks, or take hosts from a list.',
  },
  'pattern-from-input': {
    severity: 'low',
    confidence: 'medium',
    title: 'The input of a tool is compiled as a regular expression',
    remedy: 'Escape it, or use an engine without backtracking.',
  },
  'prototype-pollution': {
    severity: 'high',
    confidence: 'high',
    title: 'Keys of the input of a tool are assigned without regard to __proto__',
    remedy: 'Refuse __proto__, constructor and prototype, or use a Map.',
  },
  'recursive-merge': {
    severity: 'medium',
    confidence: 'medium',
    title: 'Objects are merged without regard to __proto__',
    remedy: 'Refuse __proto__, constructor and prototype, or use structuredClone.',
  },
  'tls-not-verified': {
    severity: 'high',
    confidence: 'high',
    title: 'Certificates of servers are not verified',
    remedy: 'Verify them; trust a private authority by NODE_EXTRA_CA_CERTS, `ca` or `verify="ca.pem"`.',
  },
  'host-key-not-verified': {
    severity: 'high',
    confidence: 'high',
    title: 'Keys of SSH servers are not verified',
    remedy: 'Load known_hosts, and refuse keys that are not in it.',
  },
  'token-not-verified': {
    severity: 'high',
    confidence: 'high',
    title: 'Signatures of tokens are not verified',
    remedy: 'Verify them with a key and a list of algorithms.',
  },
  'weak-cipher': {
    severity: 'high',
    confidence: 'high',
    title: 'A cipher is used that is broken, or without an initialisation vector',
    remedy: 'Use AES-256-GCM with a random initialisation vector.',
  },
  'weak-password-hash': {
    severity: 'high',
    confidence: 'high',
    title: 'A password is hashed with MD5 or SHA-1',
    remedy: 'Use scrypt or Argon2 with a salt.',
  },
  'open-to-network': {
    severity: 'high',
    confidence: 'high',
    title: 'The server listens on every network interface, and asks nobody who they are',
    remedy: 'Listen on 127.0.0.1, or authenticate.',
  },
  'debug-server': {
    severity: 'high',
    confidence: 'high',
    title: 'A web server is started with a debugger, which runs code of whoever connects',
    remedy: 'Leave out debug=True.',
  },
  'unsafe-extract': {
    severity: 'high',
    confidence: 'high',
    title: 'An archive is extracted wherever its entries say',
    remedy: 'Extract with filter="data".',
  },
  'predictable-file': {
    severity: 'high',
    confidence: 'high',
    title: 'A temporary file is named before it is made',
    remedy: 'Use tempfile.mkstemp or NamedTemporaryFile.',
  },
  'external-entities': {
    severity: 'high',
    confidence: 'high',
    title: 'XML is parsed with external entities',
    remedy: 'Leave entities unresolved, or use defusedxml.',
  },
} as const satisfies Readonly<Record<string, Rule>>;

export type RuleId = keyof typeof RULES;

export function broken(id: RuleId, { start }: Pick<Expression, 'start'>): Problem {
  const { title, remedy, severity } = RULES[id];
  return { start, title: `${title} (${id})`, remedy, severity };
}
