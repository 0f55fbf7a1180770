/** Formats of data that run code when they are read. */
import type { NamedCall } from '../code/calls.ts';
import { anyOf } from '../code/memo.ts';
import { isOff, optionsOf, valuesOf } from '../code/values.ts';
import { constantOf } from '../parse/constants.ts';
import type { Code, Expression } from '../parse/expression.ts';
import { namesOf } from '../parse/names.ts';
import type { Problem } from './problem.ts';

export const PICKLES =
  /^(?:(?:pickle|cPickle|_pickle|cloudpickle|dill|pickle5|joblib)\.loads?|(?:pickle|cPickle|_pickle|dill|pickle5)\.Unpickler(?:\(\)\.load)?|marshal\.loads?|shelve\.(?:open|\w*Shelf)|pandas\.read_pickle|jsonpickle\.(?:decode|loads)|sklearn\.externals\.joblib\.load|node-serialize\.unserialize|serialize-to-js\.deserialize|funcster\.deepDeserialize)$/;
const YAML = /^(?:yaml|ruamel\.yaml|ruamel_yaml|oyaml)\.(?:load|load_all)$/;
export const UNSAFE_YAML = /^(?:yaml|oyaml)\.(?:unsafe_load|unsafe_load_all|full_load|full_load_all)$/;
const isOfInterest = anyOf(PICKLES, YAML, UNSAFE_YAML, /^(?:numpy|torch)\.load$|^ruamel[._]yaml\.YAML$/);
const SAFE_LOADER = /(?:^|\.)C?(?:Safe|Base)Loader$/;

export function deserialisationProblem(code: Code, { call, names }: NamedCall): Problem | undefined {
  if (!names.some(isOfInterest)) return undefined;
  const problem = (title: string, remedy: string): Problem => ({
    start: call.start,
    title,
    remedy,
    severity: 'high',
  });
  const pickle = names.find((name) => PICKLES.test(name));
  if (pickle !== undefined) {
    return problem(`${pickle} runs code that is in what it reads`, 'Keep data as JSON.');
  }
  const has = (key: string) => optionsOf(code, call, key).some((option) => !isOff(option));
  if (names.includes('numpy.load') && has('allow_pickle')) {
    return problem('numpy.load is asked to read pickles', 'Leave out allow_pickle.');
  }
  const [weights] = optionsOf(code, call, 'weights_only');
  if (names.includes('torch.load') && weights !== undefined && isOff(weights)) {
    return problem('torch.load is asked to read pickles', 'Leave out weights_only=False.');
  }
  const yaml = names.find((name) => UNSAFE_YAML.test(name) || (YAML.test(name) && !isSafe(code, call)));
  const makesUnsafe =
    names.some((name) => /^ruamel[._]yaml\.YAML$/.test(name)) &&
    [...optionsOf(code, call, 'typ'), ...call.args.map(({ value }) => value)].some(
      (typ) => constantOf(typ) === 'unsafe',
    );
  if (yaml !== undefined || makesUnsafe) {
    return problem(
      `${yaml ?? 'ruamel.yaml.YAML(typ="unsafe")'} makes any object that the YAML names`,
      'Use yaml.safe_load.',
    );
  }
  return undefined;
}

function isSafe(code: Code, call: NamedCall['call']): boolean {
  const loaders = optionsOf(code, call, 'Loader');
  const [, second] = call.args;
  if (second !== undefined && second.name === null) loaders.push(second.value);
  return loaders.length > 0 && loaders.every(isSafeLoader);
}

function isSafeLoader(loader: Expression): boolean {
  const names = namesOf(loader);
  if (names.length > 0) return names.every((name) => SAFE_LOADER.test(name));
  // class Loader(yaml.SafeLoader)
  return valuesOf(loader).every(
    (value) =>
      value.kind === 'other' &&
      value.parts.some((part) => namesOf(part).some((name) => SAFE_LOADER.test(name))),
  );
}
