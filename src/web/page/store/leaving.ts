// Signing out on purpose: what was kept for who was here goes as well.
import { forgetOwn } from './kept.ts';
import { forget, leave } from './session.ts';

/** Signs out. */
export async function signOut(): Promise<void> {
  await leave();
  forgetOwn();
}

/** For when the token has ended already, by what somebody did here. */
export async function isGone(): Promise<void> {
  await forget({ isWanted: true });
  forgetOwn();
}
