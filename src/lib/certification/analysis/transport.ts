/** Who is at the other end: certificates, host keys, signatures of tokens, and who may connect. */
import { namedCalls } from '../code/calls.ts';
import { ofKind } from '../code/kinds.ts';
import { anyOf } from '../code/memo.ts';
import { isOff, mayBe, optionsOf, valuesOf } from '../code/values.ts';
import type { Problem } from '../execution/problem.ts';
import { constantOf } from '../parse/constants.ts';
import type { Call, Code, Expression } from '../parse/expression.ts';
import { namesOf, propertyOf } from '../parse/names.ts';
import { broken } from './rule.ts';

const HTTP = /^(?:requests|httpx|urllib3|aiohttp)\b/;
const HTTP_METHODS =
  /^(?:get|post|put|patch|delete|head|options|request|stream|send|Session|Client|AsyncClient)$/;
const JWT = /^(?:jwt|jose\.jwt|jsonwebtoken)\.(?:decode|verify)$/;
const EVERYWHERE = ['0.0.0.0', '::', '[::]'];
const LISTENS =
  /^(?:listen|run|run_app|run_async|serve|create_server|start_server|run_http_async|TCPServer|HTTPServer|FastMCP|Config|make_server)$/;
const AUTHENTICATES = /auth(?!or)|bearer|api_?key|jwt|passport|credential|verify_?token|check_?token/i;

const isOfInterest = anyOf(HTTP, JWT, /^ssl\.|^asyncssh\.connect$/);
const METHODS = new Set(['set_missing_host_key_policy', 'wrap_socket', 'PoolManager']);

export function transportProblems(code: Code): Problem[] {
  const found: Problem[] = [];
  for (const each of ofKind(code, 'entries')) {
    for (const { key, value } of each.entries) {
      if ((key === 'rejectUnauthorized' || key === 'strictSSL') && mayBe(value, false)) {
        found.push(broken('tls-not-verified', value));
      }
    }
  }
  for (const { target, value } of code.assignments) {
    const property = propertyOf(target);
    const isOff =
      (property === 'NODE_TLS_REJECT_UNAUTHORIZED' && (mayBe(value, '0') || mayBe(value, 0))) ||
      (property === 'PYTHONHTTPSVERIFY' && mayBe(value, '0')) ||
      (/^(?:rejectUnauthorized|check_hostname)$/.test(property ?? '') && mayBe(value, false)) ||
      (property === 'verify' && code.language === 'python' && mayBe(value, false) && isHttp(target.object)) ||
      isNamedOne(value, /^ssl\.(?:CERT_NONE|_create_unverified_context)$/);
    if (isOff) found.push(broken('tls-not-verified', target));
  }
  for (const { call, names } of namedCalls(code)) found.push(...callProblems(code, call, names));
  return found;
}

function callProblems(code: Code, call: Call, names: readonly string[]): Problem[] {
  const { callee } = call;
  const method = callee.kind === 'member' ? (callee.property ?? '') : (names[0]?.split('.').at(-1) ?? '');
  if (
    !METHODS.has(method) &&
    !HTTP_METHODS.test(method) &&
    !LISTENS.test(method) &&
    !names.some(isOfInterest)
  ) {
    return [];
  }
  const keyword = (name: string) => call.args.find((arg) => arg.name === name)?.value;
  const found: Problem[] = [];
  const verify = keyword('verify');
  const isRequest = names.some((name) => HTTP.test(name)) || HTTP_METHODS.test(method);
  const unverified =
    (verify !== undefined && isRequest && mayBe(verify, false)) ||
    names.includes('ssl._create_unverified_context') ||
    (names.some((name) => name.startsWith('aiohttp')) && isFalse(keyword('ssl') ?? keyword('verify_ssl'))) ||
    isNamedOne(keyword('cert_reqs'), /^(?:ssl\.CERT_NONE)$/);
  if (unverified) found.push(broken('tls-not-verified', call));
  const policy = method === 'set_missing_host_key_policy' ? call.args[0]?.value : undefined;
  const hosts = names.includes('asyncssh.connect') ? keyword('known_hosts') : undefined;
  if (
    isNamedOne(policy, /^paramiko\.(?:\w+\.)*(?:AutoAddPolicy|WarningPolicy)(?:\(\))?$/) ||
    (hosts !== undefined && mayBe(hosts, null))
  ) {
    found.push(broken('host-key-not-verified', call));
  }
  if (names.some((name) => JWT.test(name)) && isUnsigned(code, call)) {
    found.push(broken('token-not-verified', call));
  }
  if (LISTENS.test(method) && isEverywhere(code, call) && !authenticates(code)) {
    found.push(broken('open-to-network', call));
  }
  const isDebug =
    method === 'run' &&
    names.some((name) => /\bflask\.Flask\(\)\.run$|\bFlask\(\)\.run$/.test(name)) &&
    keyword('debug') !== undefined &&
    !isOff(keyword('debug') as Expression);
  if (isDebug) found.push(broken('debug-server', call));
  return found;
}

function isFalse(value: Expression | undefined): boolean {
  return value !== undefined && mayBe(value, false);
}

function isHttp(object: Expression): boolean {
  return namesOf(object).some((name) => HTTP.test(name));
}

function isNamedOne(value: Expression | undefined, names: RegExp): boolean {
  return value !== undefined && namesOf(value).some((name) => names.test(name));
}

function isUnsigned(code: Code, call: Call): boolean {
  const off = (key: string) => optionsOf(code, call, key).some((value) => isOff(value));
  const nested = optionsOf(code, call, 'options').flatMap((value) =>
    valuesOf(value).flatMap((each) => (each.kind === 'entries' ? each.entries : [])),
  );
  const algorithms = optionsOf(code, call, 'algorithms').flatMap(valuesOf);
  return (
    off('verify') ||
    off('verify_signature') ||
    nested.some(({ key, value }) => key === 'verify_signature' && isOff(value)) ||
    algorithms.some(
      (each) => each.kind === 'list' && each.items.some((item) => /^none$/i.test(String(constantOf(item)))),
    )
  );
}

function isEverywhere(code: Code, call: Call): boolean {
  const hosts = [
    ...optionsOf(code, call, 'host'),
    ...optionsOf(code, call, 'hostname'),
    ...call.args
      .filter(({ name }) => name === null)
      .flatMap(({ value }) => {
        const values = valuesOf(value);
        return values.flatMap((each) => (each.kind === 'list' ? each.items : [each]));
      }),
  ];
  return hosts.some((host) => EVERYWHERE.some((address) => mayBe(host, address)));
}

/** Whether anything in the module is called as what authenticates is. */
function authenticates(code: Code): boolean {
  return (
    code.imports.some(({ module, member }) => AUTHENTICATES.test(`${module} ${member ?? ''}`)) ||
    code.expressions.some((each) => {
      if (each.kind === 'name') return AUTHENTICATES.test(each.name);
      if (each.kind === 'member') return AUTHENTICATES.test(each.property ?? '');
      return (
        each.kind === 'literal' &&
        typeof each.value === 'string' &&
        /^(?:authorization|x-api-key)$/i.test(each.value)
      );
    })
  );
}
