// HTML templates that escape every value, so that no text of people becomes markup.

class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Markup, which only `html` makes. */
export type Html = Markup;

/** A value in a template: text, markup, a list of markup, or null for nothing. */
type Value = string | number | Html | readonly Html[] | null;

/** Makes markup; values may stand between tags or in a quoted attribute. */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Html {
  return new Markup(String.raw({ raw: parts }, ...values.map(markupOf)));
}

function markupOf(value: Value): string {
  if (value === null) return '';
  if (value instanceof Markup) return value.text;
  if (typeof value === 'string' || typeof value === 'number') return escaped(String(value));
  return value.map(({ text }) => text).join('\n');
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '');
}
