// Prepares requests for the router: gives them a host, and serves HEAD by GET.

/** Returns the request as the router can take it: a copy for HEAD, and for HTTP/1.0 without a Host header. */
export function routable(request: Request): Request {
  const { url, method } = request;
  const isWhole = !url.startsWith('/');
  if (isWhole && method !== 'HEAD') return request;
  const whole = isWhole ? url : `http://localhost${url}`;
  return new Request(whole, method === 'HEAD' ? { headers: request.headers } : request);
}

/** Returns the response without its body, but with the body's Content-Length. */
export async function headOf(answer: Response | Promise<Response>): Promise<Response> {
  const full = await answer;
  // It has no body for GET either, and the length of an empty one would be wrong.
  if (full.status === 304) return full;
  const headers = new Headers(full.headers);
  if (!headers.has('Content-Length')) {
    let length = 0;
    for await (const part of full.body ?? []) length += (part as Uint8Array).byteLength;
    headers.set('Content-Length', String(length));
  } else {
    await full.body?.cancel();
  }
  return new Response(null, { status: full.status, headers });
}
