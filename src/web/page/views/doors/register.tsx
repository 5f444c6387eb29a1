// Making an account, as the policy of the server has it.
import { invitedBy, isClaiming, register } from '../../store/doors.ts';
import { codeIn } from '../../store/invite-code.ts';
import { server } from '../../store/server.ts';
import { say } from '../../words/say.ts';
import { Check, Field, Form, LongField, PasswordField, type Texts } from '../fields.tsx';
import { NameField } from './name-field.tsx';
import { Terms } from './terms.tsx';

const send = (text: Texts) =>
  register({
    username: text('username'),
    password: text('password'),
    invite_code: codeIn(text('invite_code')) || null,
    setup_code: text('setup_code').trim() || null,
    reason: text('reason') || null,
    recovery: text('recovery') === 'yes',
  });

export function Register() {
  const known = server.value;
  const isClaim = isClaiming();
  if (known?.registration_policy === 'closed' && !isClaim) return <p>{say('closed')}</p>;
  return (
    <Form action={say('register')} send={send}>
      {isClaim ? <Claim /> : <Invite />}
      <NameField hint={say('username_hint')} />
      <PasswordField label={say('password')} name="password" hint={say('password_hint')} isNew />
      {known?.registration_approval && !isClaim && (
        <LongField
          label={say('reason')}
          name="reason"
          hint={say('approval_explained')}
          maxLength={500}
        />
      )}
      <Check name="recovery">{say('wants_recovery')}</Check>
      <Terms />
    </Form>
  );
}

function Claim() {
  return (
    <>
      <p>{say('claim_explained')}</p>
      <Field
        label={say('setup_code')}
        name="setup_code"
        required
        maxLength={64}
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
      />
    </>
  );
}

/** Asked for where it is needed, shown where one came by one. */
function Invite() {
  const code = invitedBy();
  const isNeeded = server.value?.registration_policy === 'invite_only';
  const isUseful = isNeeded || server.value?.registration_approval === true;
  if (code === null && !isUseful) return null;
  return (
    <Field
      key={code}
      label={say('invite_code')}
      name="invite_code"
      hint={isNeeded ? say('invite_needed') : undefined}
      required={isNeeded}
      defaultValue={code ?? ''}
      autocomplete="off"
      autocapitalize="none"
      spellcheck={false}
    />
  );
}
