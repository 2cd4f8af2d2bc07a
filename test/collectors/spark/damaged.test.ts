import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readEventLog } from '../../../src/collectors/spark/read.js';
import { Config } from '../../../src/config/schema.js';
import { SourceError } from '../../../src/model/errors.js';
import type { SparkLog } from '../../../src/model/spark.js';
import { renderClinic } from '../../../src/reports/clinic.js';
import { FORMATS } from '../../../src/reports/index.js';
import { examine } from '../../../src/spark/clinic.js';
import { openStore } from '../../../src/store/open.js';
import { readSparkLog } from '../../../src/store/spark.js';
import { writeSparkLog } from '../../../src/store/spark-write.js';
import { ADAPTIVE, EXECUTOR_LOST, plainLog, SPECULATION, temporaryFolder, writeLog } from './fixtures.js';

const FOLDER = temporaryFolder();

type Json = Record<string, unknown>;

function eventsOf(appId: string): Json[] {
  return plainLog(appId)
    .toString()
    .trimEnd()
    .split('\n')
    .map((line): Json => JSON.parse(line));
}

function written(name: string, events: readonly Json[]): string {
  return writeLog(FOLDER, name, `${events.map((event) => JSON.stringify(event)).join('\n')}\n`);
}

/** What people and programs are told of it, as it is read and as it comes back from the store. */
function told(log: SparkLog): string {
  const store = openStore(':memory:');
  const stored = readSparkLog(store.db, writeSparkLog(store.db, 'c', log).application);
  store.close();
  return `${clinicOf(log)}\n${clinicOf(stored)}`;
}

function clinicOf(log: SparkLog): string {
  const clinic = examine(log, { config: Config.parse({}), cluster: '', version: '0', nowMs: 0 });
  const json = FORMATS.json.render(clinic.report, { allStates: true });
  return `${renderClinic(clinic, { columns: 100, color: false })}\n${json}`;
}

/** What no reader should ever see. */
const NONSENSE = /\bNaN\b|\bInfinity\b|\bundefined\b|\[object /;

function isTaskEnd(event: Json): boolean {
  return event.Event === 'SparkListenerTaskEnd';
}

/** The events, each task's end changed. */
function withTasks(events: readonly Json[], change: (event: Json, place: number) => Json): Json[] {
  let place = 0;
  return events.map((event) => (isTaskEnd(event) ? change(event, place++) : event));
}

function objectIn(event: Json, name: string): Json {
  const value = event[name];
  if (typeof value !== 'object' || value === null) throw new Error(`${name} is no object`);
  return { ...value };
}

describe('a log without its beginning', () => {
  it('covers the time from its first event', async () => {
    const events = eventsOf(SPECULATION);
    const whole = await readEventLog(written('whole', events));
    const folder = join(FOLDER, 'eventlog_v2_rest');
    mkdirSync(folder);
    const lines = events.slice(Math.floor(events.length / 2)).map((event) => JSON.stringify(event));
    writeLog(folder, `appstatus_${SPECULATION}`, '');
    writeLog(folder, `events_2_${SPECULATION}`, `${lines.join('\n')}\n`);

    const rest = await readEventLog(folder);

    expect(rest.application.log.damage).toEqual(
      expect.arrayContaining(['events_1 is missing', 'the start of the application is not in the log']),
    );
    expect(rest.application.startMs).toBeGreaterThan(whole.application.startMs);
    expect(rest.application.startMs).toBeLessThan(rest.application.lastEventMs);
    const launches = rest.stages.flatMap(({ tasks }) => [...tasks.launchMs]);
    expect(rest.application.startMs).toBeLessThanOrEqual(Math.min(...launches));
    expect(told(rest)).not.toMatch(NONSENSE);
  });

  it('or without any time is told without one', async () => {
    const [first] = eventsOf(SPECULATION);
    const text = told(await readEventLog(written('first', first ? [first] : [])));
    expect(text).toContain('A run without a name in the log');
    expect(text).not.toContain(', started ');
  });

  it('of which one moment is left is told without shares of nothing', async () => {
    const [last] = eventsOf(SPECULATION).filter(isTaskEnd);
    const one = {
      ...last,
      'Task Info': { ...objectIn(last ?? {}, 'Task Info'), 'Launch Time': 5000, 'Finish Time': 5000 },
    };

    expect(told(await readEventLog(written('moment', [one])))).not.toMatch(NONSENSE);
  });
});

describe('values that cannot be', () => {
  const events = eventsOf(EXECUTOR_LOST);

  it.each([-1, 0, 1e19, 9e15, null, '1764', 4_200_000_000_000])(
    'a task whose launch is %s is no task',
    async (value) => {
      const path = written(
        'launch',
        withTasks(events, (event, place) =>
          place === 3 ? { ...event, 'Task Info': { ...objectIn(event, 'Task Info'), 'Launch Time': value } } : event,
        ),
      );
      for (const scanTasks of [true, false]) {
        const { application } = await readEventLog(path, { scanTasks });
        expect(application.log.skippedEvents).toMatchObject({ SparkListenerTaskEnd: 1 });
      }
    },
  );

  it.each([-1, -5e9, 1e300, 2 ** 60])('bytes of %s count as not known', async (value) => {
    const path = written(
      'bytes',
      withTasks(events, (event) =>
        event['Task Metrics'] === undefined
          ? event
          : { ...event, 'Task Metrics': { ...objectIn(event, 'Task Metrics'), 'Disk Bytes Spilled': value } },
      ),
    );
    const { stages } = await readEventLog(path);
    expect(stages.map(({ sums }) => sums.diskSpilledBytes)).toEqual(stages.map(() => 0));
  });

  it('tasks without metrics teach the scan nothing wrong', async () => {
    const path = written(
      'metrics',
      withTasks(events, ({ 'Task Metrics': metrics, ...event }, place) =>
        place % 2 ? { ...event, 'Task Metrics': metrics } : event,
      ),
    );
    const scanned = await readEventLog(path);
    const parsed = await readEventLog(path, { scanTasks: false });
    expect(scanned.stages.map(({ sums }) => sums)).toEqual(parsed.stages.map(({ sums }) => sums));
  });

  describe('are read alike by the scan and in full:', () => {
    const tasks = Array.from({ length: 4 }, (_, index) => ({
      Event: 'SparkListenerTaskEnd',
      'Stage ID': 0,
      'Stage Attempt ID': 0,
      'Task Type': 'ResultTask',
      'Task End Reason': { Reason: 'Success' },
      'Task Info': {
        'Task ID': index,
        Index: index,
        Attempt: 0,
        'Launch Time': 1_795_465_396_000,
        'Executor ID': '1',
        Speculative: false,
        'Finish Time': 1_795_465_397_000,
        Accumulables: [{ ID: 1, Name: 'x', Value: '1' }],
      },
      'Task Executor Metrics': { JVMHeapMemory: index === 3 ? 9 : 0, OnHeapExecutionMemory: 7 },
      'Task Metrics': { 'Executor Run Time': 5, 'JVM GC Time': 0 },
    }));
    const end = (line: string) => line.slice(line.indexOf(']},"Task Executor'));
    const lineOf = (task: unknown) => JSON.stringify(task);
    const without = (task: Json, key: string) => {
      const { [key]: _, ...info } = objectIn(task, 'Task Info');
      return { ...task, 'Task Info': info };
    };

    it.each<[string, (lines: string[]) => string[]]>([
      ['an event that goes on with the end of another', ([a = '', b = '', c = '', d = '']) => [a, b, c, d + end(c)]],
      [
        'one torn before that',
        ([a = '', b = '', c = '', d = '']) => [a, b, c, d.replace(/,"Task Metrics.*/, '') + end(c)],
      ],
      [
        'a number with a zero before it',
        ([a = '', b = '', c = '']) => [a, b, c.replace('Run Time":5', 'Run Time":05')],
      ],
      ['a number within the peaks', (lines) => lines.map((line) => line.replace(':7}', ':7,"New":{"of":3}}'))],
      [
        'a stage whose only task is damaged',
        (lines) => [...lines, (lines[0] ?? '').replace('ID":0', 'ID":5').replace('"x"', '\0"x"')],
      ],
      [
        'tasks that say nothing of speculation after one that was',
        () =>
          tasks.map((task, i) =>
            lineOf(
              i === 1
                ? { ...task, 'Task Info': { ...task['Task Info'], Speculative: true } }
                : without(task, 'Speculative'),
            ),
          ),
      ],
    ])('%s', async (_, change) => {
      const path = writeLog(FOLDER, 'alike', `${change(tasks.map(lineOf)).join('\n')}\n`);
      const readAs = async (scanTasks: boolean) => {
        const { application, stages, executors } = await readEventLog(path, { scanTasks });
        const { lines, damagedLines } = application.log;
        const rows = stages.map(({ stageId, sums, tasks: { count, speculative } }) => ({
          stageId,
          sums,
          count,
          speculative,
        }));
        return { lines, damagedLines, rows, executors };
      };
      expect(await readAs(true)).toEqual(await readAs(false));
    });
  });

  const ODD = [null, -1, 0, 1e300, 2 ** 53, 1.5, '', '12', true, [], {}, 'ün\u2028\ud800', '9'.repeat(40)];

  /** Every path in a value, as keys. */
  function pathsIn(value: unknown, path: readonly string[] = []): string[][] {
    if (typeof value !== 'object' || value === null) return [];
    return Object.entries(value).flatMap(([key, inner]) => [[...path, key], ...pathsIn(inner, [...path, key])]);
  }

  function replaced(value: unknown, [key, ...rest]: readonly string[], by: unknown): unknown {
    if (key === undefined) return by;
    if (Array.isArray(value)) return value.map((item, i) => (String(i) === key ? replaced(item, rest, by) : item));
    if (typeof value !== 'object' || value === null || !(key in value)) return value;
    const inner: unknown = Object.entries(value).find(([name]) => name === key)?.[1];
    return { ...value, [key]: replaced(inner, rest, by) };
  }

  it.each([EXECUTOR_LOST, ADAPTIVE])(
    'any field of any kind of event of %s may be anything: no crash and no nonsense',
    async (appId) => {
      const own = eventsOf(appId);
      const kinds = [...new Map(own.map((event) => [event.Event, event])).values()];
      const fields = kinds.flatMap((event) => pathsIn(event).map((path) => ({ kind: event.Event, path })));
      await fc.assert(
        fc.asyncProperty(fc.constantFrom(...fields), fc.constantFrom(undefined, ...ODD), async ({ kind, path }, by) => {
          const changed = own.map((event) => (event.Event === kind ? (replaced(event, path, by) as Json) : event));
          try {
            expect(told(await readEventLog(written('odd', changed)))).not.toMatch(NONSENSE);
          } catch (error) {
            expect(error).toBeInstanceOf(SourceError);
          }
        }),
        { numRuns: 25 },
      );
    },
  );
});
