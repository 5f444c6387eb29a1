// How far somebody has come at the doors: from a password to a token, over what is asked for in between.
import { signal } from '@preact/signals';
import { Refused } from '../../../client/rest.ts';
import type { Answer } from '../../../client/wire.ts';
import { go, place } from './address.ts';
import { server } from './server.ts';
import { enter, rest, restWith } from './session.ts';

export type Step =
  /** Not decided: who comes by an invite is new, everybody else has an account. */
  | { readonly at: 'start' | 'login' | 'register' | 'recover' }
  /** The password was right; a code is asked for as well. */
  | { readonly at: 'code'; readonly ticket: string; readonly password: string }
  /** The password has to be replaced before anything else. */
  | { readonly at: 'renew'; readonly token: string; readonly password: string }
  /** A new recovery code is shown, once. */
  | { readonly at: 'keep'; readonly code: string; readonly next: Step }
  /** An admin has to approve the account; what the server says of that. */
  | { readonly at: 'waiting'; readonly said: string }
  | { readonly at: 'in'; readonly token: string };

export const step = signal<Step>({ at: 'start' });

/** Whether the account was made here and now. */
export const isNewcomer = signal(false);

/** The invite that the address of the page names. */
export const invitedBy = (): string | null =>
  place.value.view === 'invite' ? place.value.id : null;

/** Whether somebody came to claim the server. */
export const isClaiming = (): boolean => place.value.view === 'claim';

export async function walk(next: Step): Promise<void> {
  if (next.at !== 'in') {
    step.value = next;
    return;
  }
  await enter(next.token);
  step.value = { at: 'start' };
}

type Given =
  | Answer<'POST /auth/login'>
  | Answer<'POST /auth/register'>
  | Answer<'POST /auth/recover'>;

function after(given: Given, password: string): Step {
  if ('ticket' in given) return { at: 'code', ticket: given.ticket, password };
  const { token, force_password_reset } = given;
  return force_password_reset ? { at: 'renew', token, password } : { at: 'in', token };
}

/** Goes on with what the server has answered to a password. */
async function goOn(given: Given, password: string): Promise<void> {
  const next = after(given, password);
  const code = 'recovery_code' in given ? given.recovery_code : undefined;
  await walk(code === undefined ? next : { at: 'keep', code, next });
}

export async function logIn(username: string, password: string): Promise<void> {
  await goOn(await rest.call('POST /auth/login', { body: { username, password } }), password);
}

export async function enterCode(ticket: string, code: string, password: string): Promise<void> {
  await goOn(await rest.call('POST /auth/login/mfa', { body: { ticket, code } }), password);
}

/** Sets the password that an admin has asked for, with the token that can do nothing else. */
export async function renewPassword(
  { token, password: old_password }: { token: string; password: string },
  new_password: string,
): Promise<void> {
  const body = { old_password, new_password };
  await restWith(token).call('POST /auth/change-password', { body });
  await walk({ at: 'in', token });
}

interface Lost {
  readonly username: string;
  readonly recovery_code: string;
  readonly new_password: string;
}

export async function recover(body: Lost): Promise<void> {
  await goOn(await rest.call('POST /auth/recover', { body }), body.new_password);
}

interface Newcomer {
  readonly username: string;
  readonly password: string;
  readonly invite_code: string | null;
  readonly setup_code: string | null;
  readonly reason: string | null;
  readonly recovery: boolean;
}

const isRefusal = (error: unknown): error is Refused =>
  error instanceof Refused && error.status === 403;

/**
 * Tells whether an account was made that an admin has to approve: registering is refused then, as it is for
 * other reasons, and only a login tells them apart.
 */
async function isWaiting({ username, password }: Newcomer): Promise<boolean> {
  if (server.peek()?.registration_approval !== true) return false;
  const body = { username, password };
  const error: unknown = await rest.call('POST /auth/login', { body }).catch((why: unknown) => why);
  return isRefusal(error);
}

export async function register(body: Newcomer): Promise<void> {
  const given = await rest.call('POST /auth/register', { body }).catch(async (error: unknown) => {
    if (!isRefusal(error) || !(await isWaiting(body))) throw error;
    return error;
  });
  if (given instanceof Refused) return walk({ at: 'waiting', said: given.message });
  isNewcomer.value = true;
  if (body.setup_code !== null) go('#/');
  await goOn(given, body.password);
}
