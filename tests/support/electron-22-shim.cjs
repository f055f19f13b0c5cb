'use strict';
/* eslint-disable @typescript-eslint/no-require-imports -- Electron 22 loads its main as CommonJS only */
/**
 * What the product uses of Electron and the tests' Electron 22 lacks, made out of what it has. The product never asks for the
 * version: it finds the newer interface, here or in the real one.
 *
 *   protocol.handle, unhandle, isProtocolHandled   (25)   over registerStreamProtocol
 *   net.fetch, session.fetch                       (25)   over net.request, and files
 *   Request, Response, Headers, fetch              (Node 18)   from undici
 *   event.url of will-navigate and will-redirect   (25)   from the second argument
 */
const electron = require('electron');
const { createReadStream } = require('node:fs');
const { stat } = require('node:fs/promises');
const path = require('node:path');
const { Readable } = require('node:stream');
const { fileURLToPath } = require('node:url');
const undici = require('undici');

for (const name of ['Request', 'Response', 'Headers', 'FormData', 'fetch']) globalThis[name] ??= undici[name];

const contentTypes = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.wav': 'audio/wav',
  '.wasm': 'application/wasm',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
};

const bodiless = new Set([101, 204, 205, 304]);

function uploadOf(request) {
  const parts = (request.uploadData ?? []).filter((part) => part.bytes !== undefined);
  return parts.length === 0 ? undefined : Buffer.concat(parts.map((part) => part.bytes));
}

/** The old request of a protocol handler as a Request of fetch. */
function modernRequest(request) {
  const body = ['GET', 'HEAD'].includes(request.method) ? undefined : uploadOf(request);
  return new globalThis.Request(request.url, { method: request.method, headers: request.headers, body });
}

/** `set-cookie` and its like may come several times. */
function plainHeaders(headers) {
  const plain = {};
  for (const [name, value] of headers) (plain[name] ??= []).push(value);
  return plain;
}

function streamOf(response) {
  return response.body === null ? Readable.from([]) : Readable.from(response.body, { objectMode: false });
}

function answer(handler) {
  return async (request, callback) => {
    try {
      const response = await handler(modernRequest(request));
      callback({
        statusCode: response.status,
        headers: plainHeaders(response.headers),
        data: streamOf(response),
      });
    } catch (error) {
      console.error('protocol handler failed:', error);
      // net::ERR_FAILED, as the newer interface answers.
      callback({ error: -2 });
    }
  };
}

function completeProtocol(protocol) {
  if (typeof protocol.handle === 'function') return;
  protocol.handle = (scheme, handler) => {
    const register = ['http', 'https', 'file'].includes(scheme)
      ? protocol.interceptStreamProtocol
      : protocol.registerStreamProtocol;
    if (!register.call(protocol, scheme, answer(handler))) {
      throw new Error(`Failed to register protocol: ${scheme}`);
    }
  };
  protocol.unhandle = (scheme) => {
    if (!protocol.unregisterProtocol(scheme) && !protocol.uninterceptProtocol(scheme)) {
      throw new Error(`Failed to unhandle protocol: ${scheme}`);
    }
  };
  protocol.isProtocolHandled = (scheme) =>
    protocol.isProtocolRegistered(scheme) || protocol.isProtocolIntercepted(scheme);
}

async function fetchFile(url) {
  const file = fileURLToPath(url);
  const { size } = await stat(file);
  const type = contentTypes[path.extname(file).toLowerCase()];
  return new globalThis.Response(createReadStream(file), {
    headers: { 'content-length': String(size), ...(type === undefined ? {} : { 'content-type': type }) },
  });
}

function fetchNetwork(request, session) {
  return new Promise((resolve, reject) => {
    const sent = electron.net.request({ method: request.method, url: request.url, session });
    for (const [name, value] of request.headers) sent.setHeader(name, value);
    sent.on('error', reject);
    sent.on('response', (received) => {
      const headers = new globalThis.Headers();
      for (const [name, values] of Object.entries(received.headers)) {
        for (const value of [values].flat()) headers.append(name, value);
      }
      const body = bodiless.has(received.statusCode) ? null : received;
      const { statusCode: status, statusMessage: statusText } = received;
      resolve(new globalThis.Response(body, { status, statusText, headers }));
    });
    request.arrayBuffer().then((body) => {
      if (body.byteLength > 0) sent.write(Buffer.from(body));
      sent.end();
    }, reject);
  });
}

function fetchOf(session) {
  return async (input, options) => {
    const url = String(input.url ?? input);
    if (url.startsWith('file:')) return fetchFile(url);
    return fetchNetwork(new globalThis.Request(input, options), session ?? electron.session.defaultSession);
  };
}

completeProtocol(electron.protocol);
electron.net.fetch ??= fetchOf(undefined);
electron.app.on('session-created', (session) => {
  completeProtocol(session.protocol);
  session.fetch ??= fetchOf(session);
});
electron.app.on('web-contents-created', (_event, contents) => {
  for (const name of ['will-navigate', 'will-redirect']) {
    contents.prependListener(name, (event, url) => {
      event.url ??= url;
    });
  }
});
