// How the page looks on this device: its theme, and its accent.
import { accents, look, setAccent, setTheme, themes } from '../../store/look.ts';
import { say } from '../../words/say.ts';

export function Look() {
  const { theme, accent } = look.value;
  return (
    <>
      <fieldset class="field">
        <legend>{say('theme')}</legend>
        {themes.map((one) => (
          <label key={one} class="choice">
            <input
              type="radio"
              name="theme"
              checked={one === theme}
              onChange={() => setTheme(one)}
            />
            {say(`theme_${one}`)}
          </label>
        ))}
      </fieldset>
      <fieldset class="field accents">
        <legend>{say('accent')}</legend>
        {accents.map((one) => (
          <label key={one} class="choice">
            <input
              type="radio"
              name="accent"
              checked={one === accent}
              onChange={() => setAccent(one)}
            />
            <span class="swatch" data-accent={one} aria-hidden="true" />
            {say(`accent_${one}`)}
          </label>
        ))}
      </fieldset>
      <p class="hint">{say('only_this_browser')}</p>
    </>
  );
}
