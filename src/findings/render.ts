import { type Subject, subjectText } from '../model/finding.js';
import type { FindingRecord, LifeEvent } from '../model/lifecycle.js';
import { formatTime } from '../model/window.js';
import { CHANGE_WORD } from '../reports/changes.js';
import { formatCount, formatUsdPerMonth, formatValue } from '../reports/format.js';
import { labelled, type Page } from '../reports/terminal/page.js';
import { plain, plainLines, shown, wrap } from '../reports/text.js';

function where(subject: Subject): string {
  return shown(subjectText(subject));
}

function stateText({ state, mute, unknownWhy, timesOpened }: FindingRecord): string {
  const again = timesOpened > 1 ? `, opened ${timesOpened} times` : '';
  if (mute) return `${state}, ${mute.kind}`;
  return `${state}${again}${unknownWhy === null ? '' : ', not checked'}`;
}

function day(ms: number): string {
  return formatTime(ms).slice(0, 10);
}

const INDENT = ' '.repeat(6);

function rows(record: FindingRecord, columns: number): string[] {
  const { fingerprint, severity, title, usdPerMonth, firstSeenMs, lastSeenMs, mute, unknownWhy } = record;
  const money = usdPerMonth === null ? '' : `; ${formatUsdPerMonth(usdPerMonth)}`;
  const facts = [
    `${stateText(record)}; since ${day(firstSeenMs)}, last seen ${day(lastSeenMs)} (UTC)${money}`,
    where(record.subject),
    ...(mute
      ? [
          `${mute.kind} by ${shown(mute.by)}${mute.untilMs === null ? '' : ` until ${day(mute.untilMs)}`}: ${shown(mute.why)}`,
        ]
      : []),
    ...(unknownWhy !== null && !mute ? [`not checked: ${shown(unknownWhy)}`] : []),
  ];
  return [
    ...wrap(`${fingerprint} ${severity.toUpperCase()} ${shown(title)}`, columns),
    ...facts.flatMap((fact) => wrap(fact, columns - INDENT.length).map((line) => INDENT + line)),
  ];
}

/** The findings as the terminal shows them. */
export function renderFindingList(
  records: readonly FindingRecord[],
  all: readonly FindingRecord[],
  columns: number,
): string {
  if (all.length === 0)
    return "No night was kept yet: 'sparkfit nightly' keeps what it finds, 'sparkfit analyze' shows the findings of now.";
  const count = (state: FindingRecord['state']) =>
    all.filter((record) => record.state === state && !record.mute).length;
  const muted = all.filter(({ mute }) => mute).length;
  const head = `${count('open')} open, ${count('pending')} pending, ${count('resolved')} resolved, ${muted} suppressed or accepted`;
  if (records.length === 0) return `No such findings. ${head}.`;
  return [
    `${formatCount(records.length, 'finding')} (in all: ${head})`,
    '',
    ...records.flatMap((r) => rows(r, columns)),
  ].join('\n');
}

function eventLine(event: LifeEvent): string {
  const money =
    event.usdBefore !== null && event.usdAfter !== null && event.usdBefore !== event.usdAfter
      ? `; ${formatUsdPerMonth(event.usdBefore)} → ${formatUsdPerMonth(event.usdAfter)}`
      : '';
  const by = event.by === null ? '' : ` by ${shown(event.by)}`;
  return `${formatTime(event.atMs)}  ${CHANGE_WORD[event.kind]}${by}${event.why ? `: ${shown(event.why)}` : ''}${money}`;
}

/** One finding with everything that happened to it. */
export function renderFindingLife(record: FindingRecord, events: readonly LifeEvent[], page: Page): string {
  const { body } = record;
  const evidence = body.evidence.map(
    ({ metric, value, unit }) => `${shown(metric)} ${shown(formatValue(value, unit))}`,
  );
  const lines = [
    ...rows(record, page.columns),
    '',
    ...labelled(page, 'rule', record.rule),
    ...(evidence.length ? labelled(page, 'evidence', evidence.join('; ')) : []),
    ...labelled(page, 'confidence', `${Math.round(record.confidence * 100)} % – ${shown(body.confidence.why)}`),
    ...(body.recommendation ? labelled(page, 'change', shown(body.recommendation.summary)) : []),
    '',
    'Life',
    ...events.flatMap((event) => wrap(eventLine(event), page.columns - 2).map((line) => `  ${line}`)),
    ...(body.recommendation?.patches ?? []).flatMap(({ target, content }) => [
      '',
      `Patch for ${plain(target)}`,
      ...plainLines(content)
        .trimEnd()
        .split('\n')
        .map((line) => `  ${line}`),
    ]),
  ];
  return lines.join('\n');
}
