// What people write, as elements: it is never read as HTML, so nothing of it can become markup by itself.
import type { ComponentChild, ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { channelName, nameOf } from '../store/names.ts';
import { isEncrypted } from '../store/deeds.ts';
import { seen } from '../store/live.ts';
import { channel_id, linkTo } from '../store/address.ts';
import { emojisOf } from '../store/emojis.ts';
import { say } from '../words/say.ts';
import { PersonButton } from './people/person-button.tsx';
import { EmojiSign } from './talk/emoji.tsx';

/** Nested deeper than this, marks stay as they were written. */
const maxDepth = 6;

interface Around {
  readonly space_id: string | null;
  readonly depth: number;
}

/** What begins with one of these characters may be more than text. */
const marks = /[\\`*_~|<[h@:]/g;

interface Rule {
  /** Matches at one place; its first group is what the element is made of. */
  readonly pattern: RegExp;
  make(inner: string, found: RegExpExecArray, around: Around): ComponentChild;
}

const nested = (inner: string, around: Around) =>
  inline(inner, { ...around, depth: around.depth + 1 });

/** Tried one after the other where a mark stands. */
const rules: readonly Rule[] = [
  { pattern: /\\([\\`*_~|<>[\]()#@])/y, make: (inner) => inner },
  { pattern: /(`+)([^`](?:[\s\S]*?[^`])?)\1(?!`)/y, make: (_, found) => <code>{found[2]}</code> },
  { pattern: /\*\*((?:[^*]|\*(?!\*))+)\*\*/y, make: (a, _, b) => <strong>{nested(a, b)}</strong> },
  { pattern: /__((?:[^_]|_(?!_))+)__/y, make: (a, _, b) => <u>{nested(a, b)}</u> },
  { pattern: /~~((?:[^~]|~(?!~))+)~~/y, make: (a, _, b) => <s>{nested(a, b)}</s> },
  {
    pattern: /\|\|((?:[^|]|\|(?!\|))+)\|\|/y,
    make: (inner, _, around) => <Spoiler>{nested(inner, around)}</Spoiler>,
  },
  { pattern: /\*([^*\s](?:[^*\n]*[^*\s])?)\*/y, make: (a, _, b) => <em>{nested(a, b)}</em> },
  {
    pattern: /(?<!\w)_([^_\s](?:[^_\n]*[^_\s])?)_(?!\w)/y,
    make: (a, _, b) => <em>{nested(a, b)}</em>,
  },
  {
    pattern: /<a?:(\w{2,32}:\d{1,20})>/y,
    make: (emoji) => <EmojiSign emoji={emoji} />,
  },
  {
    pattern: /:(\w{2,32}):/y,
    make: (name, _, { space_id }) => <OwnEmoji name={name} space_id={space_id} />,
  },
  { pattern: /<@!?(\d{1,20})>/y, make: (id, _, around) => <Person id={id} {...around} /> },
  { pattern: /<@&(\d{1,20})>/y, make: (id) => <RoleName id={id} /> },
  { pattern: /<#(\d{1,20})>/y, make: (id) => <ChannelLink id={id} /> },
  {
    pattern: /\[([^\]\n]{1,300})\]\((https?:\/\/[^\s)]{1,2000})\)/y,
    make: (label, found) => <NamedLink label={label} to={found[2] ?? ''} />,
  },
  { pattern: /<(https?:\/\/[^\s<>]{1,2000})>/y, make: (to) => <Link to={to}>{to}</Link> },
  {
    pattern: /(?<!\w)(https?:\/\/[^\s<>]{0,2000}[^\s<>.,:;!?"'\])*_~|])/y,
    make: (to) => <Link to={to}>{to}</Link>,
  },
  {
    pattern: /(?<!\w)@(\w(?:[\w.]*\w)?)/y,
    make: (name, found) => <Named name={name} text={found[0]} />,
  },
];

function inline(text: string, around: Around): ComponentChild[] {
  const parts: ComponentChild[] = [];
  let plain = 0;
  const search = new RegExp(marks);
  while (around.depth < maxDepth) {
    const at = search.exec(text)?.index;
    if (at === undefined) break;
    const found = firstOf(text, at);
    if (found === null) continue;
    if (at > plain) parts.push(text.slice(plain, at));
    parts.push(found.rule.make(found.match[1] ?? '', found.match, around));
    plain = search.lastIndex = at + found.match[0].length;
  }
  if (plain < text.length) parts.push(text.slice(plain));
  return parts;
}

function firstOf(text: string, at: number): { rule: Rule; match: RegExpExecArray } | null {
  for (const rule of rules) {
    rule.pattern.lastIndex = at;
    const match = rule.pattern.exec(text);
    if (match !== null) return { rule, match };
  }
  return null;
}

/** An emoji of the space by its name; what is none stays as it was written. */
function OwnEmoji({ name, space_id }: { name: string; space_id: string | null }) {
  const known = emojisOf(space_id).find((one) => one.name === name);
  return known === undefined ? <>:{name}:</> : <EmojiSign emoji={`${name}:${known.id}`} />;
}

function Person({ id, space_id }: { id: string } & Around) {
  return <Mention id={id}>@{nameOf(id, space_id)}</Mention>;
}

/** Somebody's name in a text: it opens their card. */
function Mention({ id, children }: { id: string; children: ComponentChildren }) {
  const isOwn = seen('user')?.user?.id === id;
  return (
    <PersonButton id={id} channel_id={channel_id.value} class={`mention ${isOwn ? 'own' : ''}`}>
      {children}
    </PersonButton>
  );
}

function RoleName({ id }: { id: string }) {
  return (
    <span class="mention">@{seen('roles')?.roles.get(id)?.name ?? say('unknown_person')}</span>
  );
}

function ChannelLink({ id }: { id: string }) {
  const channel = seen('channels', 'conversations')?.channel(id);
  if (channel === undefined) return <span class="mention">#{say('unknown_person')}</span>;
  return (
    <a class="mention" href={linkTo.channel(id)}>
      #{channelName(channel)}
    </a>
  );
}

/** A name as people type it: shown as one where it is somebody's, or everybody's. */
function Named({ name, text }: { name: string; text: string }) {
  if (name === 'everyone' || name === 'here') return <span class="mention own">{text}</span>;
  const now = seen('user', 'users');
  const isOwn = now?.user?.username === name;
  const one = isOwn ? now.user : now?.users.named(name);
  return one == null ? <>{text}</> : <Mention id={one.id}>{text}</Mention>;
}

function Link({ to, children }: { to: string; children: ComponentChild }) {
  return (
    <a href={to} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  );
}

const looksLikeAddress = /https?:\/\/|www\./i;

/** A link with a text of its own, which may not pass for the address of another place. */
function NamedLink({ label, to }: { label: string; to: string }) {
  return <Link to={to}>{looksLikeAddress.test(label) ? to : label}</Link>;
}

function Spoiler({ children }: { children: ComponentChild }) {
  const [isShown, show] = useState(false);
  if (isShown) return <span class="spoiler shown">{children}</span>;
  return (
    <button type="button" class="spoiler" aria-label={say('spoiler')} onClick={() => show(true)}>
      <span aria-hidden="true">{children}</span>
    </button>
  );
}

const fence = /```(?:[\w+#.-]*\n)?([\s\S]*?)```/g;

/**
 * A whole text: code blocks, quotes and lines. Line breaks stay as they were written. Of one that is
 * encrypted, it says so.
 */
export function Markdown({ text, space_id }: { text: string; space_id: string | null }) {
  if (isEncrypted({ space_id, content: text })) {
    return <p class="status-line">{say('encrypted')}</p>;
  }
  const around = { space_id, depth: 0 };
  const blocks: ComponentChild[] = [];
  let end = 0;
  for (const found of text.matchAll(fence)) {
    blocks.push(...paragraphs(text.slice(end, found.index), around));
    const code = (found[1] ?? '').replace(/\n$/, '');
    blocks.push(
      <pre tabIndex={0}>
        <code>{code}</code>
      </pre>,
    );
    end = found.index + found[0].length;
  }
  blocks.push(...paragraphs(text.slice(end), around));
  return <div class="text">{blocks}</div>;
}

const quote = /^> ?/;

function paragraphs(text: string, around: Around): ComponentChild[] {
  const groups: string[][] = [];
  for (const line of text.split('\n')) {
    const last = groups.at(-1);
    if (last !== undefined && quote.test(last[0] ?? '') === quote.test(line)) last.push(line);
    else groups.push([line]);
  }
  return groups.flatMap((lines) => {
    const isQuote = quote.test(lines[0] ?? '');
    const bare = isQuote ? lines.map((line) => line.replace(quote, '')) : lines;
    // Empty lines around it say nothing.
    const [first, last] = [bare.findIndex(Boolean), bare.findLastIndex(Boolean)];
    if (first < 0) return [];
    const inner = bare.slice(first, last + 1).join('\n');
    const parts = inline(inner, around);
    return [isQuote ? <blockquote>{parts}</blockquote> : <p>{parts}</p>];
  });
}
