// Warns of a login from a new place: it may be oneself, or somebody who knows the password.
import { linkTo } from '../store/address.ts';
import { newLogin } from '../store/new-login.ts';
import bar from '../styles/new-login.css' with { type: 'text' };
import { language, say } from '../words/say.ts';
import { IconButton } from './icon.tsx';
import { wear } from './wear.ts';

wear(bar);

export function NewLogin() {
  const login = newLogin.value;
  if (login === null) return null;
  const { device, at } = login;
  const when = new Date(at).toLocaleString(language.value, {
    dateStyle: 'medium',
    timeStyle: 'short',
  });
  const close = () => (newLogin.value = null);
  return (
    <div class="bar" role="status">
      <p>
        {say('new_login', { device: device || say('unknown_device'), when })}{' '}
        <a href={linkTo.view('settings', 'logins')} onClick={close}>
          {say('new_login_look')}
        </a>
      </p>
      <IconButton of="close" label={say('close')} onClick={close} />
    </div>
  );
}
