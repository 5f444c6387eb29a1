// Logging in with a name and a password.
import { logIn } from '../../store/doors.ts';
import { say } from '../../words/say.ts';
import { Form, PasswordField } from '../fields.tsx';
import { NameField } from './name-field.tsx';

export function LogIn() {
  return (
    <Form action={say('log_in')} send={(text) => logIn(text('username'), text('password'))}>
      <NameField />
      <PasswordField label={say('password')} name="password" isNew={false} />
    </Form>
  );
}
