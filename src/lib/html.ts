// HTML in which nothing that people wrote becomes markup: every value is escaped where it is put in.

class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Markup; `html` alone makes it. */
export type Html = Markup;

/** What stands in a template: text, markup, several pieces of it, or nothing. */
type Value = string | number | Html | readonly Html[] | null;

/** Markup with values in it, between tags or in a quoted attribute. */
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
