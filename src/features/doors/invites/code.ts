// Codes of invites: letters and digits only, since clients take nothing else out of a link.

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const codeLength = 8;

/** 8 letters and digits, each equally likely. */
export function newCode(): string {
  let code = '';
  while (code.length < codeLength) {
    for (const byte of crypto.getRandomValues(new Uint8Array(codeLength))) {
      // The largest multiple of 62 below 256: what is above would make some letters likelier.
      if (byte < 248 && code.length < codeLength) code += alphabet[byte % alphabet.length];
    }
  }
  return code;
}

/** Whether a text may be a code at all. */
export function looksLikeCode(text: string): boolean {
  return /^[A-Za-z0-9]{1,64}$/.test(text);
}
