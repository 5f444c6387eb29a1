// Pages for browsers, all in one style, without scripts and without resources of other sites.
import { html, type Html } from './html.ts';

const look = html`<style>
  :root {
    color-scheme: light dark;
    --paper: #f6f7f9;
    --card: #fff;
    --ink: #1c2026;
    --quiet: #59616c;
    --line: #dfe3e8;
    --accent: #4650b8;
    --on-accent: #fff;
  }
  @media (prefers-color-scheme: dark) {
    :root {
      --paper: #16171b;
      --card: #212329;
      --ink: #f0f1f4;
      --quiet: #a6adb8;
      --line: #34373f;
      --accent: #a9b1ff;
      --on-accent: #16171b;
    }
  }
  * {
    box-sizing: border-box;
  }
  body {
    margin: 0;
    font:
      1rem/1.6 system-ui,
      sans-serif;
    background: var(--paper);
    color: var(--ink);
  }
  main {
    max-width: 38rem;
    margin: 0 auto;
    padding: clamp(2rem, 10vh, 6rem) 1.25rem 3rem;
    overflow-wrap: anywhere;
  }
  h1 {
    margin: 0 0 0.5rem;
    font-size: clamp(1.75rem, 7vw, 2.5rem);
    line-height: 1.2;
    letter-spacing: -0.02em;
  }
  h2 {
    margin: 2.5rem 0 0.5rem;
    font-size: 1.125rem;
  }
  p,
  ol {
    margin: 0 0 1rem;
  }
  ol {
    padding-left: 1.25rem;
  }
  li {
    padding-left: 0.25rem;
  }
  a {
    color: var(--accent);
  }
  img {
    display: block;
    width: 4.5rem;
    height: 4.5rem;
    margin-bottom: 1.25rem;
    border-radius: 1.125rem;
  }
  code {
    padding: 0.125rem 0.375rem;
    border: 1px solid var(--line);
    border-radius: 0.375rem;
    background: var(--card);
    font-size: 0.9375em;
    user-select: all;
    -webkit-box-decoration-break: clone;
    box-decoration-break: clone;
  }
  dl {
    display: grid;
    grid-template-columns: repeat(4, 1fr);
    gap: 1px;
    margin: 2rem 0 0;
    overflow: hidden;
    border: 1px solid var(--line);
    border-radius: 0.75rem;
    background: var(--line);
  }
  dl div {
    display: flex;
    flex-direction: column-reverse;
    padding: 0.75rem;
    background: var(--card);
  }
  dt {
    color: var(--quiet);
    font-size: 0.875rem;
  }
  dd {
    margin: 0;
    font-size: 1.25rem;
    font-weight: 600;
    line-height: 1.4;
    white-space: nowrap;
  }
  @media (max-width: 34rem) {
    dl {
      grid-template-columns: repeat(2, 1fr);
    }
  }
  footer {
    margin-top: 2.5rem;
    padding-top: 1rem;
    border-top: 1px solid var(--line);
  }
  footer,
  .quiet {
    color: var(--quiet);
    font-size: 0.875rem;
  }
  .lead {
    color: var(--quiet);
    font-size: 1.125rem;
    white-space: pre-line;
  }
  .text {
    white-space: pre-line;
  }
  summary {
    margin-bottom: 0.5rem;
    cursor: pointer;
  }
  .button {
    display: inline-block;
    margin: 0.5rem 0;
    padding: 0.625rem 1.25rem;
    border-radius: 0.5rem;
    background: var(--accent);
    color: var(--on-accent);
    font-weight: 600;
    text-decoration: none;
  }
  button.button {
    border: 0;
    font: inherit;
    font-weight: 600;
    cursor: pointer;
  }
</style>`;

/** The security policy allows the style by the hash of the text between its tags. */
const [, style = ''] = /<style>(.*)<\/style>/s.exec(look.text) ?? [];
const styleHash = new Bun.CryptoHasher('sha256').update(style).digest('base64');

const headersOf = (forms: 'none' | 'self') => ({
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy': [
    "default-src 'none'",
    `style-src 'sha256-${styleHash}'`,
    "img-src 'self' data:",
    "base-uri 'none'",
    `form-action '${forms}'`,
    "frame-ancestors 'none'",
  ].join('; '),
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  // A page may contain the address by which its request came, which others may not reach.
  'Cache-Control': 'no-store',
});

/** The content of a page's preview. */
export interface Preview {
  title: string;
  /** The name of the site that the page belongs to. */
  site_name: string;
  /** One line, shown where somebody pastes the address. */
  description: string;
  /** Absolute; null if it is not known. */
  url: string | null;
  /** Absolute; null if there is none. */
  image: string | null;
}

export interface Page extends Preview {
  body: Html;
  /** Whether the body has a form, which then may be sent to this server alone. */
  has_form?: boolean;
  /** 200 unless it says something else. */
  status?: number;
}

/** Returns the page as a response for browsers. */
export function pageResponse(page: Page): Response {
  const { title, body, has_form = false, status = 200 } = page;
  const { text } = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <link rel="icon" href="data:," />
        ${previewTags(page)} ${look}
      </head>
      <body>
        <main>${body}</main>
      </body>
    </html> `;
  return new Response(text, { status, headers: headersOf(has_form ? 'self' : 'none') });
}

/** Returns a response with only the tags, for programs that show a preview. */
export function previewResponse(preview: Preview): Response {
  const { text } = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>${preview.title}</title>
        ${previewTags(preview)}
      </head>
    </html> `;
  return new Response(text, { headers: headersOf('none') });
}

function previewTags({ title, site_name, description, url, image }: Preview): Html[] {
  const named = (name: string, content: string | null) =>
    content === null ? [] : [html`<meta name="${name}" content="${content}" />`];
  const property = (name: string, content: string | null) =>
    content === null ? [] : [html`<meta property="${name}" content="${content}" />`];
  return [
    ...named('description', description),
    ...named('robots', 'noindex'),
    ...property('og:type', 'website'),
    ...property('og:site_name', site_name),
    ...property('og:title', title),
    ...property('og:description', description),
    ...property('og:url', url),
    ...property('og:image', image),
    ...named('twitter:card', 'summary'),
    ...named('twitter:title', title),
    ...named('twitter:description', description),
    ...named('twitter:image', image),
  ];
}
