// What others see of oneself: name, a few words, pictures.
import { useState } from 'preact/hooks';
import { fileAddress } from '../../store/names.ts';
import { seen } from '../../store/live.ts';
import { rest } from '../../store/session.ts';
import { say } from '../../words/say.ts';
import { Mark } from '../face.tsx';
import { Field, Form, LongField, type Texts } from '../fields.tsx';
import { reasonOf } from '../form.ts';
import { PictureInput } from '../picture-input.tsx';

async function save(text: Texts): Promise<void> {
  const body = { display_name: text('display_name'), bio: text('bio') };
  await rest.call('PATCH /users/@me', { body });
}

export function Profile() {
  const user = seen('user')?.user;
  if (!user) return null;
  const { display_name, username, bio, avatar, banner, id } = user;
  return (
    <>
      <Picture of="avatar" title={say('avatar')} isSet={avatar !== null}>
        <Mark id={id} name={display_name ?? username} picture={avatar} />
      </Picture>
      <Picture of="banner" title={say('banner')} isSet={banner !== null}>
        {banner !== null && <img class="banner" src={fileAddress(banner)} alt="" />}
      </Picture>
      <Form action={say('save')} done={say('saved')} send={save}>
        <Field
          label={say('display_name')}
          name="display_name"
          hint={say('display_name_hint')}
          maxLength={32}
          defaultValue={display_name ?? ''}
          autocomplete="nickname"
        />
        <LongField
          label={say('bio')}
          name="bio"
          hint={say('bio_hint')}
          maxLength={2000}
          value={bio ?? ''}
        />
      </Form>
    </>
  );
}

interface Shown {
  of: 'avatar' | 'banner';
  title: string;
  isSet: boolean;
  children: preact.ComponentChildren;
}

function Picture({ of, title, isSet, children }: Shown) {
  const [said, setSaid] = useState({ problem: '', done: '' });
  const set = async (picture: string | null) => {
    const body = of === 'avatar' ? { avatar: picture } : { banner: picture };
    await rest.call('PATCH /users/@me', { body });
    setSaid({ problem: '', done: say('saved') });
  };
  const fail = (error: unknown) => setSaid({ problem: reasonOf(error), done: '' });
  return (
    <section class="portrait" aria-label={title}>
      {children}
      <div class="row">
        <PictureInput
          label={say(`choose_${of}`)}
          pick={(uri) => void set(uri).catch(fail)}
          refuse={(problem) => setSaid({ problem, done: '' })}
        />
        {isSet && (
          <button type="button" class="plain" onClick={() => void set(null).catch(fail)}>
            {say(`remove_${of}`)}
          </button>
        )}
        <span class="done" role="status">
          {said.done}
        </span>
      </div>
      <p class="problem" role="alert">
        {said.problem}
      </p>
    </section>
  );
}
