// What the server holds of one: taking it along, and deleting it.
import { useState } from 'preact/hooks';
import { seen } from '../../store/live.ts';
import { isGone } from '../../store/leaving.ts';
import { rest } from '../../store/session.ts';
import { say } from '../../words/say.ts';
import { Check, Form, PasswordField, type Texts } from '../fields.tsx';
import { reasonOf } from '../form.ts';
import { saveFile } from '../save-file.ts';

async function exportAll(): Promise<void> {
  const data = await rest.call('GET /users/@me/data-export');
  const type = 'application/json';
  saveFile(`${data.user.username}.json`, new Blob([JSON.stringify(data, null, 2)], { type }));
}

async function remove(text: Texts): Promise<void> {
  await rest.call('DELETE /users/@me', { body: { password: text('password') } });
  await isGone();
}

export function Data() {
  const username = seen('user')?.user?.username ?? '';
  return (
    <>
      <section>
        <h3>{say('export')}</h3>
        <p>{say('export_explained')}</p>
        <Export />
      </section>
      <section>
        <h3>{say('delete_account')}</h3>
        <p>{say('delete_explained')}</p>
        <Form action={say('delete_for_good')} isGrave send={remove}>
          <PasswordField label={say('password')} name="password" isNew={false} />
          <Check name="sure" required>
            {say('delete_sure', { name: username })}
          </Check>
        </Form>
      </section>
    </>
  );
}

function Export() {
  const [problem, setProblem] = useState('');
  const [isBusy, setBusy] = useState(false);
  const press = () => {
    setBusy(true);
    setProblem('');
    void exportAll()
      .catch((error: unknown) => setProblem(reasonOf(error)))
      .finally(() => setBusy(false));
  };
  return (
    <>
      <button type="button" class="plain" disabled={isBusy} onClick={press}>
        {say('export_now')}
      </button>
      <p class="problem" role="alert">
        {problem}
      </p>
    </>
  );
}
