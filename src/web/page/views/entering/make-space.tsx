// Making a space: its name, what it is about, and an icon.
import { useEffect, useState } from 'preact/hooks';
import { tell } from '../../store/deeds.ts';
import { enterSpace } from '../../store/entering.ts';
import { askServer } from '../../store/server.ts';
import { rest } from '../../store/session.ts';
import { say } from '../../words/say.ts';
import { Check, Field, Form, LongField, type Texts } from '../fields.tsx';
import { reasonOf } from '../form.ts';
import { PictureInput } from '../picture-input.tsx';

/** The icon comes after the space: where it is refused, the space is there all the same. */
async function make(text: Texts, icon: string | null): Promise<void> {
  const body = {
    name: text('name'),
    description: text('description') || null,
    public: text('public') === 'yes',
  };
  const { id: space_id } = await rest.call('POST /spaces', { body });
  enterSpace(space_id);
  if (icon === null) return;
  await rest
    .call('PATCH /spaces/:space_id', { space_id, body: { icon } })
    .catch((error: unknown) => tell(say('icon_refused', { why: reasonOf(error) })));
}

export function MakeSpace() {
  const [icon, setIcon] = useState<string | null>(null);
  const [problem, setProblem] = useState('');
  useEffect(() => void askServer(), []);
  const take = (uri: string | null) => {
    setIcon(uri);
    setProblem('');
  };
  return (
    <Form action={say('make')} send={(text) => make(text, icon)}>
      <Field label={say('name_of_space')} name="name" required maxLength={100} />
      <LongField label={say('about_space')} name="description" maxLength={1000} />
      <div class="portrait" role="group" aria-label={say('icon')}>
        <div class="row">
          {icon !== null && <img class="face" src={icon} alt={say('icon')} />}
          <PictureInput label={say('choose_icon')} pick={take} refuse={setProblem} />
          {icon !== null && (
            <button type="button" class="plain" onClick={() => take(null)}>
              {say('remove_icon')}
            </button>
          )}
        </div>
        <p class="problem" role="alert">
          {problem}
        </p>
      </div>
      <Check name="public">{say('is_public')}</Check>
    </Form>
  );
}
