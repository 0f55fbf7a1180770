/** Text in lines that fit a terminal. */
import { columnsOf } from './width.ts';

/** Never narrower than this, however narrow the terminal. */
const MIN_WIDTH = 20;

/**
 * The text in lines of at most a width in terminal columns, broken at spaces; a word that is longer is broken anywhere.
 * @param indent put before each line, and counted
 * @param columns undefined: one line
 */
export function wrap(text: string, indent: string, columns: number | undefined): string[] {
  if (columns === undefined) return [indent + text];
  const width = Math.max(MIN_WIDTH, columns - indent.length);
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').flatMap((each) => pieces(each, width))) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && columnsOf(longer) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line].map((each) => indent + each);
}

function pieces(word: string, width: number): string[] {
  if (columnsOf(word) <= width) return [word];
  const found: string[] = [];
  let piece = '';
  let columns = 0;
  for (const { segment } of new Intl.Segmenter().segment(word)) {
    const more = columnsOf(segment);
    if (columns + more > width) {
      found.push(piece);
      piece = '';
      columns = 0;
    }
    piece += segment;
    columns += more;
  }
  return [...found, piece];
}
