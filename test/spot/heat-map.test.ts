import { describe, expect, it } from 'vitest';
import { shadeOf } from '../../src/spot/heat-map.js';

describe('the heat map', () => {
  it.each([
    [0, '·'],
    [0.1, '·'],
    [1.99, '·'],
    [2, '░'],
    [5, '▒'],
    [15, '▓'],
    [40, '█'],
    [900, '█'],
    [null, '?'],
  ])('shades by fixed steps, so that little looks little: %s %% above is %s', (percent, mark) => {
    expect(shadeOf(percent)).toBe(mark);
  });
});
