import { existsSync } from 'node:fs';
import { initialConfig } from '../config/init.js';
import { UsageError } from '../model/errors.js';
import { writeWhole } from './files.js';
import type { Io } from './io.js';

/** `sparkfit init`. */
export function init(options: { output: string; print?: boolean; force?: boolean }, io: Io): void {
  if (options.print) {
    io.out(initialConfig());
    return;
  }
  if (existsSync(options.output) && !options.force)
    throw new UsageError(`${options.output} is there already`, {
      hint: 'Give --force to replace it, or --output for another file.',
    });
  writeWhole(options.output, initialConfig());
  io.out(`wrote ${options.output}`);
}
