// Prepares requests for the router: gives them a host and a known method, and serves HEAD by GET.

const unusedMethod = 'QUERY';
/** The methods of the router. HEAD arrives as GET, OPTIONS never, any other method as the last. */
export const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', unusedMethod];

/** Tells whether the router can take the request unchanged: it has a host and a known method. */
export function isRoutable({ url, method }: Request): boolean {
  return !url.startsWith('/') && methods.includes(method);
}

/** Copies the request so that the router can take it. HTTP/1.0 clients send no Host header. */
export function again(request: Request, { method = request.method } = {}): Request {
  const url = request.url.startsWith('/') ? `http://localhost${request.url}` : request.url;
  if (method === request.method && methods.includes(method)) return new Request(url, request);
  // An unknown method gets 405, like a known one that the path does not have.
  const known = methods.includes(method) ? method : unusedMethod;
  return new Request(url, { method: known, headers: request.headers });
}

/** Returns the response without its body, but with the body's Content-Length. */
export async function headOf(answer: Response | Promise<Response>): Promise<Response> {
  const full = await answer;
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
