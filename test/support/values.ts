// Values for a field: good ones, those exactly at its bounds, and each way in which one can be wrong.
import type { Field, FieldType, Said } from './fields.ts';

/** Stands for a field that is left out. */
export const absent = Symbol('absent');

/** A value that breaks what the document says of its field. */
export interface Spoiled {
  why: string;
  value: unknown;
  /** The shape is wrong, or a value alone. */
  status: 400 | 422;
}

let marks = 0;

/** Letters and digits that no other text has, so that names are never taken. */
function mark(): string {
  marks += 1;
  return `x${marks.toString(36)}`;
}

/** A code point of two UTF-16 units first: lengths count code points. */
const fillers = ['\u{1d4b3}', 'a', '1'];

function fits({ patterns }: Said, text: string): boolean {
  return patterns.every((one) => new RegExp(one, 'u').test(text));
}

function padded(beginning: string, filler: string, length: number): string {
  return `${beginning.slice(0, length)}${filler.repeat(Math.max(0, length - beginning.length))}`;
}

/** Texts of so many code points, the more telling ones first; not all of them fit. */
function textsOf(length: number): string[] {
  const own = mark();
  const second = '2026-06-01T12:00:00';
  const time = length < 22 ? `${second}Z` : `${padded(`${second}.`, '0', length - 1)}Z`;
  const address = padded('http://a/', fillers[0] ?? '', length);
  const plain = fillers.flatMap((one) => [padded(own, one, length), one.repeat(length)]);
  return [...plain, address, time];
}

/** A text of so many code points that fits, or one that fits but for its length. */
function textOf(said: Said, length: number, allowed = length): string | undefined {
  if (said.format === 'date-time') return textsOf(length).at(-1);
  const index = textsOf(allowed).findIndex((one) => fits(said, one));
  return textsOf(length)[index];
}

/** A good value; `known` tells of things that have to be there, such as the ids of roles. */
export function goodOf(said: Said, name: string, known: (name: string) => unknown): unknown {
  const { type, values, patterns, least, most, items, properties, required, clearable } = said;
  if (values !== null) return values[0];
  const given = known(name);
  // Where there is a most, the name means another thing: the icon of a role is a text.
  if (given !== undefined && type === 'string' && (most === null || patterns.length > 0)) {
    return given;
  }
  if (clearable) return '';
  switch (type) {
    case 'object':
      return Object.fromEntries(
        required.map((key) => [key, goodOf(properties[key] ?? said, key, known)]),
      );
    case 'array': {
      const one = () => (items === null ? null : goodOf(items, name, known));
      return Array.from({ length: least ?? 0 }, one);
    }
    case 'string':
      return textOf(said, Math.min(most ?? 12, Math.max(least ?? 0, 8)));
    case 'boolean':
    case 'any':
      return true;
    case 'integer':
    case 'number':
      return least === null || least < 0 ? 1 : least;
  }
}

const ofEachType: Record<Exclude<FieldType, 'any'> | 'null', unknown> = {
  string: 'x',
  integer: 7,
  number: 1.5,
  boolean: true,
  array: [],
  object: {},
  null: null,
};

function isOf(type: FieldType, value: unknown): boolean {
  if (type === 'any') return true;
  if (type === 'array') return Array.isArray(value);
  if (type === 'integer') return Number.isInteger(value);
  return typeof value === type && value !== null && !Array.isArray(value);
}

/** Each other JSON type, and null. */
function wrongTypes({ said }: Field): Spoiled[] {
  return Object.values(ofEachType)
    .filter((value) => !isOf(said.type, value))
    .filter((value) => value !== null || !said.nullable)
    .map((value) => ({ why: JSON.stringify(value), value, status: 422 }));
}

/** What a field is called, or the list that it is an entry of. */
export function ownName(path: readonly string[]): string {
  return path.findLast((one) => one !== '[]') ?? '';
}

/** Entries that a list may hold, so many of them. */
function entries(list: Field, length: number, known: (name: string) => unknown): unknown[] {
  const { said, path } = list;
  const { items } = said;
  if (items === null) return [];
  return Array.from({ length }, () => goodOf(items, ownName(path), known));
}

/** What the document does not allow for the field, each with the status that refuses it. */
export function spoiledOf(field: Field, known: (name: string) => unknown): Spoiled[] {
  const { said, required, path } = field;
  const { type, least, most } = said;
  const found = wrongTypes(field);
  const add = (why: string, value: unknown, status: 400 | 422 = 400) =>
    void found.push({ why, value, status });
  if (required && path.length > 0) add('missing', absent, 422);
  if (type === 'integer') {
    if (least !== null) add('below the least', least - 1);
    if (most !== null) add('above the most', most + 1);
  }
  if (type === 'array') {
    if (least !== null && least > 0) add('an entry too few', entries(field, least - 1, known));
    if (most !== null) add('an entry too many', entries(field, most + 1, known));
  }
  if (type === 'string') {
    for (const [why, value] of wrongTexts(said)) add(why, value);
  }
  return found;
}

/** Texts that break a bound, a pattern, a format, a list of values; by what they break. */
export function wrongTexts(said: Said): [why: string, text: string][] {
  const { least, most, values, patterns, format, clearable } = said;
  if (values !== null) return [['not in the list', 'nonsense']];
  const found: [string, string | undefined][] = [];
  if (most !== null) found.push(['too long', textOf(said, most + 1, most)]);
  if (least !== null && least > 0) found.push(['too short', textOf(said, least - 1, least)]);
  if (patterns.length > 0) {
    const odd = ['', ' ', '!', '-', 'Ä', 'x y', '1.5', '\u{1d4b3}', '1\n2', 'a\nb', '\0'];
    for (const text of odd) if (!fits(said, text)) found.push([JSON.stringify(text), text]);
  }
  if (format === 'date-time') found.push(['no time', 'soon'], ['no day', '2026-13-41T12:00:00Z']);
  return found.flatMap(([why, text]) =>
    text === undefined || (clearable && text === '') ? [] : [[why, text]],
  );
}

/** Values that the document allows and that are as far out as they can be, by what they are. */
export function limitsOf(field: Field, known: (name: string) => unknown): [string, unknown][] {
  const { said, path } = field;
  const { type, least, most, values } = said;
  const isId = known(ownName(path)) !== undefined && (most === null || said.patterns.length > 0);
  const found: [string, unknown][] = [];
  if (said.nullable) found.push(['null', null]);
  if (said.clearable) found.push(['""', '']);
  if (values !== null) return found;
  if (type === 'integer') {
    if (least !== null) found.push(['the least', least]);
    if (most !== null) found.push(['the most', most]);
  }
  if (type === 'array' && most !== null) found.push(['the most', entries(field, most, known)]);
  // What names something has to be there, however long it is.
  if (type === 'string' && !isId && !said.clearable) {
    if (said.format !== 'date-time') found.push(['the shortest', textOf(said, least ?? 0)]);
    if (most !== null) found.push(['the longest', textOf(said, most)]);
  }
  return found.filter(([, value]) => value !== undefined);
}

/** What a query string cannot say for the field, by what is wrong with it. */
export function wrongQueries({ said }: Field, isClamped: boolean): [why: string, text: string][] {
  const { type, least, most } = said;
  const odd = (...texts: string[]): [string, string][] =>
    texts.map((text) => [JSON.stringify(text), text]);
  switch (type) {
    case 'boolean':
      return odd('yes', '', 'TRUE', '2', 'null');
    case 'integer': {
      const outside = isClamped ? [] : [(least ?? 0) - 1, (most ?? 2 ** 53) + 1];
      return odd('abc', '1.5', '', ' 1', '0x10', '1e3', ...outside.map(String));
    }
    default:
      return wrongTexts(said);
  }
}

/** The good value with another one in that place; what has to be there to hold it is made. */
export function withValue(
  said: Said,
  good: unknown,
  path: readonly string[],
  value: unknown,
  known: (name: string) => unknown,
): unknown {
  const [key = '', ...rest] = path;
  if (path.length === 0) return value;
  const inner = key === '[]' ? said.items : said.properties[key];
  if (inner == null) throw new Error(`there is no ${key}`);
  const made = withValue(inner, goodOf(inner, key, known), rest, value, known);
  if (key === '[]') return [made];
  const whole: Record<string, unknown> = { ...Object(good), [key]: made };
  if (made === absent) delete whole[key];
  return whole;
}
