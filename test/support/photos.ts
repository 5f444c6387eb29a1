// Photos as telephones and programs make them: small pictures that tell where they were made.
import { crc32 } from 'node:zlib';
import { jpeg, png, webp } from './pictures.ts';

/** What no copy of a photo may hold. */
export const secret = 'WHERE-IT-WAS';

const latin = (text: string) => Buffer.from(text, 'latin1');

/** Exif with an orientation, and a secret behind it; `more` bytes stand for a preview. */
export function exif(orientation: number, more = 0): Buffer {
  const tiff = Buffer.from('49492a0008000000010012010300010000000000000000000000', 'hex');
  tiff.writeUInt16LE(orientation, 18);
  return Buffer.concat([tiff, latin(secret), Buffer.alloc(more)]);
}

export function segment(code: number, data: Uint8Array): Buffer {
  const head = Buffer.from([0xff, code, 0, 0]);
  head.writeUInt16BE(data.length + 2, 2);
  return Buffer.concat([head, data]);
}

/** A JPEG with everything that a photo can tell, and the same picture without it. */
export async function photoJpeg(orientation = 1): Promise<{ photo: Buffer; bare: Buffer }> {
  const bare = await jpeg();
  const told = (code: number, name: string) => segment(code, latin(`${name}\0${secret}`));
  const scan = bare.indexOf(Buffer.from([0xff, 0xda]));
  const photo = Buffer.concat([
    bare.subarray(0, 2),
    segment(0xe1, Buffer.concat([latin('Exif\0\0'), exif(orientation)])),
    told(0xe0, 'JFXX'),
    told(0xe1, 'http://ns.adobe.com/xap/1.0/'),
    told(0xe2, 'MPF'),
    ...[3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 15].map((n) => told(0xe0 + n, 'Maker')),
    told(0xed, 'Photoshop 3.0'),
    segment(0xfe, latin(secret)),
    latin(secret),
    bare.subarray(2, scan),
    segment(0xfe, latin(secret)),
    bare.subarray(scan),
    latin(`${secret} and a film`),
  ]);
  return { photo, bare };
}

export function pngChunk(name: string, data: Uint8Array): Buffer {
  const whole = Buffer.concat([Buffer.alloc(4), latin(name), data, Buffer.alloc(4)]);
  whole.writeUInt32BE(data.length, 0);
  whole.writeUInt32BE(crc32(whole.subarray(4, -4)), whole.length - 4);
  return whole;
}

export function photoPng(orientation = 1, more = 0): { photo: Buffer; bare: Buffer } {
  const texts = ['tEXt', 'zTXt', 'iTXt', 'tIME', 'caBX', 'prVt'].map((name) =>
    pngChunk(name, latin(secret)),
  );
  const inside = png(30, 20, 7, [pngChunk('eXIf', exif(orientation, more)), ...texts]);
  return { photo: Buffer.concat([inside, latin(secret)]), bare: png(30, 20, 7) };
}

export function riffChunk(name: string, data: Uint8Array): Buffer {
  const whole = Buffer.concat([latin(name), Buffer.alloc(4), data, Buffer.alloc(data.length % 2)]);
  whole.writeUInt32LE(data.length, 4);
  return whole;
}

export async function photoWebp(
  orientation = 1,
  more = 0,
): Promise<{ photo: Buffer; bare: Buffer }> {
  const pixels = (await webp()).subarray(12);
  const size = [29, 0, 0, 19, 0, 0];
  const of = (flags: number, ...more: Buffer[]) =>
    riffChunk(
      'RIFF',
      Buffer.concat([
        latin('WEBP'),
        riffChunk('VP8X', Buffer.from([flags, 0, 0, 0, ...size])),
        pixels,
        ...more,
      ]),
    );
  const told = ['XMP ', 'NOTE'].map((name) => riffChunk(name, latin(secret)));
  const photo = of(0x0c, riffChunk('EXIF', exif(orientation, more)), ...told);
  return { photo: Buffer.concat([photo, latin(secret)]), bare: of(0) };
}

export function photoGif(): { photo: Buffer; bare: Buffer } {
  const head = Buffer.from('47494638396102000200800000ff000000ff00', 'hex');
  const frame = Buffer.from('21f904000a0000002c0000000002000200000202845100', 'hex');
  const loop = Buffer.concat([
    Buffer.from([0x21, 0xff, 11]),
    latin('NETSCAPE2.0'),
    Buffer.from([3, 1, 0, 0, 0]),
  ]);
  const block = Buffer.concat([Buffer.from([secret.length]), latin(secret), Buffer.alloc(1)]);
  const comment = Buffer.concat([Buffer.from([0x21, 0xfe]), block]);
  const xmp = Buffer.concat([Buffer.from([0x21, 0xff, 11]), latin('XMP DataXMP'), block]);
  const end = Buffer.from([0x3b]);
  return {
    photo: Buffer.concat([head, comment, loop, xmp, frame, comment, frame, end, latin(secret)]),
    bare: Buffer.concat([head, loop, frame, frame, end]),
  };
}

export function box(name: string, ...content: Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(body.length + 8, 0);
  head.write(name, 4, 'latin1');
  return Buffer.concat([head, body]);
}

const numbers = (...bytes: number[]) => Buffer.from(bytes);
const long = (number: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(number);
  return bytes;
};

/**
 * A file of boxes with a picture, Exif in the middle of its data, and XMP beside its index; one of
 * several frames has them in the box of a track.
 */
export function photoHeif(brand: 'heic' | 'avif' | 'avis'): Buffer {
  const picture = latin('the picture itself');
  const told = Buffer.concat([long(0), exif(6)]);
  const info = (id: number, type: string, more = '') =>
    box('infe', numbers(2, 0, 0, 0, 0, id, 0, 0), latin(`${type}\0${more}`));
  const place = (id: number, method: number, start: number, length: number) =>
    Buffer.concat([numbers(0, id, 0, method, 0, 0, 0, 1), long(start), long(length)]);
  const meta = (at: number) => (brand === 'avis' ? box('moov', box('trak', index(at))) : index(at));
  const index = (at: number) =>
    box(
      'meta',
      long(0),
      box(
        'iinf',
        numbers(0, 0, 0, 0, 0, 3),
        info(1, 'hvc1'),
        info(2, 'Exif'),
        info(3, 'mime', 'application/rdf+xml\0'),
      ),
      box(
        'iprp',
        box('ipco', box('ispe', long(0), long(30), long(20)), box('udes', long(0), latin(secret))),
      ),
      box('idat', latin(secret)),
      box(
        'iloc',
        numbers(1, 0, 0, 0, 0x44, 0x00, 0, 3),
        place(1, 0, at, 9),
        place(2, 0, at + 9, told.length),
        place(3, 1, 0, secret.length),
      ),
    );
  const head = Buffer.concat([box('ftyp', latin(`${brand}\0\0\0\0mif1`))]);
  const at = head.length + meta(0).length + 8;
  return Buffer.concat([
    head,
    meta(at),
    box('mdat', picture.subarray(0, 9), told, picture.subarray(9)),
    box('uuid', latin(secret)),
    box('mpvd', latin(`${secret} and a film`)),
  ]);
}
