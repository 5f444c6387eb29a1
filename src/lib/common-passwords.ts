// Knows the passwords that are guessed first: the 10,000 most common ones that are long enough to be used.
import packaged from '../../node_modules/@zxcvbn-ts/language-common/src/passwords.json' with { type: 'file' };
import { foldCase } from './text.ts';

/** The list (MIT, by zxcvbn-ts, of passwords that leaked) has 49,000 in lower case, the most common first. */
const taken = 10_000;
/** An entry of it with at least eight characters; shorter passwords are refused for their length. */
const entry = /"(?:[^"\\]|\\.){8,}"/g;

let begin: Promise<string> | undefined;

/** Reads the list out of the program at the first use, so that a start does not wait for it. */
async function readList(): Promise<string> {
  // Types take the file for what is in it; with this attribute it is the path.
  const list = await Bun.file(packaged as unknown as string).text();
  entry.lastIndex = 0;
  for (let n = 0; n < taken && entry.test(list);) n += 1;
  // As text: to parse it would keep everybody waiting for 20 ms.
  return list.slice(0, entry.lastIndex);
}

const rows = [
  '01234567890-=',
  'abcdefghijklmnopqrstuvwxyz',
  'qwertyuiop[]',
  "asdfghjkl;'",
  'zxcvbnm,./',
];
/** The list leaves out what is a part of such a run … */
const runs = [...rows, ...rows.map((row) => Array.from(row).toReversed().join(''))];
/** … and what repeats a few characters. */
const repetition = /^(.{1,6})\1+$/su;

/** Tells whether a password is among the most common ones; case and width do not count. */
export async function isCommonPassword(password: string): Promise<boolean> {
  const folded = foldCase(password.normalize('NFKC'));
  if (repetition.test(folded) || runs.some((run) => run.includes(folded))) return true;
  begin ??= readList();
  return (await begin).includes(JSON.stringify(folded));
}
