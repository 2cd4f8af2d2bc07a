/**
 * Benjamini–Hochberg: each p value as the least false discovery rate at which it counts, in the order given. Where nothing
 * changed at all, the chance that any of them falls below alpha is at most alpha (Simes).
 */
export function benjaminiHochberg(p: readonly number[]): number[] {
  const order = p.map((_, place) => place).sort((a, b) => (p[b] ?? 0) - (p[a] ?? 0));
  const adjusted = new Array<number>(p.length).fill(1);
  let least = 1;
  order.forEach((place, fromTop) => {
    least = Math.min(least, ((p[place] ?? 1) * p.length) / (p.length - fromTop));
    adjusted[place] = least;
  });
  return adjusted;
}
