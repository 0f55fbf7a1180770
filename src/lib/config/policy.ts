/** What a user wants to be asked about before something is installed, and what is never installed. */
import { parsePackageName } from '../bundle/name.ts';
import type { Config } from './config.ts';

/**
 * What is done about what has no attestation: `ask` on a terminal, and refuse it without one; `allow` it; `deny` it,
 * whatever else is wished for.
 */
export const UNATTESTED = ['ask', 'allow', 'deny'] as const;
export type Unattested = (typeof UNATTESTED)[number];

export interface UnattestedPolicy {
  readonly unattested: Unattested;
  /** Names of packages, and `@scope/*`, that are accepted without one while `unattested` is `ask`. */
  readonly allowUnattested: readonly string[];
}

export function unattestedPolicy({ policy }: Config): UnattestedPolicy {
  return { unattested: policy?.unattested ?? 'ask', allowUnattested: policy?.allowUnattested ?? [] };
}

/** `always`: every installation and update needs somebody to agree, or the allow list. */
export const CONSENTS = ['default', 'always'] as const;
export type Consent = (typeof CONSENTS)[number];

export interface ConsentPolicy {
  readonly consent: Consent;
  /** Names of packages, and `@scope/*` for all of a scope, that need no question. */
  readonly allow: readonly string[];
}

export function consentPolicy({ policy }: Config): ConsentPolicy {
  return { consent: policy?.consent ?? 'default', allow: policy?.allow ?? [] };
}

/** A level of the trust framework that can be asked for. */
export function isLevel(value: unknown): value is number {
  return value === 1 || value === 2 || value === 3 || value === 4;
}

/** The pattern in lower case; undefined when it is neither `@scope/name` nor `@scope/*`. */
export function parseAllowPattern(text: string): string | undefined {
  const isScope = text.endsWith('/*');
  const name = parsePackageName(isScope ? `${text.slice(0, -1)}x` : text);
  if (name === undefined) return undefined;
  return isScope ? `${name.slice(0, -1)}*` : name;
}

export function isAllowPattern(text: string): boolean {
  return parseAllowPattern(text) === text;
}

/** @param name of a package, lower case */
export function isAllowed(name: string, allow: readonly string[]): boolean {
  return allow.includes(name) || allow.includes(`${name.slice(0, name.indexOf('/'))}/*`);
}
