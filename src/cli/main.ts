#!/usr/bin/env node
import { EXIT } from '../model/errors.js';
import { processIo } from './io.js';
import { run } from './run.js';

// A closed pipe (| head) is no error of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.ok);
  throw error;
});

process.exitCode = await run(process.argv.slice(2), processIo());
