// The setup code, in memory only: by it somebody administers a server that has no admin.
import { timingSafeEqual } from 'node:crypto';
import type { App, StateName } from '../../../app.ts';
import { newCode } from '../../../lib/code.ts';
import { hasAdmin } from '../../people/users/admins.ts';

/** 95 random bits: guessing is hopeless, so wrong codes lock nobody out. */
const codeLength = 16;

const setup: StateName<{ code: string | null }> = { create: () => ({ code: null }) };

/** Makes the setup code of this start, and returns it; null if somebody administers the server. */
export function beginSetup(app: App): string | null {
  const code = hasAdmin(app.db) ? null : newCode(codeLength);
  app.state(setup).code = code;
  return code;
}

/** Forgets the code: it was used. */
export function endSetup(app: App): void {
  app.state(setup).code = null;
}

/** Returns the setup code of the running server; null if somebody administers it. */
export function setupCode(app: App): string | null {
  const { code } = app.state(setup);
  return code === null || hasAdmin(app.db) ? null : code;
}

const digest = (text: string) => new Bun.CryptoHasher('sha256').update(text).digest();

/** Tells whether that is the setup code, in the same time for every text of that length. */
export function isSetupCode(app: App, given: string): boolean {
  const code = setupCode(app);
  return code !== null && timingSafeEqual(digest(given), digest(code));
}

/** Returns the link by which a client comes to this server with the code. */
export function setupLink(app: App, code: string): string {
  return `daccord://connect/${new URL(app.address.origin).host}?invite=${code}`;
}
