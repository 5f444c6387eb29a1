// The language of this browser's page.
import { say } from '../../words/say.ts';
import { LanguageChoice } from '../language-choice.tsx';

export function LanguagePage() {
  return (
    <>
      <LanguageChoice />
      <p class="hint">{say('only_this_browser')}</p>
    </>
  );
}
