// Codes of authenticator apps, by RFC 6238: SHA-1, six digits, a new one every 30 seconds.
// The build with node:crypto: the one for browsers brings hashes of its own, and each start would load them.
import { Secret, TOTP } from 'otpauth/dist/otpauth.node.mjs';

const rule = { algorithm: 'SHA1', digits: 6, period: 30 } as const;
/** A clock may be half a minute wrong, or a code be typed slowly. */
const window_steps = 1;

/** Returns 20 random bytes in Base32: 32 characters. */
export function newSecret(): string {
  return new Secret({ size: 20 }).base32;
}

/** Returns the address that apps read from a QR code. */
export function uriOf(secret: string, { issuer, name }: { issuer: string; name: string }): string {
  const { algorithm, digits, period } = rule;
  const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(name)}`;
  const facts = new URLSearchParams({
    secret,
    issuer,
    algorithm,
    digits: String(digits),
    period: String(period),
  });
  return `otpauth://totp/${label}?${facts.toString()}`;
}

/** Returns the step of 30 seconds that a moment lies in; `at_ms` in Unix milliseconds. */
export function stepAt(at_ms: number): number {
  return TOTP.counter({ period: rule.period, timestamp: at_ms });
}

/** Returns the step whose code this is, the last, this or the next one; null if it is none of theirs. */
export function stepOf(secret: string, code: string, at_ms: number): number | null {
  if (!/^[0-9]{6}$/.test(code)) return null;
  const delta = TOTP.validate({
    ...rule,
    secret: Secret.fromBase32(secret),
    token: code,
    timestamp: at_ms,
    window: window_steps,
  });
  return delta === null ? null : stepAt(at_ms) + delta;
}
