/** Where lines go: a terminal has columns and perhaps colours, a pipe has neither. */
import { styleText } from 'node:util';

export type Style = 'bold' | 'dim' | 'underline' | 'red' | 'yellow' | 'green';

export interface Screen {
  readonly isTTY: boolean;
  readonly columns: number;
  readonly style: (format: Style, text: string) => string;
}

/** The process's own output, as a screen. NO_COLOR is respected. */
export function screenOf(stream: NodeJS.WriteStream): Screen {
  return {
    isTTY: stream.isTTY === true,
    columns: stream.columns || 80,
    style: (format, text) => styleText(format, text, { stream }),
  };
}
