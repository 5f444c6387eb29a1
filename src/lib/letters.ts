// Letters as people type them in a search: without case, and without the marks that they leave out.
import { foldCase } from './text.ts';

// Accents of any letter, the vowels of Hebrew, Arabic and Syriac, variation selectors, and the dots
// below Indic letters. Other vowels of Indic scripts, and those of Thai, make a different word, and
// so do the marks that voice Japanese kana.
const optionalMark =
  /[[[\p{Script=Inherited}\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\u093C\u09BC\u0A3C\u0ABC\u0B3C\u0CBC]&&\p{Mark}]--[\u3099\u309A]]/gv;

/** Letters that Unicode does not take apart, each with what people type for it. */
const alike: Readonly<Record<string, string>> = {
  // Latin letters with a stroke, a hook or a tail; ligatures; the letters of old and rare alphabets.
  a: 'ⱥɑ',
  ae: 'æ',
  b: 'ƀƃɓ',
  c: 'ȼƈ',
  d: 'đðɖɗƌ',
  e: 'ɇəǝɛ',
  f: 'ƒ',
  g: 'ǥɠɣ',
  h: 'ħⱨ',
  i: 'ıɨɩ',
  j: 'ɉ',
  k: 'ƙⱪĸ',
  l: 'łƚɫⱡ',
  n: 'ŋɲƞ',
  o: 'øɵɔ',
  oe: 'œ',
  p: 'ƥᵽ',
  q: 'ɋ',
  r: 'ɍɽ',
  s: 'ȿ',
  t: 'ŧƭʈⱦ',
  th: 'þ',
  u: 'ʉʊ',
  v: 'ʋ',
  y: 'ɏƴ',
  z: 'ƶȥⱬ',
  // Cyrillic letters of languages whose speakers often have a Russian keyboard.
  в: 'ԝ',
  г: 'ґғӻҕ',
  ж: 'җ',
  з: 'ҙ',
  к: 'қҝҟҡӄ',
  л: 'ԓ',
  н: 'ңҥӈ',
  о: 'ө',
  п: 'ԥҧ',
  с: 'ҫ',
  т: 'ҭ',
  у: 'үұ',
  х: 'ҳӽһ',
  ч: 'ҷҹӌ',
  // Arabic: forms of alef, ya, ta marbuta and kaf, and what Persian, Urdu, Pashto and Kurdish write.
  ا: 'ٱٲٳ',
  ه: 'ةەہھۃۀ',
  و: 'ۆۇۈۋ',
  ي: 'ىیېۍێ',
  ك: 'کڪګ',
  ل: 'ڵ',
  ر: 'ڕ',
  // Yiddish ligatures; the nasal sign of Devanagari and Bengali in its two forms.
  וו: 'װ',
  וי: 'ױ',
  יי: 'ײ',
  '\u0902': '\u0901',
  // Apostrophes, and the one that is a letter in Ukrainian. Hawaiian, Tongan and Uzbek leave theirs
  // out, and so does Arabic the bar that makes a word wider.
  "'": '\u02BC\u2018\u2019',
  '': '\u02BB\u02BF\u02BE\u02C0\u0640',
};

const letters = new Map(
  Object.entries(alike).flatMap(([typed, others]) =>
    Array.from(others, (other): [string, string] => [other, typed]),
  ),
);

/** The zeros of scripts with digits of their own, which stand in a row. */
const zeros = [
  0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xe50, 0xed0,
  0xf20, 0x1040, 0x17e0, 0x1810,
];
for (const zero of zeros) {
  for (let n = 0; n < 10; n += 1) letters.set(String.fromCodePoint(zero + n), String(n));
}

// The small and the large letters of katakana that hiragana has as well.
for (let one = 0x30a1; one <= 0x30f6; one += 1) {
  letters.set(String.fromCodePoint(one), String.fromCodePoint(one - 0x60));
}

const unlike = new RegExp(`[${[...letters.keys()].join('')}]`, 'gu');
const beyondAscii = /[^\0-\x7f]/u;

// A hamza of its own behind another letter is as often left out as one that sits on a letter.
const lastHamza = /(?<=[\u0620-\u064A])\u0621/gu;
// The dot between two l of Catalan.
const middleDot = /(?<=l)\u00B7(?=l)/gu;

/** Returns a text as its letters are looked up: compatibility forms, case, marks ("José" is "jose"). */
export function foldLetters(text: string): string {
  if (!beyondAscii.test(text)) return text.toLowerCase();
  // Marks before case, which makes a letter of one; and after it, which makes a mark of the dot of "İ".
  const bare = text.normalize('NFKD').replace(optionalMark, '');
  return foldCase(bare)
    .normalize('NFKD')
    .replace(optionalMark, '')
    .normalize('NFKC')
    .replace(middleDot, '')
    .replace(lastHamza, '')
    .replace(unlike, (one) => letters.get(one) ?? one);
}
