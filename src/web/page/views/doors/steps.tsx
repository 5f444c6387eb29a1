// What may be asked for between a password and the client: a code, a new password, a code to be kept.
import { enterCode, renewPassword, walk, type Step } from '../../store/doors.ts';
import { say } from '../../words/say.ts';
import { Codes } from '../codes.tsx';
import { Field, Form, PasswordField } from '../fields.tsx';

export function EnterCode({ ticket, password }: { ticket: string; password: string }) {
  return (
    <Form action={say('log_in')} send={(text) => enterCode(ticket, text('code').trim(), password)}>
      <p>{say('code_explained')}</p>
      <Field
        label={say('code')}
        name="code"
        required
        maxLength={64}
        inputMode="text"
        autocomplete="one-time-code"
        autocapitalize="none"
        spellcheck={false}
      />
    </Form>
  );
}

export function Renew({ token, password }: { token: string; password: string }) {
  return (
    <Form
      action={say('set_password')}
      send={(text) => renewPassword({ token, password }, text('new_password'))}
    >
      <p>{say('renew_explained')}</p>
      <PasswordField
        label={say('new_password')}
        name="new_password"
        hint={say('password_hint')}
        isNew
      />
    </Form>
  );
}

export function KeepCode({ code, next }: { code: string; next: Step }) {
  return (
    <>
      <h2 tabIndex={-1}>{say('your_recovery_code')}</h2>
      <p>{say('keep_explained')}</p>
      <Codes label={say('recovery_code')} codes={[code]} />
      <button type="button" class="primary" onClick={() => void walk(next)}>
        {say('kept_it')}
      </button>
    </>
  );
}

export function Waiting({ said }: { said: string }) {
  return (
    <>
      <h2 tabIndex={-1}>{say('thanks')}</h2>
      <p>{said}</p>
    </>
  );
}
