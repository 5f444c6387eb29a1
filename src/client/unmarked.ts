// What people write as one line of plain text, as notifications and the line above an answer show it.

/** How the people, roles and channels that a text names are called. */
export interface Names {
  person(id: string): string;
  role(id: string): string;
  channel(id: string): string;
}

/** Everything that is more than text; the order is that of the page, which reads the same marks. */
const marks = new RegExp(
  [
    /```(?:[\w+#.-]*\n)?(?<block>[\s\S]*?)```/,
    /\\(?<escaped>[\\`*_~|<>[\]()#@])/,
    /(?<ticks>`+)(?<code>[^`](?:[\s\S]*?[^`])?)\k<ticks>(?!`)/,
    /\*\*(?<strong>(?:[^*]|\*(?!\*))+)\*\*/,
    /__(?<line>(?:[^_]|_(?!_))+)__/,
    /~~(?<struck>(?:[^~]|~(?!~))+)~~/,
    /\|\|(?<hidden>(?:[^|]|\|(?!\|))+)\|\|/,
    /\*(?<slanted>[^*\s](?:[^*\n]*[^*\s])?)\*/,
    /(?<!\w)_(?<leaning>[^_\s](?:[^_\n]*[^_\s])?)_(?!\w)/,
    /<a?:(?<emoji>\w{2,32}):\d{1,20}>/,
    /<@!?(?<person>\d{1,20})>/,
    /<@&(?<role>\d{1,20})>/,
    /<#(?<channel>\d{1,20})>/,
    /\[(?<label>[^\]\n]{1,300})\]\(https?:\/\/[^\s)]{1,2000}\)/,
    /<(?<bare>https?:\/\/[^\s<>]{1,2000})>/,
    /(?<address>https?:\/\/[^\s<>|]+)/,
    /(?<quote>^> ?)/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'gm',
);

function unmarked(text: string, names: Names): string {
  return text.replaceAll(marks, (...found) => {
    const groups = found.at(-1) as Readonly<Record<string, string | undefined>>;
    const { hidden, quote, emoji, person, role, channel } = groups;
    if (hidden !== undefined) return '…';
    if (quote !== undefined) return '';
    if (emoji !== undefined) return `:${emoji}:`;
    if (person !== undefined) return `@${names.person(person)}`;
    if (role !== undefined) return `@${names.role(role)}`;
    if (channel !== undefined) return `#${names.channel(channel)}`;
    const { block, escaped, code, label, bare, address } = groups;
    const plain = block ?? escaped ?? code ?? label ?? bare ?? address;
    if (plain !== undefined) return plain;
    const { strong, line, struck, slanted, leaning } = groups;
    return unmarked(strong ?? line ?? struck ?? slanted ?? leaning ?? '', names);
  });
}

/** A text without its marks, and without what is hidden in it; of long ones the beginning. */
export function unmarkedText(text: string, names: Names): string {
  const [maxRead, maxShown] = [1_000, 200];
  const whole = unmarked(text.slice(0, maxRead), names);
  // Where it is not sure what is hidden, the rest is.
  const hidden = whole.indexOf('||');
  const seen = hidden < 0 ? whole : `${whole.slice(0, hidden)}…`;
  const plain = seen.replaceAll(/\s+/g, ' ').trim();
  return plain.length > maxShown ? `${plain.slice(0, maxShown)}…` : plain;
}
