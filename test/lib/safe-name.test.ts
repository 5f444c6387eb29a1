// Names of files from strangers: none may leave its folder, break a header or deceive a reader.
import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { megabyteOf } from '../support/megabyte.ts';
import { displayName, readDisposition, safeName } from '../../src/lib/safe-name.ts';

const anyName = fc.string({ unit: 'binary', maxLength: 400 });

describe('a safe name', () => {
  test.each([
    ['cat.png', 'cat.png'],
    ['My cat (1).png', 'My_cat__1_.png'],
    ['Grüße_жук-猫.txt', 'Grüße_жук-猫.txt'],
    ['हिन्दी.txt', 'हिन_दी.txt'],
    ['cafe\u0301.png', 'café.png'],
    ['../../etc/passwd', '_._etc_passwd'],
    ['..\\..\\boot.ini', '_._boot.ini'],
    ['.htaccess', 'htaccess'],
    ['.', 'attachment'],
    ['..', 'attachment'],
    ['...', 'attachment'],
    ['', 'attachment'],
    ['invoice\u202Egpj.exe', 'invoice_gpj.exe'],
    ['a\u200Fb\u2066c\x1b.txt', 'a_b_c_.txt'],
    ['C:\\nul', 'C__nul'],
    ['COM1.png', 'COM1.png'],
    ['a..b...c', 'a.b.c'],
    ['a"b<c>d:e?f*g|h', 'a_b_c_d_e_f_g_h'],
    ['a\0b\r\nc', 'a_b__c'],
    ['🎮.png', '_.png'],
    ['\ud800.png', '_.png'],
  ])('of %j is %j', (name, safe) => expect(safeName(name)).toBe(safe));

  test('keeps its extension when it is cut', () => {
    expect(safeName(`${'a'.repeat(300)}.png`)).toBe(`${'a'.repeat(136)}.png`);
    expect(safeName(`${'猫'.repeat(300)}.png`)).toBe(`${'猫'.repeat(45)}.png`);
  });

  test('is always one harmless path segment that fits into a folder', () => {
    fc.assert(
      fc.property(anyName, (name) => {
        const safe = safeName(name);
        expect(safe).toMatch(/^[\p{Alphabetic}\p{Number}_-][\p{Alphabetic}\p{Number}_.-]*$/u);
        expect(safe).not.toContain('..');
        expect(Buffer.byteLength(safe)).toBeLessThanOrEqual(140);
        expect(safeName(safe)).toBe(safe);
      }),
    );
  });
});

describe('a shown name', () => {
  test.each([
    ['My cat (1).png', 'My cat (1).png'],
    ['a"b.png', 'a"b.png'],
    ['👨‍👩‍👧.png', '👨‍👩‍👧.png'],
    ['../../etc/passwd', 'passwd'],
    ['C:\\Users\\me\\cat.png', 'cat.png'],
    ['folder/', 'folder'],
    ['..', 'attachment'],
    ['../..', 'attachment'],
    ['.\u200b.', 'attachment'],
    ['  \t ', 'attachment'],
    ['', 'attachment'],
    ['.gitignore', '.gitignore'],
    ['a\r\nb\0c\u2028d.txt', 'abcd.txt'],
    ['invoice\u202Egpj.exe', 'invoicegpj.exe'],
    ['a\u200Fb\u2066c\u061C.txt', 'abc.txt'],
    ['half \ud83d emoji', 'half \ufffd emoji'],
  ])('of %j is %j', (name, shown) => expect(displayName(name)).toBe(shown));

  test('has at most 255 code points and keeps its extension', () => {
    expect(displayName(`${'🎮'.repeat(300)}.png`)).toBe(`${'🎮'.repeat(251)}.png`);
    expect(displayName('x'.repeat(300))).toBe('x'.repeat(255));
    expect(displayName(`a.${'x'.repeat(300)}`)).toHaveLength(255);
    expect(displayName('🎮'.repeat(255))).toBe('🎮'.repeat(255));
  });

  test('is always one visible line without a path', () => {
    fc.assert(
      fc.property(anyName, (name) => {
        const shown = displayName(name);
        expect(shown).not.toMatch(/[/\\\p{Cc}\u2028-\u202e\u2066-\u2069]/u);
        expect(shown.trim()).not.toBe('');
        expect(Array.from(shown).length).toBeLessThanOrEqual(255);
      }),
    );
  });
});

describe('the disposition of a part', () => {
  test.each([';name="x', '"; a', '" ', '; ', ';name="";', ';filename="a";x="', '\\"', ';a=b'])(
    'of a megabyte of %j comes to its end, as do names',
    (piece) => {
      const long = megabyteOf(piece);
      expect(readDisposition(`form-data; filename="${long}`)?.name ?? '').toBe('');
      expect(safeName(long).length).toBeLessThanOrEqual(255);
      expect(displayName(long).length).toBeLessThanOrEqual(255);
    },
  );

  test('a parameter inside of a quoted name is a part of the name', () => {
    expect(readDisposition('form-data; filename="x; name=y"; name="f"')).toEqual({
      name: 'f',
      filename: 'x; name=y',
    });
    expect(readDisposition('form-data; name="f"; filename="a";')).toBeUndefined();
    expect(readDisposition('form-data; name=f; filename=a;')).toEqual({ name: 'f', filename: 'a' });
  });

  test.each([
    ['form-data; name="f"', { name: 'f', filename: undefined }],
    ['form-data; name=f; filename=a.png', { name: 'f', filename: 'a.png' }],
    ['Form-Data ;NAME="f";FILENAME = "a.png" ; size=3', { name: 'f', filename: 'a.png' }],
    ['form-data; filename="a"b.png"; name="f"', { name: 'f', filename: 'a"b.png' }],
    ['form-data; name="f"; filename="a\\"b.png"', { name: 'f', filename: 'a"b.png' }],
    ['form-data; name="f"; filename="a"; filename*=UTF-8\'\'%c3%a4', { name: 'f', filename: 'ä' }],
    ['form-data; name="f"; filename="a"; filename*=UTF-8\'\'%ff', { name: 'f', filename: 'a' }],
    ['form-data; name="f"; filename*=UTF-8\'\'%ff', { name: 'f', filename: '' }],
    ['form-data; name="f"; filename*=ISO-8859-1\'\'%e4', { name: 'f', filename: 'ä' }],
  ])('%s is read', (line, names) => expect(readDisposition(line)).toEqual(names));

  test.each([
    '',
    'form-data',
    'form-data; filename="a"',
    'attachment; name="f"',
    'form-data; name="f',
    'form-data; name="f"; filename="a',
    'form-data; name="f"; filename=',
  ])('%j is broken', (line) => expect(readDisposition(line)).toBeUndefined());
});
