'use strict';
/* eslint-disable @typescript-eslint/no-require-imports -- Electron 22 loads its main as CommonJS only */
/**
 * The default app of the tests' Electron 22: puts in what it lacks, then starts the app folder named on the command line, as
 * `electron FOLDER` does.
 */
const { app } = require('electron');
const Module = require('node:module');
const path = require('node:path');

require('./electron-22-shim.cjs');

const folder = path.resolve(process.argv.slice(1).find((argument) => !argument.startsWith('-')) ?? '.');
const manifest = require(path.join(folder, 'package.json'));
app.setName(manifest.productName ?? manifest.name);
app.setVersion(manifest.version);
app.setAppPath(folder);
if (!process.argv.some((argument) => argument.startsWith('--user-data-dir'))) {
  app.setPath('userData', path.join(app.getPath('appData'), app.getName()));
}
Module._load(path.join(folder, manifest.main), Module, true);
