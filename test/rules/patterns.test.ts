// No pattern takes more than linear time: a text of strangers must not hold everybody up.
import { expect, test } from 'bun:test';
import { analyse } from 'scslre';
import { sourcesOf } from '../support/sources.ts';

/** A regular expression where an expression can begin. */
const literal =
  /(?<=(?:[(,=:;!&|?{}[\n>+]|\breturn)\s*)\/(?![*/])(?:[^\n\\/[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[dgimsuvy]*/g;

const transpiler = {
  ts: new Bun.Transpiler({ loader: 'ts' }),
  tsx: new Bun.Transpiler({ loader: 'tsx' }),
};

/** The patterns of a source text, without those in comments. */
function patternsIn(text: string, loader: 'ts' | 'tsx' = 'ts'): RegExp[] {
  return [...transpiler[loader].transformSync(text).matchAll(literal)].map(([written]) => {
    const end = written.lastIndexOf('/');
    return new RegExp(written.slice(1, end), written.slice(end + 1));
  });
}

/**
 * Whether it can take quadratic time or worse: by going back, or by trying the same text again from
 * each place where it can begin.
 */
function isSlow(pattern: RegExp): boolean {
  return analyse(pattern).reports.length > 0;
}

/** Patterns that are not linear, by what bounds their text. */
const excused: Record<string, string> = {
  'src/client/unmarked.ts /(?<ticks>`+)(?<code>[^`](?:[\\s\\S]*?[^`])?)\\k<ticks>(?!`)/':
    'at most 1,000 characters, in a browser',
  'src/command-line.ts /(?<=.)\\/+$/': "the operator's own words",
  'src/config.ts /\\/+$/': 'the same',
  'src/config.ts /\\?.*$/': 'the same',
  'src/features/spaces/spaces/slug.ts /^-+|-+$/g': 'at most 100 characters',
  'src/features/spaces/spaces/slug.ts /-+$/': 'at most 100 characters',
};

test('every pattern takes linear time, but for those over short texts', async () => {
  const sources = await sourcesOf('src');
  const found = sources.map(({ path, text }) => ({
    path,
    patterns: patternsIn(text, path.endsWith('.tsx') ? 'tsx' : 'ts'),
  }));
  // The sources have some 150; if far fewer are found, the search is broken.
  expect(found.flatMap(({ patterns }) => patterns).length).toBeGreaterThan(100);
  const slow = found.flatMap(({ path, patterns }) =>
    patterns.filter(isSlow).map((pattern) => `${path} ${String(pattern)}`),
  );
  expect([...new Set(slow)].toSorted()).toEqual(Object.keys(excused).toSorted());
});

/** Files that put patterns together from parts, where this test does not see them. */
const composed: Record<string, string> = {
  'src/client/unmarked.ts': 'at most 1,000 characters, in a browser',
  'src/web/page/views/markdown.tsx': 'a copy of one that stands above it',
  'src/http/examples.ts': 'those of the schemas, which stand in their own files, on short texts',
  'src/features/doors/registration/invite-page.ts': 'names of programs: no repetition',
  'src/features/talk/search/schema.ts': 'at most 40 characters',
  'src/lib/letters.ts': 'one of some letters: no repetition',
  'src/lib/search-text.ts': 'one character or two: no repetition',
};

test('patterns are written as literals, where the test above finds them', async () => {
  const sources = await sourcesOf('src');
  const found = sources.filter(({ text }) => text.includes('new RegExp('));
  expect(found.map(({ path }) => path).toSorted()).toEqual(Object.keys(composed).toSorted());
});

test('the rule finds what is slow', () => {
  for (const pattern of [/\.+$/, /(?:a+)+b/, /"(.*?)"(?=\s*;)/, /\s+$/]) {
    expect({ pattern, isSlow: isSlow(pattern) }).toMatchObject({ isSlow: true });
  }
  for (const pattern of [
    /^\.+/,
    /@([A-Za-z0-9_.]+)/g,
    /[= \t\r\n]+/g,
    /^[a-z0-9]+(-[a-z0-9]+)*$/,
  ]) {
    expect({ pattern, isSlow: isSlow(pattern) }).toMatchObject({ isSlow: false });
  }
  expect(
    patternsIn('const a = /x[/]y/g; // not /z/\nconst b = (c) => /b\\/c/.test(c) ? "/e/" : /f/u'),
  ).toEqual([/x[/]y/g, /b\/c/, /f/u]);
});
