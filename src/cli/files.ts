import { closeSync, copyFileSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { EXIT, messageOf, StoreError } from '../model/errors.js';

/**
 * Makes a file whole or not at all: a reader never sees half of it.
 * @throws StoreError that names the file.
 */
function makeWhole(path: string, make: (draft: string) => void): void {
  const draft = `${path}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    make(draft);
    renameSync(draft, path);
  } catch (error) {
    discard(draft);
    throw new StoreError(`${path}: cannot be written: ${messageOf(error)}`, EXIT.incomplete, {
      hint: 'Name another place with --output, or make room.',
      cause: error,
    });
  }
}

function writePieces(path: string, pieces: Iterable<string>): void {
  const file = openSync(path, 'w');
  try {
    for (const piece of pieces) writeFileSync(file, piece);
  } finally {
    closeSync(file);
  }
}

/**
 * Writes a text, or its pieces one after the other.
 * @throws StoreError that names the file.
 */
export function writeWhole(path: string, content: string | Iterable<string>): void {
  makeWhole(path, (draft) =>
    typeof content === 'string' ? writeFileSync(draft, content) : writePieces(draft, content),
  );
}

/** @throws StoreError that names the copy. */
export function copyWhole(from: string, to: string): void {
  makeWhole(to, (draft) => copyFileSync(from, draft));
}

function discard(draft: string): void {
  try {
    rmSync(draft, { force: true });
  } catch {
    // Where no draft could be written none can be taken away; the first error is the one to tell.
  }
}
