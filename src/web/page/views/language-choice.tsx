// Choosing the language of the page, each by its own name.
import { useId } from 'preact/hooks';
import { keep } from '../store/kept.ts';
import { language, languages, say, speak } from '../words/say.ts';

const nameOf = (code: string) => new Intl.DisplayNames([code], { type: 'language' }).of(code);

function choose(code: string): void {
  keep('language', code);
  void speak([code]);
}

export function LanguageChoice() {
  const id = useId();
  return (
    <div class="field language">
      <label for={id}>{say('language_of_page')}</label>
      <select
        id={id}
        value={language.value}
        onChange={({ currentTarget }) => choose(currentTarget.value)}
      >
        {languages.map((code) => (
          <option key={code} value={code} lang={code}>
            {nameOf(code)}
          </option>
        ))}
      </select>
    </div>
  );
}
