// Signing out on purpose: what was kept for who was here goes as well.
import { forgetDrafts } from './kept.ts';
import { forget, leave } from './session.ts';

/** Signs out. */
export async function signOut(): Promise<void> {
  await leave();
  forgetDrafts();
}

/** For when the token has ended already, by what somebody did here. */
export async function isGone(): Promise<void> {
  await forget({ isWanted: true });
  forgetDrafts();
}
