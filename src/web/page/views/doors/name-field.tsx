// The field for the name of an account, which password managers know.
import { say } from '../../words/say.ts';
import { Field } from '../fields.tsx';

export function NameField({ hint }: { hint?: string }) {
  return (
    <Field
      label={say('username')}
      name="username"
      hint={hint}
      required
      maxLength={96}
      autocomplete="username"
      autocapitalize="none"
      spellcheck={false}
    />
  );
}
