// Codes that people pass on: letters and digits only, since clients accept nothing else in a link.

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Returns so many letters and digits, each equally likely. */
export function newCode(length: number): string {
  let code = '';
  while (code.length < length) {
    for (const byte of crypto.getRandomValues(new Uint8Array(length))) {
      // 248 is the largest multiple of 62 below 256: larger bytes would make some letters likelier.
      if (byte < 248 && code.length < length) code += alphabet[byte % alphabet.length];
    }
  }
  return code;
}

/** Tells whether a text could be a code. */
export function looksLikeCode(text: string): boolean {
  return /^[A-Za-z0-9]{1,64}$/.test(text);
}
