// Two-factor login: switching it on with an authenticator app, off, and codes for when the app is gone.
import { useState } from 'preact/hooks';
import type { Answer } from '../../../../client/wire.ts';
import { seen } from '../../store/live.ts';
import { rest } from '../../store/session.ts';
import { say } from '../../words/say.ts';
import { Codes } from '../codes.tsx';
import { Field, Form, PasswordField, type Texts } from '../fields.tsx';
import { QrCode } from './qr-code.tsx';

type Enrolment = Answer<'POST /auth/2fa/enable'>;

export function Factors() {
  const isOn = seen('user')?.user?.mfa_enabled === true;
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  return (
    <>
      <p>{say(isOn ? 'factors_on' : 'factors_off')}</p>
      {codes !== null && (
        <section>
          <h3>{say('backup_codes')}</h3>
          <p role="status">{say('backup_explained')}</p>
          <Codes label={say('backup_codes')} codes={codes} />
        </section>
      )}
      {isOn ? <On give={setCodes} /> : <Off give={setCodes} />}
    </>
  );
}

interface Giving {
  /** Shows backup codes, this once. */
  give(codes: readonly string[] | null): void;
}

const passwordOf = (text: Texts) => ({ body: { password: text('password') } });

function Off({ give }: Giving) {
  const [enrolment, setEnrolment] = useState<Enrolment | null>(null);
  const begin = async (text: Texts) =>
    setEnrolment(await rest.call('POST /auth/2fa/enable', passwordOf(text)));
  const verify = async (text: Texts) => {
    const body = { code: text('code') };
    give((await rest.call('POST /auth/2fa/verify', { body })).backup_codes);
  };
  if (enrolment === null) {
    return (
      <Form action={say('begin')} isOnce send={begin}>
        <PasswordField label={say('password')} name="password" isNew={false} />
      </Form>
    );
  }
  return (
    <>
      <p role="status">{say('enrol_explained')}</p>
      <QrCode text={enrolment.otpauth_uri} label={say('qr_code')} />
      <p>
        <a href={enrolment.otpauth_uri}>{say('open_app')}</a>
      </p>
      <Codes label={say('secret')} codes={[enrolment.secret]} />
      <Form action={say('switch_on')} send={verify}>
        <Field
          label={say('code_of_app')}
          name="code"
          required
          inputMode="numeric"
          pattern=" *[0-9]{6} *"
          autocomplete="one-time-code"
        />
      </Form>
    </>
  );
}

function On({ give }: Giving) {
  const renew = async (text: Texts) =>
    give((await rest.call('POST /auth/2fa/backup-codes', passwordOf(text))).backup_codes);
  const drop = async (text: Texts) => {
    await rest.call('POST /auth/2fa/disable', passwordOf(text));
    give(null);
  };
  return (
    <>
      <section>
        <h3>{say('new_backup_codes')}</h3>
        <Form action={say('get_backup_codes')} isOnce send={renew}>
          <p class="hint">{say('older_end')}</p>
          <PasswordField label={say('password')} name="password" isNew={false} />
        </Form>
      </section>
      <section>
        <h3>{say('switch_off')}</h3>
        <Form action={say('switch_off')} isOnce isGrave send={drop}>
          <PasswordField label={say('password')} name="password" isNew={false} />
        </Form>
      </section>
    </>
  );
}
