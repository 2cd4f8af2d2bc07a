// How often a verdict of `sparkfit bench` is wrong, or finds what is there: simulated sessions, printed with the promise.
// Usage: npm run build && node benchmarks/self/bench-verdicts.mjs [trials=4000] [seed=1]
import { PROMISES, simulate } from '../../dist/bench/simulate.js';

const trials = Number(process.argv[2] ?? 4000);
const seed = Number(process.argv[3] ?? 1);
const percent = (share) => `${(share * 100).toFixed(1)} %`;
const began = Date.now();
let kept = true;

console.log(`${trials} sessions each, 5 % normal noise, 10 runs a side, ABBA, seed ${seed}\n`);
for (const { name, scenario, rate, bound, limit } of PROMISES) {
  const rates = simulate(scenario, trials, seed);
  const ok = bound === 'at most' ? rates[rate] <= limit : rates[rate] >= limit;
  kept &&= ok;
  console.log(
    `${name.padEnd(40)} ${rate.padEnd(14)} ${percent(rates[rate]).padStart(7)}  ${bound} ${percent(limit)}  ${ok ? 'kept' : 'BROKEN'}`,
  );
}
console.log(`\n${((Date.now() - began) / 1000).toFixed(1)} s`);
process.exitCode = kept ? 0 : 1;
