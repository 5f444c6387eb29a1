// What may be written as a name or a text, and how its length is counted.
import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import {
  cleanName,
  cleanText,
  countCodePoints,
  cutToCodePoints,
  fitsWithin,
  looksEmpty,
} from '../../src/lib/text.ts';

const anyText = fc.string({ unit: 'binary', maxLength: 60 });
const anyUnits = fc
  .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 60 })
  .map((units) => String.fromCharCode(...units));

const name = (written: string, maximum = 32) => cleanName(written, { maximum });
const family = '👨‍👩‍👧';

describe('length', () => {
  test('is counted in code points, not in bytes or UTF-16 units', () => {
    expect(countCodePoints('')).toBe(0);
    expect(countCodePoints('abc')).toBe(3);
    expect(countCodePoints('жук')).toBe(3);
    expect(countCodePoints('🎮🎮')).toBe(2);
    expect(countCodePoints(family)).toBe(5);
  });

  test('agrees with the iterator of strings, also for lone surrogates', () => {
    fc.assert(fc.property(anyUnits, (text) => countCodePoints(text) === Array.from(text).length));
  });

  test('fits exactly when it counts no more than the maximum', () => {
    fc.assert(
      fc.property(anyUnits, fc.nat(70), (text, maximum) => {
        return fitsWithin(text, maximum) === countCodePoints(text) <= maximum;
      }),
    );
  });

  test('a cut text is a beginning of the text and ends between two code points', () => {
    fc.assert(
      fc.property(anyUnits, fc.nat(70), (text, maximum) => {
        return cutToCodePoints(text, maximum) === Array.from(text).slice(0, maximum).join('');
      }),
    );
  });
});

describe('a name', () => {
  test('is trimmed and composed', () => {
    expect(name('  Zoe\u0308 \u00a0\u3000')).toEqual({ ok: true, text: 'Zoë' });
  });

  test('may be 32 characters of any script where 32 is the limit', () => {
    for (const character of ['a', 'ж', '字', '🎮']) {
      expect(name(character.repeat(32)).ok).toBe(true);
      expect(name(character.repeat(33))).toEqual({
        ok: false,
        reason: 'must be at most 32 characters long',
      });
    }
  });

  test('is measured after it was composed and trimmed', () => {
    expect(name(`  ${'e\u0301'.repeat(32)}  `)).toEqual({ ok: true, text: 'é'.repeat(32) });
  });

  test('keeps emoji sequences, joiners and right-to-left scripts', () => {
    for (const kept of [family, '❤️', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', 'می‌خواهم', 'שלום', 'ශ්‍රී', 'O’Neil (she)']) {
      expect(name(kept)).toEqual({ ok: true, text: kept.normalize('NFC') });
    }
  });

  test('loses invisible fillers, so that two names that look the same are the same', () => {
    expect(name('mod\u200Ber\u00ADa\u2060tor\uFEFF')).toEqual({ ok: true, text: 'moderator' });
    expect(name('e\u200B\u0301')).toEqual({ ok: true, text: 'é' });
  });

  test('is refused with a control character, a line break or a tab inside', () => {
    for (const inside of ['\0', '\n', '\r', '\t', '\u001b', '\u007f', '\u0085', '\u2028']) {
      expect(name(`a${inside}b`)).toEqual({
        ok: false,
        reason: 'must be one line without control characters',
      });
    }
  });

  test('is refused with characters that reorder the text around it', () => {
    for (const inside of ['\u202A', '\u202B', '\u202C', '\u202D', '\u202E', '\u2066', '\u2069']) {
      expect(name(`a${inside}b`).ok).toBe(false);
    }
  });

  test('is refused when nothing of it can be seen', () => {
    const invisible = ['', ' ', '\u200B', '\u200D\u200C', '\u3164', '\uFFA0', '\u115F\u1160'];
    invisible.push('\u2800', '\u034F', '\uFE0F', '\u{E0041}', '\u200E \u200F', '\u180E', '\u00A0');
    for (const written of invisible) {
      expect(name(written)).toEqual({ ok: false, reason: 'must not be blank' });
    }
  });

  test('may look empty where nothing is allowed, and is then stored as nothing', () => {
    expect(cleanName(' \u3164 ', { minimum: 0, maximum: 32 })).toEqual({ ok: true, text: '' });
  });

  test('is refused below its minimum', () => {
    const rule = { minimum: 2, maximum: 32 };
    expect(cleanName('🎮', rule)).toEqual({
      ok: false,
      reason: 'must be at least 2 characters long',
    });
    expect(cleanName('🎮🎮', rule).ok).toBe(true);
  });

  test('is refused when it holds half of a character', () => {
    expect(name('a\ud83d')).toEqual({ ok: false, reason: 'must be valid Unicode text' });
  });

  test('is the same when it is cleaned twice', () => {
    fc.assert(
      fc.property(anyText, (written) => {
        const once = name(written, 40);
        if (once.ok) expect(name(once.text, 40)).toEqual(once);
      }),
    );
  });

  test('that was accepted is visible, one line and within its limit', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, anyUnits), (written) => {
        const cleaned = name(written, 20);
        if (!cleaned.ok) return;
        expect(looksEmpty(cleaned.text)).toBe(false);
        expect(cleaned.text).not.toMatch(/[\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069]/u);
        expect(Array.from(cleaned.text).length).toBeLessThanOrEqual(20);
      }),
    );
  });
});

describe('a text of several lines', () => {
  test('is kept as it was written', () => {
    const written = '    if (a)\r\n\tb();\n\n\u202Eabc e\u0301 \u001b[31m ';
    expect(cleanText(written, { maximum: 4000 })).toEqual({ ok: true, text: written });
  });

  test('is refused with NUL', () => {
    expect(cleanText('a\0b', { maximum: 4000 })).toEqual({
      ok: false,
      reason: 'must not contain the character NUL',
    });
  });

  test('of white space alone is no text', () => {
    expect(cleanText(' \n\t\u200B', { maximum: 4000 }).ok).toBe(false);
    expect(cleanText(' \n', { minimum: 0, maximum: 4000 })).toEqual({ ok: true, text: '' });
  });

  test('is refused one code point above its limit', () => {
    expect(cleanText('🎮'.repeat(4000), { maximum: 4000 }).ok).toBe(true);
    expect(cleanText('🎮'.repeat(4001), { maximum: 4000 }).ok).toBe(false);
  });

  test('is the same before and after it was kept as UTF-8', () => {
    fc.assert(
      fc.property(anyUnits, (written) => {
        const cleaned = cleanText(written, { maximum: 100 });
        if (!cleaned.ok) return true;
        return (
          new TextDecoder('utf-8', { ignoreBOM: true }).decode(
            new TextEncoder().encode(cleaned.text),
          ) === cleaned.text
        );
      }),
    );
  });
});
