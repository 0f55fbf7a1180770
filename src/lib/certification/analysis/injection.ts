/** The input of a tool as a program, a module, a template, an address or a pattern. */
import { needOf } from '../capabilities/calls.ts';
import { namedCalls } from '../code/calls.ts';
import { valuesOf } from '../code/values.ts';
import type { Problem } from '../execution/problem.ts';
import type { Code, Expression } from '../parse/expression.ts';
import type { Input } from './input.ts';
import { broken, type RuleId } from './rule.ts';

const LOADS =
  /^(?:require|import|__import__|importlib\.import_module|runpy\.run_(?:path|module)|importlib\.util\.spec_from_file_location)$/;
const TEMPLATES =
  /^(?:jinja2\.Template|jinja2\.\S*Environment\(\)\.from_string|mako\.template\.Template|flask\.render_template_string|handlebars\.compile|ejs\.(?:compile|render)|pug\.(?:compile|render)|nunjucks\.(?:compile|renderString)|lodash\.template|lodash\/template|underscore\.template|dot\.template|tornado\.template\.Template)$/;
const REQUESTS =
  /^(?:fetch|axios(?:\.\w+)?|got(?:\.\w+)?|node-fetch|undici\.(?:fetch|request)|https?\.(?:get|request)|(?:requests|httpx)\.\w+|httpx\.\w+\(\)\.\w+|requests\.Session\(\)\.\w+|aiohttp\.ClientSession\(\)\.\w+|urllib\.request\.(?:urlopen|Request|urlretrieve))$/;
const PATTERNS = /^(?:RegExp|re\.(?:compile|match|search|fullmatch|findall|sub))$/;

export function injectionProblems(code: Code, input: Input): Problem[] {
  if (!input.isThere) return [];
  return namedCalls(code).flatMap(({ call, names }) => {
    const [first] = call.args;
    if (first === undefined) return [];
    const is = (pattern: RegExp) => names.some((name) => pattern.test(name));
    const runs = names.some((name) => needOf(name, undefined)?.kind === 'subprocess');
    const rule: [RuleId, Expression] | undefined = runs
      ? ['program-from-input', programIn(first.value)]
      : is(LOADS) || (call.callee.kind === 'name' && call.callee.name === 'import')
        ? ['module-from-input', first.value]
        : is(TEMPLATES)
          ? ['template-from-input', first.value]
          : is(REQUESTS)
            ? ['request-from-input', startOf(first.value)]
            : is(PATTERNS)
              ? ['pattern-from-input', first.value]
              : undefined;
    return rule !== undefined && input.reaches(rule[1]) ? [broken(rule[0], call)] : [];
  });
}

function programIn(expression: Expression): Expression {
  const [value] = valuesOf(expression);
  return (value?.kind === 'list' ? value.items[0] : undefined) ?? startOf(expression);
}

/** What comes first in a text: of an address that is its host. */
function startOf(expression: Expression): Expression {
  const [value] = valuesOf(expression);
  if (value?.kind !== 'text') return expression;
  return value.parts.find((part) => part.kind !== 'literal' || part.value !== '') ?? expression;
}
