/** OAuth as code uses it (RFC 6749): by libraries, addresses, grants; which scopes it asks for, and whether it writes tokens. */
import { namedCalls } from '../code/calls.ts';
import { valuesOf } from '../code/values.ts';
import { constantOf } from '../parse/constants.ts';
import type { Code, Expression } from '../parse/expression.ts';
import { moduleOf } from '../parse/names.ts';
import { needOf } from './calls.ts';

export interface OAuthUse {
  readonly start: number;
  readonly what: string;
  /** Those that are constant. */
  readonly scopes: readonly { readonly scope: string; readonly start: number }[];
  /** Where a token is written to a file. */
  readonly writes: readonly number[];
}

const LIBRARIES =
  /^(?:simple-oauth2|client-oauth2|openid-client|oauth4webapi|oauth|oauth2-client|arctic|google-auth-library|@google-cloud\/local-auth|passport-oauth2|passport-\w+-oauth2?|@azure\/(?:msal-node|identity)|@octokit\/(?:auth-oauth-\w+|oauth-\w+)|@badgateway\/oauth2-client|@modelcontextprotocol\/sdk\/client\/auth(?:\.js)?|oauthlib\S*|requests_oauthlib|authlib\S*|google_auth_oauthlib\S*|google\.oauth2\S*|msal|httpx_oauth\S*|azure\.identity|mcp\.client\.auth\S*)$/;
const ADDRESS =
  /^https:\/\/[^\s?#]*\/(?:o?auth2?|oauth20|openid-connect|connect|oidc)\/(?:v\d(?:\.\d)?\/)?(?:authorize|authorization|auth|token|access_token|access|device\/code)\b/i;
const GRANTS = new Set([
  'authorization_code',
  'refresh_token',
  'client_credentials',
  'urn:ietf:params:oauth:grant-type:device_code',
  'urn:ietf:params:oauth:grant-type:token-exchange',
]);
const MENTIONED =
  /oauth|openid|authlib|msal|grant_?type|google-auth-library|arctic|azure[/.]identity|local-auth/i;
const TOKEN =
  /^(?:(?:access|refresh|id|auth|oauth|bearer)_?tokens?|tokens?|token_?(?:data|set|response|cache)|creds?|credentials?)$/i;

const known = new WeakMap<Code, OAuthUse | 'none'>();

/** @param text of the file: most mention nothing of it */
export function oauthUseOf(code: Code, text: string): OAuthUse | undefined {
  let use = known.get(code);
  if (use === undefined) {
    use = (MENTIONED.test(text) ? findUse(code) : undefined) ?? 'none';
    known.set(code, use);
  }
  return use === 'none' ? undefined : use;
}

function findUse(code: Code): OAuthUse | undefined {
  const first = firstUse(code);
  return first === undefined ? undefined : { ...first, scopes: scopesOf(code), writes: writesOf(code) };
}

function firstUse(code: Code): Pick<OAuthUse, 'start' | 'what'> | undefined {
  const library = code.imports.find(({ module }) => LIBRARIES.test(module));
  if (library !== undefined) return { start: library.start, what: library.module };
  for (const each of code.expressions) {
    if (each.kind === 'literal' && typeof each.value === 'string') {
      if (ADDRESS.test(each.value.slice(0, 500))) return { start: each.start, what: each.value };
    } else if (each.kind === 'entries') {
      const grant = each.entries.find(({ key, value }) => isGrant(key, value));
      if (grant !== undefined) return { start: each.start, what: 'a grant' };
    } else if (each.kind === 'call') {
      const module = moduleOf(each);
      if (module !== undefined && LIBRARIES.test(module)) return { start: each.start, what: module };
      const [name, value] = each.args;
      // body.set('grant_type', 'authorization_code'), post(grant_type=…)
      const isSet =
        (name !== undefined && value !== undefined && isGrant(String(constantOf(name.value)), value.value)) ||
        each.args.some((arg) => isGrant(arg.name, arg.value));
      if (isSet) return { start: each.start, what: 'a grant' };
    }
  }
  return undefined;
}

function isGrant(key: string | null, value: Expression): boolean {
  return (key === 'grant_type' || key === 'grantType') && GRANTS.has(String(constantOf(value)));
}

function scopesOf(code: Code): OAuthUse['scopes'] {
  const found = new Map<string, number>();
  const add = (value: Expression) => {
    for (const each of valuesOf(value)) {
      if (each.kind === 'list') for (const item of each.items) add(item);
      const constant = constantOf(each);
      if (typeof constant !== 'string') continue;
      for (const scope of constant.split(/[\s,+]+/))
        if (scope !== '' && !found.has(scope)) found.set(scope, each.start);
    }
  };
  const isScope = (key: string | null) => /^(?:scopes?|SCOPES?)$/.test(key ?? '');
  for (const each of code.expressions) {
    if (each.kind === 'entries') for (const { key, value } of each.entries) if (isScope(key)) add(value);
    if (each.kind !== 'call') continue;
    for (const { name, value } of each.args) if (isScope(name)) add(value);
    const [key, value] = each.args;
    if (
      key !== undefined &&
      value !== undefined &&
      each.args.length === 2 &&
      isScope(String(constantOf(key.value)))
    ) {
      add(value.value);
    }
  }
  return [...found].map(([scope, start]) => ({ scope, start }));
}

function writesOf(code: Code): number[] {
  return namedCalls(code).flatMap(({ call, names }) => {
    const isWrite = names.some((name) => {
      const need = needOf(name, undefined);
      return need?.kind === 'filesystem' && need.need === 'write';
    });
    const isDump = names.some((name) => /^(?:json|pickle)\.dump$/.test(name));
    const isPath = call.callee.kind === 'member' && /^write_(?:text|bytes)$/.test(call.callee.property ?? '');
    if (!isWrite && !isDump && !isPath) return [];
    return call.args.some(({ value }) => mentionsToken(value, 0)) ? [call.start] : [];
  });
}

function mentionsToken(expression: Expression, depth: number): boolean {
  if (depth > 6) return false;
  const within = (each: Expression) => mentionsToken(each, depth + 1);
  switch (expression.kind) {
    case 'name':
      return TOKEN.test(expression.name);
    case 'member':
      return TOKEN.test(expression.property ?? '') || within(expression.object);
    case 'call':
      return within(expression.callee) || expression.args.some(({ value }) => within(value));
    case 'text':
    case 'other':
      return expression.parts.some(within);
    case 'list':
      return expression.items.some(within);
    case 'entries':
      return expression.entries.some(({ key, value }) => TOKEN.test(key ?? '') || within(value));
    case 'choice':
      return expression.options.some(within);
    default:
      return false;
  }
}
