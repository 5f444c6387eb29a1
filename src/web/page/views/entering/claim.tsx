// Claiming a server that nobody administers, with an account that is there already.
import { go } from '../../store/address.ts';
import { rest } from '../../store/session.ts';
import { seen } from '../../store/live.ts';
import { say } from '../../words/say.ts';
import { Field, Form, type Texts } from '../fields.tsx';
import { Page } from '../page.tsx';

async function claim(text: Texts): Promise<void> {
  await rest.call('POST /instance/claim', { body: { code: text('code').trim() } });
  go('#/');
}

export function Claim() {
  const isAdmin = seen('user')?.user?.is_admin === true;
  return (
    <Page title={say('claim')}>
      <div class="body narrowed">
        {isAdmin ? (
          <p>{say('claimed')}</p>
        ) : (
          <Form action={say('claim')} send={claim}>
            <p>{say('claim_explained')}</p>
            <Field
              label={say('setup_code')}
              name="code"
              required
              maxLength={64}
              autocomplete="off"
              autocapitalize="none"
              spellcheck={false}
            />
          </Form>
        )}
      </div>
    </Page>
  );
}
