// Takes Scalar, the program that shows the OpenAPI document in a browser, out of its package.
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import packaged from '../../../../node_modules/@scalar/fastify-api-reference/dist/index.js' with { type: 'file' };

// Only this one of Scalar's packages has the browser program without 200 others. It holds it as a
// string literal, and JSON5 reads every literal that JavaScript can write.
const before = 'var standalone_default = ';
const after = ';\n//#endregion';

/** Scalar must not ask other servers: no fonts, no assistant, no telemetry. */
const configuration = {
  url: 'api/v1/openapi.json',
  withDefaultFonts: false,
  telemetry: false,
  agent: { disabled: true },
  mcp: { disabled: true },
  hideClientButton: true,
  showDeveloperTools: 'never',
};

/** The program as browsers take it, and for clients that read no gzip. */
export interface Program {
  zipped: Blob;
  plain: Blob;
}

/**
 * Returns the program with the call that starts it on our page. All responses share these blobs: a
 * client that asks hundreds of times and reads nothing takes no memory.
 */
export async function scalarProgram(): Promise<Program> {
  const source = await Bun.file(String(packaged)).text();
  const begin = source.indexOf(before) + before.length;
  const end = source.indexOf(after, begin);
  const program = begin < before.length ? null : Bun.JSON5.parse(source.slice(begin, end));
  if (typeof program !== 'string') {
    throw new Error('the program that shows the document is not where it was');
  }
  const start = `Scalar.createApiReference('#page', ${JSON.stringify(configuration)});`;
  const whole = `${program.replace(/\n\/\/# sourceMappingURL=.*$/, '')}\n${start}\n`;
  return { zipped: new Blob([await promisify(gzip)(whole)]), plain: new Blob([whole]) };
}

/** Serves the program: compressed if the client accepts gzip, as all browsers do. */
export function programResponse({ zipped, plain }: Program, accepted: string | null): Response {
  const isZipped = /\bgzip\b/.test(accepted ?? '');
  const body = isZipped ? zipped : plain;
  return new Response(body, {
    headers: {
      'Content-Type': 'text/javascript; charset=utf-8',
      // So that a HEAD does not read it.
      'Content-Length': String(body.size),
      'Cache-Control': 'public, max-age=86400',
      Vary: 'Accept-Encoding',
      ...(isZipped ? { 'Content-Encoding': 'gzip' } : {}),
    },
  });
}

// The addresses are relative, so that the page also works below a path of a proxy.
const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Accord Server API</title>
<link rel="icon" href="data:,">
</head>
<body>
<div id="page"></div>
<noscript>This page needs JavaScript; <a href="api/v1/openapi.json">the document</a> does not.</noscript>
<script src="docs/scalar.js"></script>
</body>
</html>
`;

/** Allows inline styles, which Scalar sets; scripts and requests only from our own address. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Serves the page; `server` is an origin that it may also send requests to, or null. */
export function pageResponse(server: string | null): Response {
  const allowed = server === null ? policy : policy.replace('connect-src', `connect-src ${server}`);
  return new Response(page, {
    headers: {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': allowed,
      'Referrer-Policy': 'no-referrer',
    },
  });
}
