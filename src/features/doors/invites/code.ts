// Codes of invites: letters and digits only, since clients accept nothing else in a link.

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const codeLength = 8;

/** Returns 8 letters and digits, each equally likely. */
export function newCode(): string {
  let code = '';
  while (code.length < codeLength) {
    for (const byte of crypto.getRandomValues(new Uint8Array(codeLength))) {
      // 248 is the largest multiple of 62 below 256: larger bytes would make some letters likelier.
      if (byte < 248 && code.length < codeLength) code += alphabet[byte % alphabet.length];
    }
  }
  return code;
}

/** Tells whether a text could be a code. */
export function looksLikeCode(text: string): boolean {
  return /^[A-Za-z0-9]{1,64}$/.test(text);
}
