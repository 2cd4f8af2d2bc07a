import { describe, expect, it } from 'vitest';
import { ConfigError, EXIT, messageOf, SourceError, StoreError, UsageError } from '../../src/model/errors.js';

describe('errors that a user can act on', () => {
  it.each([
    [new UsageError('x'), 'UsageError', EXIT.usage],
    [new ConfigError('x'), 'ConfigError', EXIT.usage],
    [new StoreError('x', EXIT.usage), 'StoreError', EXIT.usage],
    [new StoreError('x', EXIT.incomplete), 'StoreError', EXIT.incomplete],
    [new SourceError('aws-spot', 'list', 'x'), 'SourceError', EXIT.incomplete],
  ])('%s carries its name and exit code', (error, name, exitCode) => {
    expect(error).toMatchObject({ name, exitCode });
  });

  it('a source error says who, at what, why', () => {
    const cause = new Error('socket hang up');
    const error = new SourceError('kubernetes', 'list pods', 'no answer', { hint: 'Wait.', cause, retryable: true });
    expect(error).toMatchObject({ message: 'kubernetes: list pods: no answer', hint: 'Wait.', cause, retryable: true });
  });
});

describe('messageOf', () => {
  it.each([
    [new Error('two\n  lines'), 'two lines'],
    ['a word', 'a word'],
    [{ status: 'error', error: 'parse error' }, '{"status":"error","error":"parse error"}'],
    [undefined, 'undefined'],
    [null, 'null'],
  ])('%j in one line', (thrown, text) => {
    expect(messageOf(thrown)).toBe(text);
  });
});
