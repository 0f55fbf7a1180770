/** What is kept: ciphers, hashes of passwords, archives, temporary files, XML. */
import { type NamedCall, namedCalls } from '../code/calls.ts';
import { anyOf } from '../code/memo.ts';
import { isOff, mayBe, optionsOf } from '../code/values.ts';
import type { Problem } from '../execution/problem.ts';
import { constantOf } from '../parse/constants.ts';
import type { Code, Expression } from '../parse/expression.ts';
import { namesOf } from '../parse/names.ts';
import { broken, type RuleId } from './rule.ts';

const CIPHERS =
  /^crypto\.create(?:Cipher|Decipher)$|^(?:Crypto|Cryptodome)\.Cipher\.(?:DES3?|ARC4|ARC2|Blowfish|XOR)\.new$|^cryptography\.\S*\.(?:ARC4|TripleDES|Blowfish)$/;
const CIPHERS_WITH_NAME = /^crypto\.create(?:Cipher|Decipher)iv$/;
const WEAK_ALGORITHM = /^(?:des|rc2|rc4|bf|idea|seed|cast)|-ecb$/i;
const HASHES = /^hashlib\.(?:md5|sha1)$|^(?:md5|sha1|blueimp-md5|js-md5|js-sha1)$/;
const HASHES_WITH_NAME = /^(?:crypto\.createHash|hashlib\.new)$/;
const PASSWORD = /passw(?:or)?d|passphrase|passcode/i;
const NAMED = /^(?:tempfile\.mktemp|os\.tempnam|os\.tmpnam)$/;
const TAR = /^tarfile\.(?:open|TarFile(?:\.open)?)\(\)\.(?:extractall|extract)$/;
const XML =
  /^(?:lxml\.etree\.(?:XMLParser|iterparse)|libxmljs2?\.(?:parseXml|parseXmlString|Document\.fromXml))$/;

const isOfInterest = anyOf(
  CIPHERS,
  CIPHERS_WITH_NAME,
  HASHES,
  HASHES_WITH_NAME,
  NAMED,
  TAR,
  XML,
  /\.AES\.new$|^tar\.(?:x|extract)$/,
);

export function storageProblems(code: Code): Problem[] {
  return namedCalls(code).flatMap((each) => {
    const rule = ruleOf(code, each);
    return rule === undefined ? [] : [broken(rule, each.call)];
  });
}

function ruleOf(code: Code, { call, names }: NamedCall): RuleId | undefined {
  const method = call.callee.kind === 'member' ? call.callee.property : null;
  if (method !== 'update' && method !== 'setFeature' && !names.some(isOfInterest)) return undefined;
  const is = (pattern: RegExp) => names.some((name) => pattern.test(name));
  const { args, callee } = call;
  const [first] = args;
  const algorithm = first === undefined ? undefined : constantOf(first.value);
  const option = (key: string) => optionsOf(code, call, key);
  if (is(CIPHERS) || (is(CIPHERS_WITH_NAME) && WEAK_ALGORITHM.test(String(algorithm)))) return 'weak-cipher';
  const isEcb = args.some(({ value }) => namesOf(value).some((name) => /\.MODE_ECB$/.test(name)));
  if (isEcb && is(/\.AES\.new$/)) return 'weak-cipher';
  const isHash = is(HASHES) || (is(HASHES_WITH_NAME) && /^(?:md5|sha1|sha-1)$/i.test(String(algorithm)));
  if (isHash && args.some(({ value }) => mentionsPassword(value, 0))) return 'weak-password-hash';
  // createHash('md5').update(password)
  const isUpdate =
    callee.kind === 'member' &&
    callee.property === 'update' &&
    callee.object.kind === 'call' &&
    namesOf(callee.object.callee).includes('crypto.createHash') &&
    /^(?:md5|sha1|sha-1)$/i.test(String(constantOf(callee.object.args[0]?.value ?? callee.object)));
  if (isUpdate && first !== undefined && mentionsPassword(first.value, 0)) return 'weak-password-hash';
  if (is(NAMED)) return 'predictable-file';
  if (is(TAR)) {
    const filters = option('filter');
    const isTrusting = filters.some((each) => mayBe(each, 'fully_trusted'));
    if (isTrusting || (filters.length === 0 && option('members').length === 0)) return 'unsafe-extract';
  }
  if (is(/^tar\.(?:x|extract)$/) && option('preservePaths').some((each) => !isOff(each)))
    return 'unsafe-extract';
  const isOn = (key: string) => option(key).some((each) => !isOff(each));
  if (is(XML) && (isOn('noent') || isOn('resolve_entities') || isOn('load_dtd'))) {
    return option('resolve_entities').some((each) => mayBe(each, 'internal'))
      ? undefined
      : 'external-entities';
  }
  const isFeature = callee.kind === 'member' && callee.property === 'setFeature' && first !== undefined;
  const isExternal =
    isFeature && namesOf(first.value).some((name) => /\.feature_external_[gp]es$/.test(name));
  return isExternal && args[1] !== undefined && !isOff(args[1].value) ? 'external-entities' : undefined;
}

function mentionsPassword(expression: Expression, depth: number): boolean {
  if (depth > 6) return false;
  const within = (each: Expression) => mentionsPassword(each, depth + 1);
  switch (expression.kind) {
    case 'name':
      return PASSWORD.test(expression.name);
    case 'member':
      return PASSWORD.test(expression.property ?? '') || within(expression.object);
    case 'call':
      return within(expression.callee) || expression.args.some(({ value }) => within(value));
    case 'text':
    case 'other':
      return expression.parts.some(within);
    case 'choice':
      return expression.options.some(within);
    default:
      return false;
  }
}
