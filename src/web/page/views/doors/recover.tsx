// Getting back in without the password, with the code that one has kept.
import { recover } from '../../store/doors.ts';
import { say } from '../../words/say.ts';
import { Field, Form, PasswordField } from '../fields.tsx';
import { NameField } from './name-field.tsx';

export function Recover() {
  return (
    <Form
      action={say('set_password')}
      send={(text) =>
        recover({
          username: text('username'),
          recovery_code: text('recovery_code'),
          new_password: text('new_password'),
        })
      }
    >
      <p>{say('recovery_explained')}</p>
      <NameField />
      <Field
        label={say('recovery_code')}
        name="recovery_code"
        required
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
      />
      <PasswordField
        label={say('new_password')}
        name="new_password"
        hint={say('password_hint')}
        isNew
      />
    </Form>
  );
}
