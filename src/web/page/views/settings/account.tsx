// The name by which one logs in, the password, and the code for when that is forgotten.
import { useState } from 'preact/hooks';
import { seen } from '../../store/live.ts';
import { rest } from '../../store/session.ts';
import { say } from '../../words/say.ts';
import { Codes } from '../codes.tsx';
import { Field, Form, PasswordField, type Texts } from '../fields.tsx';

async function rename(text: Texts): Promise<void> {
  await rest.call('PATCH /users/@me', { body: { username: text('username') } });
}

async function change(text: Texts): Promise<void> {
  const body = { old_password: text('password'), new_password: text('new_password') };
  await rest.call('POST /auth/change-password', { body });
}

export function Account() {
  const username = seen('user')?.user?.username ?? '';
  return (
    <>
      <section>
        <h3>{say('username')}</h3>
        <Form action={say('save')} done={say('saved')} send={rename}>
          <Field
            key={username}
            label={say('username')}
            name="username"
            hint={say('rename_hint')}
            required
            maxLength={96}
            defaultValue={username}
            autocapitalize="none"
            autocomplete="username"
            spellcheck={false}
          />
        </Form>
      </section>
      <section>
        <h3>{say('password')}</h3>
        <Form action={say('set_password')} done={say('password_changed')} isOnce send={change}>
          <p class="hint">{say('others_end')}</p>
          <PasswordField label={say('old_password')} name="password" isNew={false} />
          <PasswordField
            label={say('new_password')}
            name="new_password"
            hint={say('password_hint')}
            isNew
          />
        </Form>
      </section>
      <RecoveryCode />
    </>
  );
}

function RecoveryCode() {
  const [code, setCode] = useState<string | null>(null);
  const send = async (text: Texts) => {
    const body = { password: text('password') };
    setCode((await rest.call('POST /auth/recovery-code', { body })).recovery_code);
  };
  return (
    <section>
      <h3>{say('recovery_code')}</h3>
      <p>{say('recovery_code_explained')}</p>
      {code === null ? (
        <Form action={say('get_recovery_code')} isOnce send={send}>
          <PasswordField label={say('password')} name="password" isNew={false} />
        </Form>
      ) : (
        <>
          <p role="status">{say('keep_explained')}</p>
          <Codes label={say('recovery_code')} codes={[code]} />
        </>
      )}
    </section>
  );
}
