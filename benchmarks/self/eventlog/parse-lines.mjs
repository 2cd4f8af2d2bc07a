// What a straightforward reader does: JSON.parse of every line of a plain log. Usage: parse-lines.mjs LOG
import { openSync, readSync } from 'node:fs';
import { report } from './usage.mjs';

const descriptor = openSync(process.argv[2], 'r');
const chunk = Buffer.allocUnsafeSlow(1 << 20);
let rest = Buffer.alloc(0);
let lines = 0;
let tasks = 0;
let runMs = 0;

function line(buffer, start, end) {
  const event = JSON.parse(buffer.toString('utf8', start, end));
  lines++;
  if (event.Event !== 'SparkListenerTaskEnd') return;
  tasks++;
  runMs += event['Task Metrics']['Executor Run Time'];
}

for (let bytes = readSync(descriptor, chunk); bytes > 0; bytes = readSync(descriptor, chunk)) {
  let start = 0;
  for (let end = chunk.indexOf(10); end >= 0 && end < bytes; end = chunk.indexOf(10, start)) {
    const whole = rest.length > 0 ? Buffer.concat([rest, chunk.subarray(0, end)]) : undefined;
    if (whole) line(whole, 0, whole.length);
    else line(chunk, start, end);
    rest = Buffer.alloc(0);
    start = end + 1;
  }
  rest = Buffer.concat([rest, chunk.subarray(start, bytes)]);
}
report({ lines, tasks, runMs });
