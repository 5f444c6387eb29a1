// What forms share: reading their fields, and saying why a call has failed.
import { Refused } from '../../../client/rest.ts';
import { say } from '../words/say.ts';

/** What to tell somebody about a call that failed. */
export function reasonOf(error: unknown): string {
  return error instanceof Refused ? error.message : say('not_reached');
}

/** Returns the texts of a form by the names of their fields. */
export function textsOf(form: HTMLFormElement): (name: string) => string {
  const data = new FormData(form);
  return (name) => {
    const value = data.get(name);
    return typeof value === 'string' ? value : '';
  };
}
