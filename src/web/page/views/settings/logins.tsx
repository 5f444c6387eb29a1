// Where one is logged in, and ending it there.
import { useEffect, useState } from 'preact/hooks';
import type { Answer } from '../../../../client/wire.ts';
import { isGone } from '../../store/leaving.ts';
import { rest } from '../../store/session.ts';
import { language, say } from '../../words/say.ts';
import { reasonOf } from '../form.ts';

type Login = Answer<'GET /auth/sessions'>[number];

export function Logins() {
  const [logins, setLogins] = useState<readonly Login[] | null>(null);
  const [problem, setProblem] = useState('');
  const read = async () => setLogins(await rest.call('GET /auth/sessions'));
  const attempt = (run: () => Promise<unknown>) => {
    setProblem('');
    void run()
      .then(read)
      .catch((error: unknown) => setProblem(reasonOf(error)));
  };
  useEffect(() => attempt(async () => undefined), []);
  const end = (login: Login) =>
    attempt(async () => {
      await rest.call('DELETE /auth/sessions/:login_id', { login_id: login.id });
    });
  const endOthers = () =>
    attempt(() => rest.call('POST /auth/sessions/revoke-all', { body: { keep_current: true } }));
  const endAll = () =>
    attempt(async () => {
      await rest.call('POST /auth/sessions/revoke-all', { body: {} });
      await isGone();
    });
  return (
    <>
      <p>{say('logins_explained')}</p>
      <ul class="cards">
        {logins?.map((one) => (
          <LoginCard key={one.id} login={one} end={() => end(one)} />
        ))}
      </ul>
      <p class="problem" role="alert">
        {problem}
      </p>
      <div class="row">
        <button type="button" class="plain" onClick={endOthers}>
          {say('end_others')}
        </button>
        <button type="button" class="plain" onClick={endAll}>
          {say('end_all')}
        </button>
      </div>
    </>
  );
}

function LoginCard({ login, end }: { login: Login; end: () => void }) {
  const { device, address, current, connected, last_used_at } = login;
  const name = device || say('unknown_device');
  const when = new Date(last_used_at).toLocaleString(language.value, {
    dateStyle: 'medium',
    timeStyle: 'short',
  });
  return (
    <li>
      <div class="text">
        <h3>{name}</h3>
        <p class="hint">
          {[
            say(current ? 'this_login' : connected ? 'connected_now' : 'last_used', { when }),
            address,
          ]
            .filter(Boolean)
            .join(' · ')}
        </p>
      </div>
      {!current && (
        <button
          type="button"
          class="plain"
          aria-label={say('end_login_of', { name, when })}
          onClick={end}
        >
          {say('end_login')}
        </button>
      )}
    </li>
  );
}
