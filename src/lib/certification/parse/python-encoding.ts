/** Python reads a file by the encoding that a comment in it names (PEP 263): in some, other text is other code. */

/** In its first two lines. */
const COOKIE = /^(?:[ \t\f]*(?:#[^\n\r]*)?\r?\n)?[ \t\f]*#[^\n\r]*?coding[:=][ \t]*([-\w.]+)/;
/** What keeps ASCII as it is. */
const PLAIN =
  /^(?:utf-?8(?:-sig)?|u8|(?:us-)?ascii|646|latin-?1|l1|iso-?8859(?:-\d+)?|cp(?:125\d|437|85\d|86\d|932|936|949|950)|windows-125\d|koi8-\w+|euc-?\w+|gbk?|gb2312|gb18030|big5|s(?:hift-?)?jis|mac-?\w+)$/;
const LONGEST_COOKIE = 1000;

/** Whether what is written there is not what runs: UTF-7, escapes. */
export function isEncodedPython(bytes: Buffer): boolean {
  const name = COOKIE.exec(bytes.toString('latin1', 0, LONGEST_COOKIE).replace(/^\xef\xbb\xbf/, ''))?.[1];
  return name !== undefined && !PLAIN.test(name.toLowerCase().replaceAll('_', '-'));
}
