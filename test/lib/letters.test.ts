// Letters as people type them: what is the same in a search, and what is not.
import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { foldLetters } from '../../src/lib/letters.ts';

test.each([
  // Latin.
  ['Łódź Zażółć gęślą jaźń', 'lodz zazolc gesla jazn'],
  ['Æther, Œuvre, smørrebrød', 'aether, oeuvre, smorrebrod'],
  ['Đặng Thị Mơ, Nguyễn', 'dang thi mo, nguyen'],
  ['Đorđe, Ħal Għaxaq', 'dorde, hal ghaxaq'],
  ['Þórður Guðmundsson', 'thordur gudmundsson'],
  ['IŞIK ışık İstanbul', 'isik isik istanbul'],
  ['STRASSE Straße ẞ', 'strasse strasse ss'],
  ['Əliyev, Ŋorga, ɗan', 'eliyev, norga, dan'],
  ['Ａｂｃ ½ ﬁ ℌ', 'abc 1⁄2 fi h'],
  ['col·legi Hawaiʻi', 'collegi hawaii'],
  ['O’Brien, мʼята', "o'brien, м'ята"],
  ['e\u0301\u0323 \u00e9', 'e e'],
  // Greek, with marks of all kinds.
  ['Ἀθῆναι, ΐ, Ὀδυσσεύς', 'αθηναι, ι, οδυσσευσ'],
  ['ΣΊΣΥΦΟΣ', 'σισυφοσ'],
  // Cyrillic.
  ['Ёжик, Йод, за́мок', 'ежик, иод, замок'],
  ['Їжак, Ґанок, Ў', 'іжак, ганок, у'],
  ['Қазақстан, Өзбек, Үй', 'казакстан, озбек, уи'],
  // Hebrew, Arabic, Persian, Urdu, Kurdish.
  ['שָׁלוֹם אײַך', 'שלום אייך'],
  ['مُحَمَّدٌ أإآٱ ؤ ئ', 'محمد اااا و ي'],
  ['مدرسة على سماء', 'مدرسه علي سما'],
  ['کتاب ہے یک', 'كتاب هے يك'],
  ['۱۲۳ ٤٥٦', '123 456'],
  // India, Thailand, Korea, Japan.
  ['क़लम हँसी १२', 'कलम हंसी 12'],
  ['ไทย ๑๒', 'ไทย 12'],
  ['\u1112\u1161\u11ab \u314e\u314f', '한 하'],
  ['ｶﾞﾝﾀﾞﾑ ヴ ひらがな', 'がんだむ ゔ ひらがな'],
])('%j is looked up as %j', (text, folded) => {
  expect(foldLetters(text)).toBe(folded);
  expect(foldLetters(text.normalize('NFD'))).toBe(folded);
  expect(foldLetters(text.toUpperCase())).toBe(folded);
});

test('an iota below a Greek letter is a mark, and becomes no letter', () => {
  expect(foldLetters('τῷ ᾳ')).toBe('τω α');
});

test.each([
  ['か', 'が'],
  ['मा', 'मी'],
  ['ก', 'กี'],
  ['і', 'и'],
  ['שׁם', 'שׁמ'],
  ['a', 'α'],
])('%j and %j are different', (one, other) => {
  expect(foldLetters(one)).not.toBe(foldLetters(other));
});

test('what is folded stays as it is, and every form of a text comes out the same', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 20 }), (text) => {
      const folded = foldLetters(text);
      expect(foldLetters(folded)).toBe(folded);
      expect(foldLetters(text.normalize('NFD'))).toBe(folded);
      expect(foldLetters(text.normalize('NFC'))).toBe(folded);
    }),
    { numRuns: 2_000 },
  );
});
