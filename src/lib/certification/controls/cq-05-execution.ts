/**
 * CQ-05: in the server's own code no shell, no text that becomes code, no data that runs code when it is read, and no SQL
 * made of texts.
 */
import { namedCalls } from '../code/calls.ts';
import { type Judged, judgeCode, judgedAnswer } from '../code/judged.ts';
import { control } from '../control.ts';
import { deserialisationProblem } from '../execution/deserialise.ts';
import { evaluationProblem } from '../execution/evaluate.ts';
import type { Problem } from '../execution/problem.ts';
import { referenceProblems } from '../execution/references.ts';
import { shellProblem } from '../execution/shell.ts';
import { sqlProblems } from '../execution/sql.ts';
import type { Code } from '../parse/expression.ts';

export const execution = control<Judged>('CQ-05', {
  observe: (file) => judgeCode(file, problemsOf),
  check: (_bundle, _context, observed) => judgedAnswer(observed, 3),
});

function problemsOf(code: Code): Problem[] {
  const calls = namedCalls(code);
  const found: Problem[] = [];
  for (const each of calls) {
    const problem =
      shellProblem(code, each) ?? evaluationProblem(code, each) ?? deserialisationProblem(code, each);
    if (problem !== undefined) found.push(problem);
  }
  const told = found.map(({ title }) => title.split(' ', 1)[0]);
  const starts = new Set(found.map(({ start }) => start));
  const references = referenceProblems(code, calls).filter(
    ({ title, start }) =>
      !starts.has(start) && !(title.includes('handed on') && told.includes(title.split(' ', 1)[0])),
  );
  return [...found, ...references, ...sqlProblems(code, calls)];
}
