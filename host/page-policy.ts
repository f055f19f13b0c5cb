/** What the renderer's page may do, as response headers; the same in both shells but for where it may connect to. */

/** Headers for every answer that carries a part of the page. `connect`: additional sources of `connect-src`. */
export function pageHeaders(connect: readonly string[] = []): Record<string, string> {
  const directives: Record<string, string[]> = {
    'default-src': ["'none'"],
    // WebAssembly is compiled, JavaScript never is: no 'unsafe-eval'.
    'script-src': ["'self'", "'wasm-unsafe-eval'"],
    'worker-src': ["'self'"],
    'style-src': ["'self'"],
    'font-src': ["'self'"],
    'img-src': ["'self'", 'data:'],
    // Ring tones are files of the page; a microphone's stream has no URL.
    'media-src': ["'self'"],
    'connect-src': ["'self'", ...connect],
    'base-uri': ["'none'"],
    'form-action': ["'none'"],
    'frame-ancestors': ["'none'"],
  };
  const policy = Object.entries(directives)
    .map(([name, sources]) => `${name} ${sources.join(' ')}`)
    .join('; ');
  return {
    'Content-Security-Policy': policy,
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Permissions-Policy':
      'microphone=(self), speaker-selection=(self), camera=(), geolocation=(), display-capture=()',
  };
}
